/* SPDX-License-Identifier: MIT */
/* What the reader of the numbers should know: notes that are clear before anything runs. */
#ifndef JOULES_CLI_CAVEATS_H
#define JOULES_CLI_CAVEATS_H

#include <joules/joules.h>

#include "measure/notes.h"
#include "measure/plan.h"

/* Of the chosen counters: estimates and GPUs. Asked before --user gives up the rights that the answers depend on. */
void caveats_of_counters(const struct plan *plan, const joules_meter *meter, struct notes *notes);
/* Of how the command runs: as whom, with which input. */
void caveats_of_command(const struct plan *plan, struct notes *notes);

#endif
