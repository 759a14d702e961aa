/* SPDX-License-Identifier: MIT */
/* Where the history is: $JOULES_HISTORY, $XDG_STATE_HOME/joules/history.db, ~/.local/state/joules/history.db. */
#ifndef JOULES_HANDLERS_SQLITE_PLACE_H
#define JOULES_HANDLERS_SQLITE_PLACE_H

#include <joules/joules.h>

struct history_place {
	char *path;    /* NULL: it is off, or there is no home to keep it in */
	bool is_named; /* by JOULES_HISTORY: what is there is not ours to move away */
	bool is_remote;
};

/* Release with history_place_free() in any case. */
joules_status history_place_find(struct history_place *place);
void history_place_free(struct history_place *place);

/* Is there a file? */
bool history_place_is_made(const struct history_place *place);
/* Makes the folders (0700) of a place that nobody named, and an empty file (0600) where there is none. */
joules_status history_place_make(const struct history_place *place);
/* Keeps other processes that would do the same out, until the descriptor is closed; -1: cannot be had. */
int history_place_lock(const struct history_place *place);
/* Moves a file that is no database any more away, with what lies beside it. *aside is its name now (malloc'ed). */
joules_status history_place_clear(const struct history_place *place, char **aside);

#endif
