/* SPDX-License-Identifier: MIT */
/* Runs of the history, as a report that can be read like that of `joules run --json`. */
#ifndef JOULES_CLI_KEPT_H
#define JOULES_CLI_KEPT_H

#include <stdbool.h>

#include "base/text.h"

/* Whether an argument is such a filter: KEY=VALUE,…, and no file. */
bool kept_is_filter(const char *argument);
/* EXIT_DONE, or the exit status after saying what is wrong. */
int kept_report(struct text *out, const char *filter);

#endif
