/* SPDX-License-Identifier: MIT */
/* The report of a comparison, in every format. */
#ifndef JOULES_CLI_COMPARE_REPORT_H
#define JOULES_CLI_COMPARE_REPORT_H

#include "compare/arguments.h"
#include "compare/findings.h"
#include "measure/reports.h"
#include "measure/session.h"

/* A failure becomes an error among the notes. */
void compare_report(const struct reports *reports, const struct arguments *arguments, struct session *session,
    const struct findings *findings);

#endif
