/* SPDX-License-Identifier: MIT */
/* The report for programs: "joules.run.1". */
#ifndef JOULES_CLI_REPORT_JSON_H
#define JOULES_CLI_REPORT_JSON_H

#include "base/text.h"
#include "measure/figures.h"
#include "measure/session.h"

/* formats.md section 3: one object, one newline. */
void report_json(struct text *out, const struct session *session, const struct figures *figures);

#endif
