/* SPDX-License-Identifier: MIT */
/* The history: each run is kept as soon as it has ended. Whatever fails there costs a note, and nothing else. */
#ifndef JOULES_CLI_HISTORY_H
#define JOULES_CLI_HISTORY_H

#include <stdint.h>

#include <joules/joules.h>

#include "measure/notes.h"
#include "measure/plan.h"

enum { SERIES_MAX = 40 };

struct history {
	joules_store *store;        /* NULL: nothing is kept */
	char (*series)[SERIES_MAX]; /* of each command: the id of its first run's trace */
};

void history_open(struct history *history, const struct plan *plan, struct notes *notes);
/* The command's run of that number, from 0. */
void history_keep(struct history *history, size_t command, uint64_t number, joules_trace *trace, struct notes *notes);
void history_close(struct history *history);

#endif
