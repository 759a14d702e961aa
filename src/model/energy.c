/* SPDX-License-Identifier: MIT */
#include "model/energy.h"

#include <math.h>

struct increment increment_invalid(void)
{
	return (struct increment){ (double)NAN, 0.0, 0.0, JOULES_INVALID };
}

static struct increment difference(const joules_domain *domain, const struct point *begin, const struct point *end)
{
	struct increment increment = { .below = begin->above, .above = end->above };
	if (domain->kind == JOULES_KIND_COUNTER)
		increment.joules = (double)(end->units - begin->units) * domain->unit_j;
	else
		increment.joules = end->level - begin->level;
	if (end->wraps != begin->wraps)
		increment.flags |= JOULES_WRAPPED;
	return increment;
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

struct increment increment_between(const joules_domain *domain, const struct point *begin, const struct point *end, double seconds)
{
	if (begin->generation != end->generation)
		return increment_invalid();
	struct increment increment = begin->ok && end->ok ? difference(domain, begin, end) : seen(begin, end);
	if (!(increment.flags & JOULES_INVALID) && seconds < 2.0 * fmax(begin->tick_s, end->tick_s))
		increment.flags |= JOULES_BELOW_TICK;
	return increment;
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
