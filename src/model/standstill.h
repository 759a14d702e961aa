/* SPDX-License-Identifier: MIT */
/* What it means that a counter stands still. By itself it proves nothing: counters are dead, freeze, or are slower than
 * anyone said. Pure arithmetic. */
#ifndef JOULES_MODEL_STANDSTILL_H
#define JOULES_MODEL_STANDSTILL_H

#include "model/counter.h"

/* After the longest time that a part which cannot be without power may stand still, and after the shorter one where its
 * pace is known: it was seen to move so itself, or another counter of its package moves on meanwhile. */
#define STUCK_S 1.5
#define STUCK_KNOWN_S 0.2

/* Judges a counter that has stood still for some time. */
bool standstill_judge_long(struct counter *counter);

/* Judges the counter after its latest read, and those of its package. True if it was found stuck just now: whoever
 * waits for it wants to know. Each read passes here: it is inline, and most often one comparison. */
static inline bool standstill_judge(struct counter *counter)
{
	return counter->begin_ns - counter->since_ns >= (int64_t)(STUCK_KNOWN_S * 1e9) && counter->may_stick &&
	    !counter->stuck && (counter->raw == 0 || !counter->domain->hosted) && standstill_judge_long(counter);
}

/* May a reading stamped at stamp_ns be closed at what the counter showed a whole give-up time later? Only of a part
 * that may be without power, and only if another counter of its package was seen to move meanwhile. */
bool standstill_closes(const struct counter *counter, int64_t stamp_ns, int64_t until_ns);

/* Is it worth waiting for longer than its give-up time? */
bool standstill_is_awaited(const struct counter *counter);

#endif
