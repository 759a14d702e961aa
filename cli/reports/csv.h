/* SPDX-License-Identifier: MIT */
#ifndef JOULES_CLI_REPORT_CSV_H
#define JOULES_CLI_REPORT_CSV_H

#include "base/text.h"
#include "reports/reported.h"

/* A line for each command: hyperfine's columns, then the energy (docs/formats.md, "Reports in other formats"). All have
 * the same domains and parameters. */
void report_csv(struct text *out, const struct reported *commands, size_t count);
/* Quoted where it must be; bytes that are no UTF-8 come out as U+FFFD. */
void csv_add_string(struct text *out, const char *string);
/* A comma, and the number; nothing behind it where that is not known. */
void csv_add_number(struct text *out, double value);

#endif
