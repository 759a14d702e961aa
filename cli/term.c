/* SPDX-License-Identifier: MIT */
#include "term.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char *const style_codes[] = {
	[TERM_BOLD] = "\033[1m",
	[TERM_DIM] = "\033[2m",
	[TERM_GOOD] = "\033[32m",
	[TERM_WARN] = "\033[33m",
	[TERM_BAD] = "\033[31m",
};

static enum color_mode { AUTO, ALWAYS, NEVER } color_mode;

bool term_color_mode(const char *when)
{
	static const char *const words[] = { [AUTO] = "auto", [ALWAYS] = "always", [NEVER] = "never" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(when, words[i]) != 0)
			continue;
		color_mode = (enum color_mode)i;
		return true;
	}
	return false;
}

bool term_color(int fd)
{
	if (color_mode != AUTO)
		return color_mode == ALWAYS;
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	return !(no_color && *no_color) && term && *term && strcmp(term, "dumb") != 0 && isatty(fd);
}

size_t term_width(int fd)
{
	struct winsize size;
	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

struct page term_page(int fd)
{
	return (struct page){ .color = term_color(fd), .width = term_width(fd) };
}

size_t term_columns(const char *string)
{
	size_t columns = 0;
	for (const unsigned char *c = (const unsigned char *)string; *c; c++) {
		if (*c == '\033') {
			c += strcspn((const char *)c, "m");
			if (!*c)
				break;
		} else {
			columns +=
			    *c >= 0x20 && *c != 0x7f && (*c & 0xc0) != 0x80; /* bytes that go on with a character take none */
		}
	}
	return columns;
}

size_t term_column(const struct text *text)
{
	const char *whole = text_string(text), *newline = strrchr(whole, '\n');
	return term_columns(newline ? newline + 1 : whole);
}

void term_add_styled(struct text *text, bool color, enum term_style style, const char *string)
{
	if (color)
		text_add(text, style_codes[style]);
	text_add(text, string);
	if (color)
		text_add(text, "\033[0m");
}

static void add_blanks(struct text *text, size_t used, size_t columns)
{
	for (; used < columns; used++)
		text_add(text, " ");
}

void term_add_left(struct text *text, const char *string, size_t columns)
{
	text_add(text, string);
	add_blanks(text, term_columns(string), columns);
}

void term_add_right(struct text *text, const char *string, size_t columns)
{
	add_blanks(text, term_columns(string), columns);
	text_add(text, string);
}
