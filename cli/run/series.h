/* SPDX-License-Identifier: MIT */
/* The series of one command: the idle machine, warm-ups, then the runs. */
#ifndef JOULES_CLI_SERIES_H
#define JOULES_CLI_SERIES_H

#include "run/machine.h"
#include "run/outputs.h"
#include "run/plan.h"
#include "run/results.h"

/* Each trace goes to the outputs as soon as it is there. Sets the results' exit status. */
void series_run(
    const struct plan *plan, struct machine *machine, const struct outputs *outputs, struct results *results);

#endif
