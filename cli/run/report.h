/* SPDX-License-Identifier: MIT */
/* The report of `joules run`, in every format. */
#ifndef JOULES_CLI_REPORT_H
#define JOULES_CLI_REPORT_H

#include "measure/reports.h"
#include "measure/session.h"

/* A failure becomes an error among the notes. */
void report_write(const struct reports *reports, struct session *session);

#endif
