/* SPDX-License-Identifier: MIT */
/* The energy between two points of a counter, as traces keep it, and as readers see it. Pure arithmetic. */
#ifndef JOULES_MODEL_ENERGY_H
#define JOULES_MODEL_ENERGY_H

#include "model/counter.h"

/* joules, and what the true energy may be below and above it: the two doubts belong to the begin and the end reading,
 * so that in a sum over neighbours only the outer two remain. */
struct increment {
	double joules; /* NAN: not measured */
	double below;  /* INFINITY: nothing is known */
	double above;
	unsigned flags;
	double likely_below; /* NAN: no model says what is likely */
	double likely_above;
	joules_reason reason; /* INVALID, PARTIAL: why; but not that it was stuck, which its flag says */
	double seen_s;        /* PARTIAL: the time in which it was seen; NAN: not known */
};

/* Does the time in which it was seen tell its power, if so much of it may belong to a standstill? */
bool seen_is_sure(double seconds, double unsure_s);

/* One for each domain, but those of kind MODEL, which are left as they are. `seconds` is only for the flag below_tick.
 */
void increments_between(const joules_domain *const domains[], size_t count, const struct point *begin,
    const struct point *end, double seconds, struct increment *out);

/* MODEL: the other way of saying an energy and its band. */
struct increment increment_of_energy(const joules_energy *energy);

/* low = max(0, joules − below), high = joules + above, both widened by the unit's doubt. */
joules_energy energy_of_increment(const joules_domain *domain, const struct increment *increment);
/* Of two energies, whose own bounds are in it: low may be below 0. */
joules_energy energy_of_difference(const struct increment *increment);

/* Not measured, invalid; the same and why; and because the counter stood still all the time, longer than it can. */
struct increment increment_invalid(void);
struct increment increment_lacking(joules_reason reason);
struct increment increment_stuck(void);

/* Why there is no difference of these two points, or only part of it. */
joules_reason reason_between(const struct point *begin, const struct point *end);

#endif
