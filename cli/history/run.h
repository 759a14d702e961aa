/* SPDX-License-Identifier: MIT */
/* One run of a store, as it is shown. */
#ifndef JOULES_CLI_HISTORY_RUN_H
#define JOULES_CLI_HISTORY_RUN_H

#include <joules/joules.h>

#include "base/text.h"
#include "term.h"

/* NULL: it has no label of this key. */
const char *run_label(const joules_run *run, const char *key);
/* "Nov 25 23:10", or with the year in place of the time where that is long ago. */
void run_add_when(struct text *text, double begin);
/* What ± is beside measured and estimated energies; nothing if there are none. */
void run_add_legend(struct text *out, bool measured, bool estimated, const struct page *page);

/* The run as `joules history --json` has it, its object left open for more. */
void json_begin_run(struct text *out, const joules_run *run);
/* "domains": what each used over all samples. whole: their sum, NULL if there are none. */
void json_domains(struct text *out, const joules_sample *whole);

#endif
