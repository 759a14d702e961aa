/* SPDX-License-Identifier: MIT */
/* The report of `joules run`, in either form. */
#ifndef JOULES_CLI_REPORT_H
#define JOULES_CLI_REPORT_H

#include "measure/destination.h"
#include "measure/session.h"

/* A failure becomes an error among the notes. */
void report_write(const struct destination *report, struct session *session);

#endif
