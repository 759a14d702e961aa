/* SPDX-License-Identifier: MIT */
#include "model/standstill.h"

#include <math.h>

#define FAR_FASTER 10.0

static double seconds_between(int64_t begin_ns, int64_t end_ns)
{
	return (double)(end_ns - begin_ns) * 1e-9;
}

/* How often this counter was seen to move since then; as many as are remembered. */
static uint64_t moves_since(const struct counter *counter, int64_t since_ns)
{
	const struct moves *moves = &counter->moves;
	uint64_t count = 0;
	for (uint64_t i = moves->count; i > moves->first && count < MOVES_KEPT; i--, count++)
		if (moves->kept[(i - 1) % MOVES_KEPT].before_ns < since_ns)
			break;
	return count;
}

/*
 * Another counter of the package moves at the pace that this one should have: some times while it stood, or at each of
 * its reads. Two slow counters of which one is a moment ahead are no such pair.
 */
static bool has_moving_sibling(const struct counter *counter)
{
	uint64_t reads = counter->now.read - counter->since_read;
	for (const struct counter *other = counter->sibling; other && other != counter; other = other->sibling) {
		uint64_t moves = moves_since(other, counter->since_ns);
		if (moves >= 3 || (moves >= 1 && moves >= reads))
			return true;
	}
	return false;
}

/* It was seen to move far faster itself, so it is none of those that are slower than anyone said. */
static bool was_faster(const struct counter *counter, double stood_s)
{
	const struct moves *moves = &counter->moves;
	uint64_t oldest = moves->count - moves->first > MOVES_KEPT ? moves->count - MOVES_KEPT : moves->first;
	for (uint64_t i = moves->count; i > oldest + 1; i--) {
		const struct move *move = &moves->kept[(i - 1) % MOVES_KEPT], *last = &moves->kept[(i - 2) % MOVES_KEPT];
		if (seconds_between(last->before_ns, move->ns) * FAR_FASTER <= stood_s)
			return true;
	}
	return false;
}

static bool is_stuck(const struct counter *counter)
{
	const joules_domain *domain = counter->domain;
	double stood_s = seconds_between(counter->since_ns, counter->begin_ns);
	/* A host counts nothing for a guest's socket that does nothing; but one that passes on zeros is no counter. */
	if (domain->hosted)
		return stood_s >= STUCK_S;
	double step_s = 2.0 * counter_step(domain) / domain->least_power_w;
	return stood_s >= fmax(STUCK_S, step_s) ||
	    (stood_s >= fmax(STUCK_KNOWN_S, step_s) && (has_moving_sibling(counter) || was_faster(counter, stood_s)));
}

bool standstill_judge_long(struct counter *counter)
{
	if (!counter->now.ok || !is_stuck(counter))
		return false;
	counter->stuck = counter->now.stuck = counter->now.settled = true;
	counter->now.past.stucks++;
	counter->now.events++;
	return true;
}

/* Was it seen to move by a read between the two moments? */
static bool moved_between(const struct counter *counter, int64_t begin_ns, int64_t end_ns)
{
	const struct moves *moves = &counter->moves;
	uint64_t oldest = moves->count - moves->first > MOVES_KEPT ? moves->count - MOVES_KEPT : moves->first;
	for (uint64_t i = moves->count; i > oldest; i--) {
		const struct move *move = &moves->kept[(i - 1) % MOVES_KEPT];
		if (move->before_ns >= begin_ns && move->before_ns < end_ns)
			return true;
	}
	return false;
}

bool standstill_closes(const struct counter *counter, int64_t stamp_ns, int64_t until_ns)
{
	enum counter_rest rest = counter_rest(counter);
	if (rest != REST_WITNESSED)
		return rest == REST_ALWAYS;
	for (const struct counter *other = counter->sibling; other && other != counter; other = other->sibling)
		if (moved_between(other, stamp_ns, until_ns))
			return true;
	return false;
}

bool standstill_is_awaited(const struct counter *counter)
{
	return counter_must_move(counter->domain) && counter->domain->in_total && !counter->stuck;
}
