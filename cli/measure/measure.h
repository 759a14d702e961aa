/* SPDX-License-Identifier: MIT */
/* One run of a command under the meter, and the idle machine. */
#ifndef JOULES_CLI_MEASURE_H
#define JOULES_CLI_MEASURE_H

#include <stdbool.h>

#include <joules/joules.h>

#include "measure/command.h"
#include "measure/machine.h"
#include "measure/notes.h"
#include "measure/results.h"

/* One run; a warm-up is not measured, and its result is the status alone. 0: it ran. Otherwise it could not be started:
 * the exit status to leave with, and the reason is among the notes. Release the result with run_result_clear(). */
int measure_run(struct machine *machine, const struct command *command, const char *input, bool warm_up,
    struct run_result *result, struct notes *notes);
/* The idle machine for so long. NULL: interrupted, or it failed and the reason is among the notes. */
joules_sample *measure_idle(struct machine *machine, double seconds, struct notes *notes);

#endif
