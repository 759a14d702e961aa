/* SPDX-License-Identifier: MIT */
/* The report of a check, in every format, and what GitHub Actions is told. */
#ifndef JOULES_CLI_CHECK_REPORT_H
#define JOULES_CLI_CHECK_REPORT_H

#include "check/rulings.h"
#include "measure/reports.h"

/* A failure becomes an error among the notes. */
void check_report(const struct reports *reports, const struct check_arguments *arguments, struct session *session,
    const struct rulings *rulings);

#endif
