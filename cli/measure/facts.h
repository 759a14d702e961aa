/* SPDX-License-Identifier: MIT */
/* What a trace is told of its run, as labels: what ran and how it ended, where, at which commit, and what --label says.
 */
#ifndef JOULES_CLI_FACTS_H
#define JOULES_CLI_FACTS_H

#include <stdbool.h>

#include "measure/plan.h"
#include "measure/results.h"

/* Those that hold for all runs. */
struct facts {
	char *folder; /* NULL: not known */
	char *commit; /* NULL: none */
};

void facts_find(struct facts *facts);
void facts_free(struct facts *facts);
/* Sets the labels of the run's trace. */
void facts_tell(
    const struct facts *facts, const struct plan *plan, const struct command *command, const struct run_result *result);

#endif
