/* SPDX-License-Identifier: MIT */
/* --report FORMAT:FILE: which formats there are, and which one is meant. */
#ifndef JOULES_CLI_REPORT_FORMAT_H
#define JOULES_CLI_REPORT_FORMAT_H

#include "base/text.h"

enum report_format { REPORT_TEXT, REPORT_JSON, REPORT_MARKDOWN, REPORT_CSV, REPORT_JUNIT, REPORT_HYPERFINE };

/* One more report, beside the one that the verb writes by itself. */
struct report_wish {
	enum report_format format;
	const char *file; /* "-": standard output */
};

enum report_meaning { REPORT_MEANS_FILE, REPORT_MEANS_FORMAT, REPORT_MEANS_NOTHING };

/* By the rule of -o: a word before a colon is a format, and one that is none is a mistake; all else is a file's name.
 * MEANS_FORMAT: *wish. MEANS_NOTHING: why, in words. */
enum report_meaning report_understand(const char *argument, struct report_wish *wish, struct text *why);

const char *report_format_name(enum report_format format);

#endif
