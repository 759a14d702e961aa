/* SPDX-License-Identifier: MIT */
#include "model/bounds.h"

#include <math.h>

#include "model/standstill.h"

bool bounds_may_close(const struct counter *counter, const struct point *point)
{
	const struct move *last = moves_last(&counter->moves);
	return point->generation != counter->now.generation || counter->stuck || (last && last->read >= point->stamped + 2);
}

static double seconds_between(int64_t begin_ns, int64_t end_ns)
{
	return (double)(end_ns - begin_ns) * 1e-9;
}

/*
 * What was read a whole give-up time after the stamp holds all that was spent before it, where it may be without power
 * and its package was alive. But not of a counter whose tick nobody knows: it may be slower than that, or broken, so
 * its open bound stays; nobody needs to wait for it any longer.
 */
static void close_at_standstill(const struct counter *counter, struct point *point, double level)
{
	if (!counter->domain->tick_varies)
		point->above = fmin(point->above, level - point->level + counter_step(counter->domain));
	point->settled = true;
}

bool bounds_close(const struct counter *counter, struct point *point, int64_t stamp_ns)
{
	if (point->settled)
		return true;
	if (point->generation != counter->now.generation) {
		point->settled = true; /* a broken count: the open bound is all that will be known */
		return true;
	}
	const struct move *move = moves_from(&counter->moves, point->stamped + 2);
	if (!move && counter->stuck) {
		point->stuck = point->settled = true; /* nothing closes it: it was stamped as the counter stopped, or later */
		return true;
	}
	int64_t until_ns = move ? move->before_ns : counter->begin_ns; /* the latest read of what it was until the move */
	if (counter->now.read > point->stamped && seconds_between(stamp_ns, until_ns) >= counter->settle_s &&
	    standstill_closes(counter, stamp_ns, until_ns)) {
		close_at_standstill(counter, point, move ? move->before : counter->now.level);
		return true;
	}
	if (!move)
		return false;
	double above = move->level - point->level + counter_step(counter->domain);
	point->above = counter_is_doubtful(counter, stamp_ns, move) ? above : fmin(point->above, above);
	point->settled = true;
	return true;
}
