/* SPDX-License-Identifier: MIT */
/* Paragraphs, commands and quantities for people. */
#ifndef JOULES_CLI_LAYOUT_H
#define JOULES_CLI_LAYOUT_H

#include "base/text.h"
#include "term.h"

void layout_blanks(struct text *out, size_t columns);
/* A newline, in place of the blanks at the end. */
void layout_end_line(struct text *out);

/* The string, filled up to that many columns, and two blanks. Control bytes come out as \xNN. */
void layout_cell(struct text *out, const char *string, size_t columns);

/* The words of a string and a newline; the first stands at `indent` already, lines that are full are continued there.
 * Control bytes come out as \xNN. */
void layout_wrap(struct text *out, const char *string, size_t indent, size_t width);

/* The same in a style, of words that are clean; and with the indent of the first line, or as a paragraph of Markdown.
 */
void layout_styled(struct text *out, const char *string, size_t indent, const struct page *page, enum term_style style);
void layout_paragraph(
    struct text *out, const char *string, size_t indent, const struct page *page, enum term_style style);

/* A text of usage, wrapped: what an option means is continued below where it begins. */
void layout_help(struct text *out, const char *help, size_t width);

/* A shell command and a newline. Broken only after && and with a backslash, so that it can be copied. */
void layout_command(struct text *out, const char *command, size_t indent);

/* "61.035 µJ", "15.259 µJ", "1 J". */
void layout_unit(struct text *out, double joules);

/* "250 µs", "1 ms", "0 s", "30 s", "21.8 min", "5.2 h", "12 days". */
void layout_time(struct text *out, double seconds);

/* "94.2 MB". */
void layout_bytes(struct text *out, double bytes);

/* What a measured time is given in: µs and ms where it is short. */
struct time_unit {
	double seconds;
	const char *name;
};
const struct time_unit *layout_time_unit(double seconds);

/* At most that many columns; a longer string ends with "…". In place. */
void layout_cut(char *string, size_t columns);

#endif
