/* SPDX-License-Identifier: MIT */
#include "model/waiting.h"

#include <math.h>

void waiting_forget(struct waiting *waiting, size_t domains)
{
	for (size_t i = 0; i < domains; i++)
		waiting[i].begins.any = waiting[i].ends.any = false;
}

/* Kept out of what every record passes through. */
static __attribute__((cold, noinline)) void begin(struct waiting_side *side, size_t index, const struct point *point)
{
	*side = (struct waiting_side){ .any = true,
		.generation = point->generation,
		.from = index,
		.first_moves = point->moves,
		.first_ns = point->read_ns,
		.first_level = point->level,
		.rest_level = point->level };
}

static inline __attribute__((always_inline)) void add(
    struct waiting_side *side, size_t index, const struct point *point)
{
	if (!point->ok || point->settled)
		return;
	if (!side->any || side->generation != point->generation)
		begin(side, index, point);
	/* Never above any of them: another thread's read between value and stamp may have seen a move that no look will
	 * find. */
	if (index == side->from + 1 || point->level < side->rest_level)
		side->rest_level = point->level;
	side->last = index;
	side->stamped = point->stamped;
	side->moves = point->moves;
	side->last_ns = point->read_ns;
}

void waiting_add(
    struct waiting *waiting, size_t domains, size_t index, const struct point *begins, const struct point *ends)
{
	for (size_t i = 0; i < domains; i++) {
		add(&waiting[i].begins, index, &begins[i]);
		add(&waiting[i].ends, index, &ends[i]);
	}
}

typedef void (*doubt_setter)(joules_trace *trace, size_t index, size_t domain, double doubt);

/* Both ways to close the doubts of one side. */
struct closers {
	doubt_setter tighten, put;
};
static const struct closers close_begin = { trace_tighten_begin, trace_put_begin };
static const struct closers close_end = { trace_tighten_end, trace_put_end };

/* Nothing beyond this level was spent by the times of the samples from … to. */
static void close_range(const struct waiting_side *side, size_t from, size_t to, double level, joules_trace *trace,
    size_t domain, doubt_setter set)
{
	for (size_t i = from; i <= to && isfinite(level); i++)
		set(trace, i, domain, level - (i == side->from ? side->first_level : side->rest_level));
}

static double level_of(const struct move *move, double step_j)
{
	return move ? move->level + step_j : (double)INFINITY;
}

/* They lie in a standstill that lasted too long: nothing closes them. But the first may have been read just before the
 * move that was the last. */
static void stick(const struct waiting_side *side, joules_trace *trace, size_t domain, const struct point *latest)
{
	bool first_too = side->first_moves == latest->moves;
	double stood_s = first_too ? (double)(side->first_ns - latest->since_ns) * 1e-9 : 0.0; /* others: all their time */
	for (size_t i = first_too ? side->from : side->from + 1; i <= side->last; i++)
		trace_stick(trace, i, domain, fmax(stood_s, 0.0), (double)latest->late_ns * 1e-9);
}

/*
 * All but the last one were followed by a read of the trace's own at the same level: the next move closes them. The
 * last one needs a read between it and the move: bounds.h has the reason.
 */
static void close_side(struct waiting_side *side, joules_trace *trace, size_t domain, const struct counter *counter,
    const struct point *latest, const struct closers *closers)
{
	if (!side->any)
		return;
	if (latest->stuck && latest->moves == side->moves && latest->generation == side->generation) {
		stick(side, trace, domain, latest);
		side->any = false;
		return;
	}
	bool whole = side->generation == counter->now.generation;
	const struct move *next = whole ? moves_from(&counter->moves, side->stamped + 1) : NULL;
	bool known = latest->ok && latest->settled && latest->generation == side->generation;
	if (whole && !next && !known)
		return;
	const struct move *closing = next ? moves_from(&counter->moves, side->stamped + 2) : NULL;
	double highest = known ? latest->level + latest->above : (double)INFINITY, step_j = counter_step(counter->domain);
	bool doubtful = next ? counter_is_doubtful(counter, side->first_ns, next) : counter_is_slow(counter);
	doubt_setter set = doubtful ? closers->put : closers->tighten;
	if (side->last > side->from)
		close_range(side, side->from, side->last - 1, fmin(highest, level_of(next, step_j)), trace, domain, set);
	close_range(side, side->last, side->last, fmin(highest, level_of(closing, step_j)), trace, domain, set);
	if (closing || known || !whole) {
		side->any = false;
	} else if (side->last > side->from) {
		side->from = side->last;
		side->first_moves = side->moves;
		side->first_level = side->rest_level;
		side->first_ns = side->last_ns;
	}
}

static void close_moved(struct waiting *waiting, joules_trace *trace, size_t domain, const struct counter *counter,
    const struct point *latest)
{
	waiting->moves = counter->moves.count;
	close_side(&waiting->begins, trace, domain, counter, latest, &close_begin);
	close_side(&waiting->ends, trace, domain, counter, latest, &close_end);
}

void waiting_close(struct waiting *waiting, size_t domains, joules_trace *trace, const struct counter *counters,
    const struct point *latest)
{
	for (size_t i = 0; i < domains; i++) /* most often nothing has moved since it was last looked at */
		if (waiting[i].moves != counters[i].moves.count || latest[i].settled)
			close_moved(&waiting[i], trace, i, &counters[i], &latest[i]);
}
