/* SPDX-License-Identifier: MIT */
#ifndef JOULES_CLI_REPORT_HYPERFINE_H
#define JOULES_CLI_REPORT_HYPERFINE_H

#include "base/text.h"
#include "reports/reported.h"

/* The JSON of `hyperfine --export-json` (1.15), with "energy" in each result: joules, one a run. */
void report_hyperfine(struct text *out, const struct reported *commands, size_t count);

#endif
