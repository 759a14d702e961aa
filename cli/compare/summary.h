/* SPDX-License-Identifier: MIT */
#ifndef JOULES_CLI_COMPARE_SUMMARY_H
#define JOULES_CLI_COMPARE_SUMMARY_H

#include "base/text.h"
#include "compare/earlier.h"

/* "summary" of runs that were measured earlier: the report's own, or one that is made of runs of the history. */
void earlier_summary(struct text *out, const struct earlier *earlier);

#endif
