/* SPDX-License-Identifier: MIT */
#ifndef JOULES_CLI_REPORT_SAMPLES_H
#define JOULES_CLI_REPORT_SAMPLES_H

#include <joules/joules.h>

#include "base/text.h"

#include "measure/figures.h"
#include "measure/results.h"
#include "term.h"

/* What stood between the marks, where there were any: each sample, or where they are many each tag. in_steps: samples
 * also ended by themselves, and the tags alone are of marks. */
void report_samples(struct text *text, const joules_trace *trace, bool in_steps, const struct page *page);
/* Of several runs each tag's spread, over the runs that count. */
void report_samples_of_runs(
    struct text *text, const struct results *results, const struct figures *figures, const struct page *page);

#endif
