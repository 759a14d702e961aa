/* SPDX-License-Identifier: MIT */
/* The report for programs: "joules.run.1". */
#ifndef JOULES_CLI_REPORT_JSON_H
#define JOULES_CLI_REPORT_JSON_H

#include "base/text.h"
#include "run/figures.h"
#include "run/plan.h"
#include "run/results.h"

/* formats.md section 3: one object, one newline. */
void report_json(
    struct text *out, const struct plan *plan, const struct results *results, const struct figures *figures);

#endif
