/* SPDX-License-Identifier: MIT */
/* Runs that a server could not be given are kept: nothing that was measured is lost. */
#ifndef JOULES_CLI_UNSENT_H
#define JOULES_CLI_UNSENT_H

#include <joules/joules.h>

#include "base/text.h"

/* Puts the traces that the handler still holds into a new file of the current folder, joules-unsent-<id>.jsonl, as the
 * documents that the server would have got. Appends to `line` where they are, or why they are lost. */
void unsent_keep(joules_handler *handler, struct text *line);

#endif
