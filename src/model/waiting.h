/* SPDX-License-Identifier: MIT */
/* The samples of a growing trace whose bounds are still open, domain by domain. They close from the counter's moves
 * when somebody looks; until then it is enough to know where they begin, as all but the first were read at one and the
 * same level. Pure arithmetic. */
#ifndef JOULES_MODEL_WAITING_H
#define JOULES_MODEL_WAITING_H

#include "model/counter.h"
#include "model/trace.h"

/* Samples from … last whose begin (or end) reading is open. */
struct waiting_side {
	bool any;
	uint32_t generation; /* of the count: what came after a break says nothing of what was before */
	size_t from, last;
	uint64_t moves; /* that the counter had made by then, and by the first one */
	uint64_t first_moves;
	uint64_t stamped; /* the counter's latest good read at the stamp of the last one's reading */
	int64_t first_ns; /* when the first was read, and the last one */
	int64_t last_ns;
	double first_level; /* of the first, which may have been read just before a move */
	double rest_level;  /* of the others */
};

struct waiting {
	struct waiting_side begins, ends;
	uint64_t moves; /* of the counter, when this was last looked at */
};

/* All of these take one for each domain. */
void waiting_forget(struct waiting *waiting, size_t domains);
/* Sample `index`, just appended, lies between these points. waiting_close() came first. */
void waiting_add(
    struct waiting *waiting, size_t domains, size_t index, const struct point *begins, const struct point *ends);
/* Closes what the moves close. `latest` is what the trace's latest reading knows: whatever it took, those before it
 * took no more. */
void waiting_close(struct waiting *waiting, size_t domains, joules_trace *trace, const struct counter *counters,
    const struct point *latest);

#endif
