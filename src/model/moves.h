/* SPDX-License-Identifier: MIT */
/* The latest moves of one counter: what closes the bounds of readings, however late somebody asks. Pure arithmetic. */
#ifndef JOULES_MODEL_MOVES_H
#define JOULES_MODEL_MOVES_H

#include <stddef.h>
#include <stdint.h>

/* A change of the counter's value, as the reads saw it. Good reads are numbered from 1. */
struct move {
	uint64_t read;     /* the first read that saw it */
	double before;     /* joules counted before it … */
	double level;      /* … and with it */
	int64_t before_ns; /* the last read that did not see it yet … */
	int64_t ns;        /* … and that first one */
};

/* Enough for a reading that is looked at within some ticks; the queue of open readings closes the others in time. */
#define MOVES_KEPT 32

struct moves {
	uint64_t count; /* all that were ever seen */
	uint64_t first; /* those before are forgotten */
	struct move kept[MOVES_KEPT];
};

/* After a break of the count: what comes later says nothing of what was before. */
void moves_forget(struct moves *moves);
void moves_add(struct moves *moves, const struct move *move);

/* The latest one; NULL: none. */
const struct move *moves_last(const struct moves *moves);

/* The first move that was seen by read number `read` or a later one; NULL: none yet. Where that one is no longer kept,
 * the oldest that is: a later value of a counter that only grows, so what it bounds is wider, and still certain. */
const struct move *moves_from(const struct moves *moves, uint64_t read);

#endif
