/* SPDX-License-Identifier: MIT */
/* --prepare: what a shell does before a run. */
#ifndef JOULES_CLI_PREPARE_H
#define JOULES_CLI_PREPARE_H

#include <stdbool.h>

#include "measure/machine.h"
#include "measure/notes.h"

/* NULL: nothing is to be done. False: a signal said stop, or it failed and the reason is among the notes (again: the
 * command has run before). */
bool prepare(const char *line, struct machine *machine, bool again, struct notes *notes);

#endif
