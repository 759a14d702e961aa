/* SPDX-License-Identifier: MIT */
/* Runs that a server could not be given are kept: nothing that was measured is lost. */
#ifndef JOULES_CLI_UNSENT_H
#define JOULES_CLI_UNSENT_H

#include <joules/joules.h>

#include "base/text.h"

/* Of each trace that the handler still holds: marks it in the store as unsent to that server, for `joules history
 * push`. What the store has not, or not with all samples, goes into a new file of the current folder,
 * joules-unsent-<id>.jsonl, as the documents that the server would have got; so does everything where store is NULL.
 * Appends to `line` where they are, or why they are lost. */
void unsent_keep(joules_handler *handler, joules_store *store, struct text *line);

#endif
