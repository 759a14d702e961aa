/* SPDX-License-Identifier: MIT */
/* All reports of a verb: its own, which --json and --report FILE direct, and one for each --report FORMAT:FILE. */
#ifndef JOULES_CLI_REPORTS_H
#define JOULES_CLI_REPORTS_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/destination.h"
#include "measure/outputs.h"
#include "measure/plan.h"
#include "measure/report_format.h"
#include "term.h"

struct reports {
	const struct plan *plan;
	struct destination own;
	struct destination *more; /* of each of the plan's wishes */
	size_t count;             /* that are open */
};

#define REPORTS_NONE { .own = DESTINATION_NONE }

/* The report in one format. False without memory. */
typedef bool (*report_composer)(struct text *out, enum report_format format, const struct page *page, void *context);

/* `stream`: where the verb's own goes by itself (-1: nowhere). False after saying what is wrong. Start from
 * REPORTS_NONE, release with reports_close() in any case. */
bool reports_open(struct reports *reports, const struct plan *plan, int stream);
/* No file is an output's too; false after saying so. */
bool reports_are_apart(const struct reports *reports, const struct outputs *outputs);
/* Somebody will read one. */
bool reports_are_wanted(const struct reports *reports);
/* The verb's own is JSON on one of our streams: nothing else is written there, and the notes are in it. */
bool reports_hold_notes(const struct reports *reports);
/* Those that cannot be written become errors among the notes. The verb's own comes last, and holds them. */
void reports_write(const struct reports *reports, report_composer compose, void *context, struct notes *notes);
/* For people there is nothing to report, and the notes say why: the verb's own is written to a file, or as JSON only.
 */
void reports_spare_people(struct reports *reports);
void reports_close(struct reports *reports);

#endif
