/* SPDX-License-Identifier: MIT */
#ifndef JOULES_CLI_CURVE_H
#define JOULES_CLI_CURVE_H

#include "base/text.h"
#include "measure/results.h"
#include "term.h"

/* Of --every: the power of a run over time, and its peak; of several runs the highest one. */
void report_curve(struct text *text, const struct results *results, const struct page *page);

#endif
