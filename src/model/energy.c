/* SPDX-License-Identifier: MIT */
#include "model/energy.h"

#include <math.h>

struct increment increment_lacking(joules_reason reason)
{
	return (struct increment){
		.joules = (double)NAN,
		.likely_below = (double)NAN,
		.likely_above = (double)NAN,
		.flags = JOULES_INVALID,
		.reason = reason,
	};
}

struct increment increment_invalid(void)
{
	return increment_lacking(JOULES_REASON_NONE);
}

struct increment increment_stuck(void)
{
	struct increment stuck = increment_invalid();
	stuck.flags |= JOULES_STUCK;
	return stuck;
}

joules_reason reason_between(const struct point *begin, const struct point *end)
{
	if (begin->generation != end->generation)
		return end->past.broken_by;
	if (!end->ok)
		return end->past.failed_by;
	return begin->ok ? JOULES_REASON_NONE : begin->past.failed_by;
}

/* ---- the time in which a partial value was seen ---- */

/* For how long the counter had not been seen at work, by then. */
static int64_t unseen_by(const struct point *point)
{
	return point->past.unseen_ns + (point->stuck ? point->read_ns - point->since_ns : 0);
}

/* What of its time may have belonged to a standstill that lasted too long. */
static int64_t unsure_by(const struct point *point)
{
	return point->past.unsure_ns + (point->stuck ? point->late_ns : 0);
}

/* Nobody reads at the moment in which a counter freezes or thaws. */
#define MOST_UNSURE 0.1

bool seen_is_sure(double seconds, double unsure_s)
{
	return seconds > 0.0 && unsure_s <= MOST_UNSURE * seconds;
}

/* So many ticks tell a power to a percent or so. */
#define TELLING_TICKS 100

static double seen_s(const struct point *begin, const struct point *end, double joules)
{
	int64_t from_ns = begin->ok ? begin->read_ns : end->past.resumed_ns;
	double seconds = (double)(end->read_ns - from_ns - (unseen_by(end) - unseen_by(begin))) * 1e-9;
	/* What was counted over a gap says nothing of the power: then the time is what it all would take as the rest did.
	 */
	double rest = joules - (end->past.unseen - begin->past.unseen);
	bool gap = rest < joules;
	bool sure = seen_is_sure(seconds, (double)(unsure_by(end) - unsure_by(begin)) * 1e-9);
	if (!sure || seconds < (gap ? TELLING_TICKS : 2) * end->tick_s || (gap && !begin->ok))
		return (double)NAN;
	return gap ? seconds * joules / rest : seconds;
}

/* ---- differences ---- */

/* Two good reads, and nothing befell the counter in between: what most records see. */
static inline bool is_plain(const struct point *begin, const struct point *end)
{
	return begin->ok && end->ok && begin->events == end->events && !begin->stuck && !end->stuck;
}

/* Filled in place, field by field: each record passes here, and a copy of what was just written in parts waits for all
 * of them. */
static inline void subtract(
    const joules_domain *domain, const struct point *begin, const struct point *end, struct increment *out)
{
	/* Two threads may have read the devices in another order than that of their stamps: never less than nothing. */
	if (end->read < begin->read)
		out->joules = 0.0;
	else if (domain->kind == JOULES_KIND_COUNTER)
		out->joules = (double)(end->units - begin->units) * domain->unit_j;
	else
		out->joules = end->level - begin->level;
	out->below = begin->above;
	out->above = end->above;
	out->likely_below = out->likely_above = (double)NAN;
	out->flags = 0;
	out->reason = JOULES_REASON_NONE;
}

static void difference(
    const joules_domain *domain, const struct point *begin, const struct point *end, struct increment *out)
{
	subtract(domain, begin, end, out);
	out->flags = end->past.wraps != begin->past.wraps ? JOULES_WRAPPED : 0;
	bool stuck = begin->stuck || end->stuck || begin->past.stucks != end->past.stucks;
	if (end->past.gaps == begin->past.gaps && !stuck)
		return;
	out->flags |= stuck ? JOULES_PARTIAL | JOULES_STUCK : JOULES_PARTIAL; /* at least that */
	out->above = (double)INFINITY;
	out->reason = JOULES_REASON_UNREAD;
	out->seen_s = seen_s(begin, end, out->joules);
}

/* One of the two reads failed: the energy seen, from the first good read to the last, if there were two. */
static struct increment seen(const struct point *begin, const struct point *end)
{
	double from = begin->ok ? begin->level : end->past.resumed;
	uint64_t first = begin->ok ? begin->read : end->ok ? end->past.resumed_read : begin->read + 1;
	uint64_t reads = end->read >= first ? end->read - first + 1 : 0;
	if (reads < 2 || !(end->level >= from))
		return increment_lacking(reason_between(begin, end));
	return (struct increment){
		.joules = end->level - from,
		.below = begin->ok ? begin->above : end->past.resumed_above,
		.above = (double)INFINITY,
		.likely_below = (double)NAN,
		.likely_above = (double)NAN,
		.flags = JOULES_PARTIAL,
		.reason = reason_between(begin, end),
		.seen_s = seen_s(begin, end, end->level - from),
	};
}

static void rare_difference(
    const joules_domain *domain, const struct point *begin, const struct point *end, struct increment *out)
{
	if (begin->generation != end->generation)
		*out = increment_lacking(reason_between(begin, end));
	else if (begin->stuck && end->stuck && begin->moves == end->moves)
		*out = increment_stuck();
	else if (begin->ok && end->ok)
		difference(domain, begin, end, out);
	else
		*out = seen(begin, end);
}

void increments_between(const joules_domain *const domains[], size_t count, const struct point *begin,
    const struct point *end, double seconds, struct increment *out)
{
	double half_s = 0.5 * seconds;
	for (size_t i = 0; i < count; i++, begin++, end++, out++) {
		const joules_domain *domain = domains[i];
		if (domain->kind == JOULES_KIND_MODEL)
			continue;
		if (is_plain(begin, end))
			subtract(domain, begin, end, out);
		else
			rare_difference(domain, begin, end, out);
		/* Where the tick is learned, one that did not move at all had a longer one; and what cannot be without power
		 * has taken some. */
		bool stood = (domain->tick_varies || domain->least_power_w > 0.0) && out->joules <= 0.0;
		if (!(out->flags & JOULES_INVALID) && (stood || half_s < begin->tick_s || half_s < end->tick_s))
			out->flags |= JOULES_BELOW_TICK;
	}
}

struct increment increment_of_energy(const joules_energy *energy)
{
	if (isnan(energy->joules))
		return increment_lacking(energy->reason);
	/* Holds the value, or was never set: an initialiser that does not name it leaves 0. */
	bool likely = energy->likely_low <= energy->joules && energy->likely_high >= energy->joules;
	return (struct increment){
		.joules = energy->joules,
		.below = energy->joules - energy->low,
		.above = isnan(energy->high) ? (double)INFINITY : energy->high - energy->joules,
		.likely_below = likely ? energy->joules - energy->likely_low : (double)NAN,
		.likely_above = likely ? energy->likely_high - energy->joules : (double)NAN,
		.flags = energy->flags,
		.reason = energy->reason,
		.seen_s = energy->seen_s,
	};
}

/* ---- what a reader sees ---- */

static joules_reason reason_of(const struct increment *increment)
{
	if (increment->flags & JOULES_STUCK)
		return JOULES_REASON_STUCK;
	if (increment->flags & (JOULES_PARTIAL | JOULES_INVALID))
		return increment->reason;
	return increment->flags & JOULES_BELOW_TICK ? JOULES_REASON_SHORT : JOULES_REASON_NONE;
}

static joules_energy begin_energy(const struct increment *increment)
{
	joules_energy energy = JOULES_ENERGY_NONE;
	energy.joules = increment->joules;
	energy.flags = increment->flags;
	energy.reason = reason_of(increment);
	if (increment->flags & JOULES_PARTIAL)
		energy.seen_s = increment->seen_s;
	return energy;
}

/* 0 J of a counter that stood still for longer than it should, and nothing says that its part used nothing: the open
 * bound has all that time. */
static bool is_unknown_zero(const joules_domain *domain, const struct increment *increment)
{
	return !(increment->flags & (JOULES_PARTIAL | JOULES_INVALID)) && !(increment->joules > 0.0) &&
	    domain->longest_tick_s > 0.0 &&
	    increment->above > 1.5 * domain->max_power_w * domain->longest_tick_s + counter_step(domain);
}

joules_energy energy_of_increment(const joules_domain *domain, const struct increment *increment)
{
	joules_energy energy = begin_energy(increment);
	if (isnan(increment->joules))
		return energy;
	if (is_unknown_zero(domain, increment)) {
		energy.flags |= JOULES_BELOW_TICK;
		energy.reason = JOULES_REASON_SHORT;
	}
	double low = (increment->joules - increment->below) * (1.0 - domain->unit_error);
	double high = (increment->joules + increment->above) * (1.0 + domain->unit_error);
	double likely_low = increment->joules - increment->likely_below;
	energy.low = low > 0.0 ? low : 0.0;
	energy.high = isfinite(high) ? high : (double)NAN;
	energy.likely_low = likely_low < 0.0 ? 0.0 : likely_low; /* NAN stays NAN */
	energy.likely_high = increment->joules + increment->likely_above;
	return energy;
}

joules_energy energy_of_difference(const struct increment *increment)
{
	joules_energy energy = begin_energy(increment);
	if (isnan(increment->joules))
		return energy;
	double low = increment->joules - increment->below, high = increment->joules + increment->above;
	energy.low = isfinite(low) ? low : (double)NAN;
	energy.high = isfinite(high) ? high : (double)NAN;
	return energy;
}
