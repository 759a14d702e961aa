/* SPDX-License-Identifier: MIT */
/* The report for people. */
#ifndef JOULES_CLI_REPORT_TEXT_H
#define JOULES_CLI_REPORT_TEXT_H

#include <stdbool.h>

#include "base/text.h"
#include "measure/figures.h"
#include "measure/plan.h"
#include "measure/results.h"
#include "term.h"

void report_text(struct text *text, const struct plan *plan, const struct results *results,
    const struct figures *figures, const struct page *page);

#endif
