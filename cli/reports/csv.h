/* SPDX-License-Identifier: MIT */
#ifndef JOULES_CLI_REPORT_CSV_H
#define JOULES_CLI_REPORT_CSV_H

#include "base/text.h"
#include "reports/reported.h"

/* A line for each command: hyperfine's columns, then the energy (docs/formats.md, "Reports in other formats"). All have
 * the same domains and parameters. */
void report_csv(struct text *out, const struct reported *commands, size_t count);
/* A comma, and the number; nothing behind it where that is not known. */
void csv_add_number(struct text *out, double value);

#endif
