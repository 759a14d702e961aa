/* SPDX-License-Identifier: MIT */
/* Text for people: colour where it is welcome, and columns that line up. */
#ifndef JOULES_CLI_TERM_H
#define JOULES_CLI_TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum term_style { TERM_BOLD, TERM_DIM, TERM_GOOD, TERM_WARN, TERM_BAD };

#define TERM_COLOR_WORDS "it is one of auto, always, never"
/* --color WHEN, for the rest of the process; false if it is none of those words. */
bool term_color_mode(const char *when);

/* Whether what goes to fd may be coloured. By itself: on a terminal that is not "dumb", with NO_COLOR unset or empty.
 */
bool term_color(int fd);

/* Columns of the terminal at fd; 80 where that is unknown: reports are pasted into mails and issues. */
size_t term_width(int fd);

/* What text for people is laid out for. */
struct page {
	bool color;
	size_t width;
	bool markdown; /* tables and paragraphs of Markdown, of no width */
};
struct page term_page(int fd);

/* Columns that a UTF-8 string takes (one for each character; control bytes and changes of style count none). */
size_t term_columns(const char *string);
/* Columns of a text's last line. */
size_t term_column(const struct text *text);

/* The string in that style; plain where color is false. */
void term_add_styled(struct text *text, bool color, enum term_style style, const char *string);

/* The string, filled up with blanks to that many columns: on its right, or on its left. A longer one is written whole.
 */
void term_add_left(struct text *text, const char *string, size_t columns);
void term_add_right(struct text *text, const char *string, size_t columns);

#endif
