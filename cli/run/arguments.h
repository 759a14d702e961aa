/* SPDX-License-Identifier: MIT */
/* The command line of `joules run`. */
#ifndef JOULES_CLI_ARGUMENTS_H
#define JOULES_CLI_ARGUMENTS_H

#include "measure/plan.h"

/* False: *status is the exit status to leave with (also after --help). Release the plan with plan_free() in any case.
 */
bool arguments_parse(struct plan *plan, int argc, char **argv, int *status);

#endif
