/* SPDX-License-Identifier: MIT */
#include "layout.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "markup.h"
#include "term.h"

enum { GAP = 2 };

void layout_blanks(struct text *out, size_t columns)
{
	while (columns--)
		text_add(out, " ");
}

void layout_end_line(struct text *out)
{
	while (out->length > 0 && out->bytes[out->length - 1] == ' ')
		out->bytes[--out->length] = '\0';
	text_add(out, "\n");
}

void layout_cell(struct text *out, const char *string, size_t columns)
{
	struct text clean = TEXT_INIT;
	text_add_escaped(&clean, string);
	term_add_left(out, text_string(&clean), columns);
	layout_blanks(out, GAP);
	out->failed |= clean.failed;
	text_free(&clean);
}

/* Where the indent leaves no room, words stand one below the other. */
static void add_word(struct text *out, const char *word, size_t indent, size_t width)
{
	size_t column = term_column(out);
	if (column > indent && column + 1 + term_columns(word) >= width) {
		text_add(out, "\n");
		layout_blanks(out, indent);
	} else if (column > indent) {
		text_add(out, " ");
	}
	text_add(out, word);
}

/* Whether a word is the unit of a number before it: the two stay on one line. */
static bool is_unit(const char *word)
{
	static const char *const units[] = { "%", "J", "W", "s", "ms", "µs", "kB", "MB", "GB" };
	size_t length = strcspn(word, " ,;.:)");
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strlen(units[i]) == length && strncmp(word, units[i], length) == 0)
			return true;
	return false;
}

/* The end of the word that begins there. */
static char *end_of(char *word)
{
	char *end = word + strcspn(word, " ");
	if (isdigit((unsigned char)*word) && *end && is_unit(end + 1))
		end += 1 + strcspn(end + 1, " ");
	return end;
}

/* `string` may be changed. */
static void wrap(struct text *out, char *string, size_t indent, size_t width)
{
	for (char *word = string; *(word += strspn(word, " "));) {
		char *end = end_of(word);
		bool goes_on = *end;
		*end = '\0';
		add_word(out, word, indent, width);
		word = goes_on ? end + 1 : end;
	}
	text_add(out, "\n");
}

void layout_wrap(struct text *out, const char *string, size_t indent, size_t width)
{
	struct text clean = TEXT_INIT;
	text_add_escaped(&clean, string);
	if (clean.length > 0)
		wrap(out, clean.bytes, indent, width);
	else
		text_add(out, "\n");
	out->failed |= clean.failed;
	text_free(&clean);
}

void layout_styled(struct text *out, const char *string, size_t indent, const struct page *page, enum term_style style)
{
	struct text words = TEXT_INIT;
	term_add_styled(&words, page->color, style, string);
	if (words.length > 0)
		wrap(out, words.bytes, indent, page->width);
	out->failed |= words.failed;
	text_free(&words);
}

void layout_paragraph(
    struct text *out, const char *string, size_t indent, const struct page *page, enum term_style style)
{
	if (page->markdown) {
		text_add(out, "\n");
		markdown_add(out, string);
		text_add(out, "\n");
		return;
	}
	layout_blanks(out, indent);
	layout_styled(out, string, indent, page, style);
}

/* Where the line's last column begins: behind the first two blanks that are not its indent. */
static size_t hanging(const char *line)
{
	size_t indent = strspn(line, " ");
	const char *gap = indent > 0 ? strstr(line + indent, "  ") : NULL;
	return gap ? (size_t)(gap - line) + strspn(gap, " ") : indent;
}

void layout_help(struct text *out, const char *help, size_t width)
{
	while (*help) {
		size_t length = strcspn(help, "\n");
		struct text line = TEXT_INIT;
		text_add_bytes(&line, help, length);
		size_t indent = hanging(text_string(&line));
		text_add_bytes(out, text_string(&line), indent);
		if (line.length > indent)
			wrap(out, line.bytes + indent, indent, width);
		else
			text_add(out, "\n");
		out->failed |= line.failed;
		text_free(&line);
		help += length + (help[length] == '\n');
	}
}

void layout_command(struct text *out, const char *command, size_t indent)
{
	struct text clean = TEXT_INIT;
	text_add_escaped(&clean, command);
	const char *rest = text_string(&clean);
	for (const char *end; (end = strstr(rest, " && ")); rest = end + strlen(" && ")) {
		text_add_bytes(out, rest, (size_t)(end - rest));
		text_add(out, " && \\\n");
		layout_blanks(out, indent);
	}
	text_add(out, rest);
	text_add(out, "\n");
	out->failed |= clean.failed;
	text_free(&clean);
}

void layout_unit(struct text *out, double joules)
{
	if (joules >= 1e-3)
		text_addf(out, "%.4g J", joules);
	else
		text_addf(out, "%.5g µJ", joules * 1e6);
}

void layout_time(struct text *out, double seconds)
{
	static const struct {
		double below, unit;
		const char *name;
	} steps[] = { { 0.9995e-3, 1e-6, "µs" }, { 0.9995, 1e-3, "ms" }, { 120, 1, "s" }, { 7200, 60, "min" },
		{ 172800, 3600, "h" }, { 0, 86400, "days" } };
	size_t i = seconds > 0 ? 0 : 2;
	while (i + 1 < sizeof steps / sizeof *steps && seconds >= steps[i].below)
		i++;
	text_addf(out, "%.3g %s", seconds / steps[i].unit, steps[i].name);
}

void layout_bytes(struct text *out, double bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	size_t i = 0;
	for (; bytes >= 999.5 && i + 1 < sizeof units / sizeof *units; i++)
		bytes /= 1000;
	text_addf(out, "%.3g %s", bytes, units[i]);
}

const struct time_unit *layout_time_unit(double seconds)
{
	static const struct time_unit units[] = { { 1e-6, "µs" }, { 1e-3, "ms" }, { 1, "s" } };
	return &units[!(seconds < 1) || seconds <= 0 ? 2 : seconds >= 1e-3 ? 1 : 0];
}

void layout_cut(char *string, size_t columns)
{
	if (term_columns(string) <= columns)
		return;
	size_t at = 0;
	for (size_t seen = 0; string[at]; at++) {
		if (((unsigned char)string[at] & 0xc0) != 0x80 && ++seen == columns)
			break;
	}
	/* Two short characters leave no room for the three bytes of the dots. */
	static const char dots[] = "…";
	while (at > 0 && (strlen(string + at) < sizeof dots - 1 || ((unsigned char)string[at] & 0xc0) == 0x80))
		at--;
	if (strlen(string + at) >= sizeof dots - 1)
		memcpy(string + at, dots, sizeof dots);
	else
		string[at] = '\0';
}
