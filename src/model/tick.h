/* SPDX-License-Identifier: MIT */
/* How often a counter moves, learned from its moves where nobody can say it. Pure arithmetic. */
#ifndef JOULES_MODEL_TICK_H
#define JOULES_MODEL_TICK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/moves.h"

struct tick {
	double seconds;
	bool learned; /* from two moves that were both seen closely */
};

/* The counter was read until end_ns and has moved: `move`, after the move `last` (NULL: the first that was seen). */
void tick_moved(struct tick *tick, const struct move *last, const struct move *move);
/* It stands still, since `since_ns`. */
void tick_stood(struct tick *tick, int64_t since_ns, int64_t begin_ns);

#endif
