/* SPDX-License-Identifier: MIT */
/* The report of a comparison for programs: "joules.compare.1". */
#ifndef JOULES_CLI_COMPARE_JSON_H
#define JOULES_CLI_COMPARE_JSON_H

#include "base/text.h"
#include "compare/arguments.h"
#include "compare/findings.h"
#include "measure/session.h"

/* docs/formats.md: one object, one newline. False without memory. */
bool compare_json(struct text *out, const struct arguments *arguments, const struct session *session,
    const struct findings *findings);
/* One of "comparisons". */
void compare_finding_json(struct text *out, const struct findings *findings, const struct finding *finding);

#endif
