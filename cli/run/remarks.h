/* SPDX-License-Identifier: MIT */
/* What the reader of the numbers should know of them: notes that come with the results. */
#ifndef JOULES_CLI_REMARKS_H
#define JOULES_CLI_REMARKS_H

#include "run/figures.h"
#include "run/results.h"

void remarks_of_results(struct results *results, const struct figures *figures);

#endif
