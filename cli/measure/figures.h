/* SPDX-License-Identifier: MIT */
/* What both reports compute from the runs. */
#ifndef JOULES_CLI_FIGURES_H
#define JOULES_CLI_FIGURES_H

#include <stdbool.h>
#include <stddef.h>

#include <joules/joules.h>

#include "measure/results.h"

/* One domain, or the total. Of several runs, means and spreads are over those that count; bounds are means of bounds.
 */
struct figure {
	bool left_out; /* no run has a full value: no total of the series holds it */
	joules_energy mean;
	joules_statistics spread;
	joules_energy idle_w; /* watts of the idle machine */
	joules_energy above;  /* the mean run's energy less what the idle machine uses in its time: bounds at their worst */
	joules_statistics above_spread;
};

struct figures {
	size_t failed;
	size_t statuses[EXIT_CODES]; /* how many runs ended with each */
	bool *counts;                /* of each run: whatever is not left out has a full value in it. So means add up */
	size_t counted;
	const joules_sample *example; /* of a run that counts, else of any that was measured; NULL: none */
	joules_source source;         /* of the total */
	joules_statistics duration;   /* of all that were measured */
	struct figure total;
	struct figure *domains;
};

/* False without memory. Release with figures_free(). */
bool figures_of(const struct results *results, struct figures *figures);
void figures_free(struct figures *figures);

/* The total of a sample without what is left out. INVALID (all NAN) where something else has no full value. */
joules_energy figures_total(const struct figures *figures, const joules_sample *sample);
/* The mean energy that was attributed to the command. */
joules_energy figures_attributed(const struct results *results, const struct figures *figures, double *cpu_share);

/* Statistics of values, NAN left out. False without memory. */
bool figures_spread(const double *values, size_t count, joules_statistics *spread);
/* A value that is all of it: neither partial nor invalid. */
bool figures_is_full(const joules_energy *energy);
/* The larger half of low … high; NAN if a bound is missing. */
double figures_half(const joules_energy *energy);
/* What says how many digits are known: that, or without an upper bound, what the lower one leaves. */
double figures_doubt(const joules_energy *energy);

#endif
