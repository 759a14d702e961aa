/* SPDX-License-Identifier: MIT */
#include "model/ranks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t sum_of(const size_t *ranks, size_t count)
{
	size_t sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += ranks[i];
	return sum;
}

/* Probabilities, and not numbers of sign patterns: halving loses nothing, down to 2^-1022. */
struct sums sums_of_coins(const size_t *ranks, size_t count)
{
	size_t most = sum_of(ranks, count), reached = 0;
	double *p = calloc(most + 1, sizeof *p);
	if (!p)
		return (struct sums){ NULL, 0 };
	p[0] = 1.0;
	for (size_t i = 0; i < count; i++) {
		size_t rank = ranks[i];
		reached += rank;
		for (size_t s = reached + 1; s-- > 0;)
			p[s] = (p[s] + (s >= rank ? p[s - rank] : 0.0)) / 2;
	}
	return (struct sums){ p, most };
}

/* ways[k][s]: of choosing k ranks with that sum. A double holds them (there are few enough ranks), and as nothing is
 * ever subtracted each is right to its last digits. */
struct sums sums_of_choice(const size_t *ranks, size_t count, size_t chosen)
{
	size_t most = sum_of(ranks, count), row = most + 1;
	double *ways = calloc((chosen + 1) * row, sizeof *ways);
	if (!ways)
		return (struct sums){ NULL, 0 };
	ways[0] = 1.0;
	for (size_t i = 0; i < count; i++)
		for (size_t k = (i < chosen ? i + 1 : chosen); k > 0; k--)
			for (size_t s = ranks[i]; s <= most; s++)
				ways[k * row + s] += ways[(k - 1) * row + s - ranks[i]];
	double all = 0.0;
	for (size_t s = 0; s <= most; s++)
		all += ways[chosen * row + s];
	for (size_t s = 0; s <= most; s++)
		ways[s] = ways[chosen * row + s] / all;
	return (struct sums){ ways, most };
}

double sums_two_sided(const struct sums *sums, size_t sum)
{
	double below = 0.0, above = 0.0;
	for (size_t s = 0; s <= sum && s <= sums->most; s++)
		below += sums->probability[s];
	for (size_t s = sum; s <= sums->most; s++)
		above += sums->probability[s];
	return fmin(1.0, 2 * fmin(below, above));
}

size_t sums_below(const struct sums *sums, size_t least, size_t step, double probability)
{
	double below = 0.0;
	size_t k = 0;
	for (size_t s = least; s <= sums->most; s += step, k++) {
		below += sums->probability[s];
		if (below > probability)
			break;
	}
	return k;
}

void midranks(const double *sorted, size_t count, size_t *ranks)
{
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count && !(sorted[end] > sorted[i]);)
			end++;
		for (size_t j = i; j < end; j++)
			ranks[j] = i + 1 + end;
	}
}

double ties_of(const size_t *ranks, size_t count)
{
	double sum = 0.0;
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count && ranks[end] == ranks[i];)
			end++;
		double tied = (double)(end - i);
		sum += tied * tied * tied - tied;
	}
	return sum;
}

double normal_two_sided(double z)
{
	return erfc(fabs(z) / sqrt(2.0));
}

double normal_quantile(double p)
{
	double low = 0.0, high = 40.0;
	while (low < (low + high) / 2 && (low + high) / 2 < high) {
		double middle = (low + high) / 2;
		if (erfc(middle / sqrt(2.0)) / 2 > p)
			low = middle;
		else
			high = middle;
	}
	return -high;
}
