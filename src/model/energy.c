/* SPDX-License-Identifier: MIT */
#include "model/energy.h"

#include <math.h>

struct increment increment_invalid(void)
{
	return (struct increment){ (double)NAN, 0.0, 0.0, JOULES_INVALID };
}

/* Filled in place, field by field: each record passes here, and a copy of what was just written in parts waits for all
 * of them. */
static void difference(
    const joules_domain *domain, const struct point *begin, const struct point *end, struct increment *out)
{
	if (domain->kind == JOULES_KIND_COUNTER)
		out->joules = (double)(end->units - begin->units) * domain->unit_j;
	else
		out->joules = end->level - begin->level;
	out->below = begin->above;
	out->above = end->above;
	out->flags = end->wraps != begin->wraps ? JOULES_WRAPPED : 0;
}

/* One of the two reads failed: the energy seen, from the first good read to the last, if there were two. */
static struct increment seen(const struct point *begin, const struct point *end)
{
	double from = begin->ok ? begin->level : end->resumed;
	uint32_t reads = begin->ok ? end->good - begin->good + 1 : end->ok ? end->good_since : end->good - begin->good;
	if (reads < 2 || !(end->level >= from))
		return increment_invalid();
	return (struct increment){
		.joules = end->level - from,
		.below = begin->ok ? begin->above : end->resumed_above,
		.above = (double)INFINITY,
		.flags = JOULES_PARTIAL,
	};
}

void increment_between(const joules_domain *domain, const struct point *begin, const struct point *end, double seconds,
    struct increment *out)
{
	if (begin->generation != end->generation)
		*out = increment_invalid();
	else if (begin->ok && end->ok)
		difference(domain, begin, end, out);
	else
		*out = seen(begin, end);
	/* Where the tick is learned, one that did not move at all had a longer one. */
	bool stood = domain->tick_varies && out->joules <= 0.0;
	if (!(out->flags & JOULES_INVALID) && (stood || seconds < 2.0 * begin->tick_s || seconds < 2.0 * end->tick_s))
		out->flags |= JOULES_BELOW_TICK;
}

struct increment increment_of_energy(const joules_energy *energy)
{
	if (isnan(energy->joules))
		return increment_invalid();
	return (struct increment){
		.joules = energy->joules,
		.below = energy->joules - energy->low,
		.above = isnan(energy->high) ? (double)INFINITY : energy->high - energy->joules,
		.flags = energy->flags,
	};
}

joules_energy energy_of_increment(const joules_domain *domain, const struct increment *increment)
{
	if (isnan(increment->joules))
		return (joules_energy){ (double)NAN, (double)NAN, (double)NAN, increment->flags };
	double low = (increment->joules - increment->below) * (1.0 - domain->unit_error);
	double high = (increment->joules + increment->above) * (1.0 + domain->unit_error);
	return (joules_energy){
		.joules = increment->joules,
		.low = low > 0.0 ? low : 0.0,
		.high = isfinite(high) ? high : (double)NAN,
		.flags = increment->flags,
	};
}
