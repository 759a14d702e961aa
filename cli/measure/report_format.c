/* SPDX-License-Identifier: MIT */
#include "measure/report_format.h"

#include <stdbool.h>
#include <string.h>

#include "base/words.h"

static const char *const names[] = {
	[REPORT_TEXT] = "text",
	[REPORT_JSON] = "json",
	[REPORT_MARKDOWN] = "md",
	[REPORT_CSV] = "csv",
	[REPORT_JUNIT] = "junit",
	[REPORT_HYPERFINE] = "hyperfine",
};

enum { FORMATS = sizeof names / sizeof *names };

const char *report_format_name(enum report_format format)
{
	return names[format];
}

static bool find(const char *word, size_t length, enum report_format *format)
{
	for (size_t i = 0; i < FORMATS; i++) {
		if (strlen(names[i]) != length || memcmp(names[i], word, length) != 0)
			continue;
		*format = (enum report_format)i;
		return true;
	}
	return false;
}

/* Anything else before a colon belongs to a file's name ("./10:30", "C:x"). */
static bool may_be_a_slip(const char *word, size_t length)
{
	return length > 1 && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_") >= length;
}

static void explain(struct text *why, const char *word, size_t length)
{
	const char *nearest = NULL;
	for (size_t i = 0; i < FORMATS; i++)
		nearest = words_nearer(word, length, nearest, names[i]);
	text_addf(why, "there is no report format '%.*s'", (int)length, word);
	if (nearest)
		text_addf(why, "; did you mean '%s'?", nearest);
	text_addf(why, "%s formats are", nearest ? " The" : "; the");
	for (size_t i = 0; i < FORMATS; i++)
		text_addf(why, " %s", names[i]);
}

enum report_meaning report_understand(const char *argument, struct report_wish *wish, struct text *why)
{
	size_t length = strcspn(argument, ":");
	if (!argument[length])
		return REPORT_MEANS_FILE;
	wish->file = argument + length + 1;
	if (!find(argument, length, &wish->format)) {
		if (!may_be_a_slip(argument, length))
			return REPORT_MEANS_FILE;
		explain(why, argument, length);
		return REPORT_MEANS_NOTHING;
	}
	if (*wish->file)
		return REPORT_MEANS_FORMAT;
	text_addf(
	    why, "a file is missing; write %s:FILE, or %s:- for standard output", names[wish->format], names[wish->format]);
	return REPORT_MEANS_NOTHING;
}
