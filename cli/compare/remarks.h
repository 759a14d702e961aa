/* SPDX-License-Identifier: MIT */
/* What the reader of a comparison should know: notes that come with the results. */
#ifndef JOULES_CLI_COMPARE_REMARKS_H
#define JOULES_CLI_COMPARE_REMARKS_H

#include "compare/findings.h"
#include "measure/notes.h"

void compare_remarks(const struct session *session, const struct findings *findings, struct notes *notes);

#endif
