/* SPDX-License-Identifier: MIT */
/* What the reader of the numbers should know of them: notes that come with the results. */
#ifndef JOULES_CLI_REMARKS_H
#define JOULES_CLI_REMARKS_H

#include "measure/figures.h"
#include "measure/notes.h"
#include "measure/results.h"

/* Why values of these runs are not measured, or not all there. */
void remarks_of_reasons(const struct results *results, struct notes *notes);
void remarks_of_results(const struct results *results, const struct figures *figures, struct notes *notes);

#endif
