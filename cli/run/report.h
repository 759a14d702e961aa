/* SPDX-License-Identifier: MIT */
/* Where the report goes, and how it gets there. */
#ifndef JOULES_CLI_REPORT_H
#define JOULES_CLI_REPORT_H

#include <stdbool.h>

#include "measure/plan.h"
#include "measure/session.h"

struct report {
	const char *path; /* NULL: standard error */
	int fd;           /* -1: there is none */
};

#define REPORT_NONE { NULL, -1 }

/* False after saying what is wrong. Start from REPORT_NONE. */
bool report_open(struct report *report, const struct plan *plan);
/* It is JSON on standard error or output: Joules writes nothing else there, and the notes are in it. */
bool report_holds_notes(const struct report *report, const struct plan *plan);
/* A failure becomes an error among the notes. */
void report_write(const struct report *report, struct session *session);
void report_close(struct report *report);

#endif
