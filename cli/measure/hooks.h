/* SPDX-License-Identifier: MIT */
/* What a shell does around the runs: --setup, --prepare, --conclude, --cleanup. */
#ifndef JOULES_CLI_HOOKS_H
#define JOULES_CLI_HOOKS_H

#include <stdbool.h>

#include "measure/machine.h"
#include "measure/notes.h"

/* `line` NULL: nothing is to be done. False: it failed, and the reason is among the notes, with what follows from that
 * (`so`); or a signal said stop meanwhile. */
bool hook_run(const char *option, const char *line, struct machine *machine, const char *so, struct notes *notes);

#endif
