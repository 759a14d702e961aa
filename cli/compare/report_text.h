/* SPDX-License-Identifier: MIT */
/* The report of a comparison for people. */
#ifndef JOULES_CLI_COMPARE_TEXT_H
#define JOULES_CLI_COMPARE_TEXT_H

#include "base/text.h"
#include "compare/arguments.h"
#include "compare/findings.h"
#include "measure/session.h"
#include "term.h"

/* False without memory. */
bool compare_text(struct text *out, const struct arguments *arguments, const struct session *session,
    const struct findings *findings, const struct page *page);

/* The line above the rows of two commands. */
void compare_against(struct text *out, const struct finding *finding, const char *command, const char *reference,
    const struct page *page);
/* A row of the report: the metric, the ratio and its interval, the verdict. */
void compare_row(
    struct text *out, const struct findings *findings, const struct finding *finding, const struct page *page);
/* What one of them says, in one line. */
void compare_sentence(struct text *out, const struct findings *findings, const struct finding *finding);

#endif
