/* SPDX-License-Identifier: MIT */
/* The null distributions of the two rank tests, exactly: ranks are whole numbers (midranks doubled), so that every sum
 * is one of few. */
#ifndef JOULES_MODEL_RANKS_H
#define JOULES_MODEL_RANKS_H

#include <stdbool.h>
#include <stddef.h>

/* Probabilities of the sums 0 … most. */
struct sums {
	double *probability; /* malloc'ed; NULL without memory */
	size_t most;
};

/* Of the ranks, each with a fair coin: the signed-rank test's. */
struct sums sums_of_coins(const size_t *ranks, size_t count);
/* Of `chosen` ranks out of all, each choice as likely: the rank-sum test's. */
struct sums sums_of_choice(const size_t *ranks, size_t count, size_t chosen);

/* Of a sum so far out, on either side. */
double sums_two_sided(const struct sums *sums, size_t sum);
/* The largest number k for which a sum below k (counted from the least possible one, in steps of `step`) has at most
 * that probability. 0: none has. */
size_t sums_below(const struct sums *sums, size_t least, size_t step, double probability);

/* Doubled midranks of values that are sorted. */
void midranks(const double *sorted, size_t count, size_t *ranks);
/* Σ (t³ − t) over the ties of doubled midranks that are sorted. */
double ties_of(const size_t *ranks, size_t count);

/* The standard normal distribution: of a value so far out on either side; and its quantile, for 0 < p < 0.5. */
double normal_two_sided(double z);
double normal_quantile(double p);

#endif
