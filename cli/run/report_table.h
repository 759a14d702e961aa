/* SPDX-License-Identifier: MIT */
#ifndef JOULES_CLI_REPORT_TABLE_H
#define JOULES_CLI_REPORT_TABLE_H

#include <stdbool.h>

#include "base/text.h"
#include "measure/figures.h"
#include "measure/results.h"
#include "term.h"

/* The domains and their total, of one run its values, of several their spread; then what stood between the marks.
 * in_steps: samples also ended by themselves (--every). figures->example is there. */
void report_table(struct text *text, const struct results *results, const struct figures *figures, bool in_steps,
    const struct page *page);

#endif
