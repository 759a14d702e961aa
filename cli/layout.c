/* SPDX-License-Identifier: MIT */
#include "layout.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "term.h"

/* Whatever the terminal: reports are pasted into mails and issues. */
enum { WIDTH = 79, GAP = 2 };

void layout_blanks(struct text *out, size_t columns)
{
	while (columns--)
		text_add(out, " ");
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

void layout_wrap(struct text *out, const char *string, size_t indent)
{
	struct text clean = TEXT_INIT;
	text_add_escaped(&clean, string);
	size_t column = indent;
	for (const char *word = text_string(&clean); *word;) {
		size_t length = strcspn(word, " ");
		struct text one = TEXT_INIT;
		text_add_bytes(&one, word, length);
		size_t columns = term_columns(text_string(&one));
		if (column > indent && column + 1 + columns > WIDTH) {
			text_add(out, "\n");
			layout_blanks(out, indent);
			column = indent;
		}
		if (column > indent) {
			text_add(out, " ");
			column++;
		}
		text_add(out, text_string(&one));
		column += columns;
		text_free(&one);
		word += length;
		word += strspn(word, " ");
	}
	text_add(out, "\n");
	out->failed |= clean.failed;
	text_free(&clean);
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
	size_t i = 0;
	while (i + 1 < sizeof steps / sizeof *steps && seconds >= steps[i].below)
		i++;
	text_addf(out, "%.3g %s", seconds / steps[i].unit, steps[i].name);
}
