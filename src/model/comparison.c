/* SPDX-License-Identifier: MIT */
/* Comparing repeated runs: rank tests with the estimates and intervals that belong to them (Hodges and Lehmann, 1963),
 * and limits of a median. Nothing is assumed of how the values are distributed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/sized.h"
#include "base/status.h"
#include "model/ranks.h"
#include "model/select.h"

/* Exact up to so many pairs; beyond, the normal distribution. */
enum { MOST_EXACT_PAIRS = 500 };
/* Additions for an exact rank-sum distribution: about a tenth of a second, which does for 60 values against 60. */
static const double most_exact_steps = 1.1e8;

static int by_value(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;
	return (a > b) - (a < b);
}

static joules_status check(const void *a, size_t n_a, const void *b, size_t n_b, double level, const void *result)
{
	if (!result || (n_a > 0 && !a) || (n_b > 0 && !b))
		return joules_fail(JOULES_INVALID_ARGUMENT, "comparison: %s is NULL", result ? "a list of values" : "result");
	if (!(level > 0 && level < 1))
		return joules_fail(JOULES_INVALID_ARGUMENT, "comparison: the level must be above 0 and below 1, e.g. 0.95");
	if (n_a > SIZE_MAX / 4 / sizeof(double) || n_b > SIZE_MAX / 4 / sizeof(double))
		return fail_memory();
	return JOULES_OK;
}

static size_t keep_finite(const double *values, size_t n, double *kept)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		if (isfinite(values[i]))
			kept[count++] = values[i];
	qsort(kept, count, sizeof *kept, by_value);
	return count;
}

/* k for a normal distribution of sums that are counted from 0: the sums below k are that improbable. */
static size_t normal_below(double mean, double variance, double probability)
{
	double k = floor(mean + normal_quantile(probability) * sqrt(variance) + 0.5);
	return k > 0 ? (size_t)k : 0;
}

static void count_up(size_t *ranks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ranks[i] = i + 1;
}

/* ---- pairs: signed ranks ---- */

/* Of n differences in any order; `scratch` holds as many values, `ranks` as many ranks. Zeros are dropped. */
static joules_status signed_rank_p(const double *differences, size_t n, double *scratch, size_t *ranks, double *p)
{
	size_t count = 0, sum = 0;
	for (size_t i = 0; i < n; i++)
		if (fabs(differences[i]) > 0)
			scratch[count++] = fabs(differences[i]);
	qsort(scratch, count, sizeof *scratch, by_value);
	midranks(scratch, count, ranks);
	for (size_t i = 0; i < n; i++) {
		if (!(differences[i] > 0))
			continue;
		const double *found = bsearch(&differences[i], scratch, count, sizeof *scratch, by_value);
		sum += ranks[found - scratch];
	}
	if (count > MOST_EXACT_PAIRS) {
		double m = (double)count, mean = m * (m + 1) / 2;
		double variance = m * (m + 1) * (2 * m + 1) / 6 - ties_of(ranks, count) / 12;
		*p = normal_two_sided(((double)sum - mean) / sqrt(variance));
		return JOULES_OK;
	}
	struct sums sums = sums_of_coins(ranks, count);
	if (!sums.probability)
		return fail_memory();
	*p = sums_two_sided(&sums, sum);
	free(sums.probability);
	return JOULES_OK;
}

/* The interval runs from the k-th smallest to the k-th largest average. 0: there is none at that level. */
static joules_status signed_rank_k(size_t n, double probability, size_t *ranks, size_t *k)
{
	if (n > MOST_EXACT_PAIRS) {
		double m = (double)n;
		*k = normal_below(m * (m + 1) / 4, m * (m + 1) * (2 * m + 1) / 24, probability);
		return JOULES_OK;
	}
	count_up(ranks, n);
	struct sums sums = sums_of_coins(ranks, n);
	if (!sums.probability)
		return fail_memory();
	*k = sums_below(&sums, 0, 1, probability);
	free(sums.probability);
	return JOULES_OK;
}

static joules_status compare_differences(
    double *differences, size_t n, double level, double *scratch, size_t *ranks, joules_comparison *result)
{
	size_t pairs = n * (n + 1) / 2, k = 0;
	joules_status status = signed_rank_p(differences, n, scratch, ranks, &result->p);
	if (!status)
		status = signed_rank_k(n, (1 - level) / 2, ranks, &k);
	if (status)
		return status;
	qsort(differences, n, sizeof *differences, by_value);
	double upper = select_average(differences, n, pairs / 2 + 1);
	result->estimate = pairs % 2 == 1 ? upper : select_average(differences, n, pairs / 2) / 2 + upper / 2;
	if (k == 0)
		return JOULES_OK;
	result->low = select_average(differences, n, k);
	result->high = select_average(differences, n, pairs + 1 - k);
	return JOULES_OK;
}

joules_status joules_paired(const double *a, const double *b, size_t n, double level, joules_comparison *result)
{
	joules_comparison comparison = JOULES_COMPARISON_INIT;
	joules_status status = check(a, n, b, n, level, result);
	if (status)
		return status;
	double *differences = malloc((n + 1) * 2 * sizeof *differences);
	size_t *ranks = malloc((n + 1) * sizeof *ranks);
	if (!differences || !ranks) {
		status = fail_memory();
		goto out;
	}
	for (size_t i = 0; i < n; i++) {
		double difference = b[i] - a[i];
		if (isfinite(difference))
			differences[comparison.count++] = difference;
	}
	if (comparison.count > 0)
		status = compare_differences(differences, comparison.count, level, differences + n + 1, ranks, &comparison);
out:
	free(differences);
	free(ranks);
	return status ? status : sized_give(result, &comparison, sizeof comparison, "joules_comparison");
}

/* ---- two lists: ranks of all ---- */

static bool is_countable(size_t n_a, size_t n_b)
{
	double all = (double)(n_a + n_b), chosen = (double)(n_a < n_b ? n_a : n_b);
	return all * chosen * all * (all + 1) <= most_exact_steps;
}

/* Doubled midranks of both lists together, and the sum of those of b. */
static size_t rank_both(const double *a, size_t n_a, const double *b, size_t n_b, double *scratch, size_t *ranks)
{
	size_t all = n_a + n_b, sum = 0;
	memcpy(scratch, a, n_a * sizeof *a);
	memcpy(scratch + n_a, b, n_b * sizeof *b);
	qsort(scratch, all, sizeof *scratch, by_value);
	midranks(scratch, all, ranks);
	for (size_t j = 0; j < n_b; j++) {
		const double *found = bsearch(&b[j], scratch, all, sizeof *scratch, by_value);
		sum += ranks[found - scratch];
	}
	return sum;
}

static joules_status rank_sum_p(size_t sum, size_t n_a, size_t n_b, const size_t *ranks, double *p)
{
	size_t all = n_a + n_b;
	if (!is_countable(n_a, n_b)) {
		double m = (double)n_a, n = (double)n_b, N = m + n;
		double mean = n * (N + 1), variance = m * n / 3 * (N + 1 - ties_of(ranks, all) / (N * (N - 1)));
		*p = variance > 0 ? normal_two_sided(((double)sum - mean) / sqrt(variance)) : 1.0;
		return JOULES_OK;
	}
	/* By the smaller list: fewer ways to count. What one list lacks, the other has. */
	bool of_b = n_b <= n_a;
	struct sums sums = sums_of_choice(ranks, all, of_b ? n_b : n_a);
	if (!sums.probability)
		return fail_memory();
	*p = sums_two_sided(&sums, of_b ? sum : all * (all + 1) - sum);
	free(sums.probability);
	return JOULES_OK;
}

static joules_status rank_sum_k(size_t n_a, size_t n_b, double probability, size_t *ranks, size_t *k)
{
	size_t all = n_a + n_b, chosen = n_a < n_b ? n_a : n_b;
	if (!is_countable(n_a, n_b)) {
		double m = (double)n_a, n = (double)n_b;
		*k = normal_below(m * n / 2, m * n * (m + n + 1) / 12, probability);
		return JOULES_OK;
	}
	count_up(ranks, all);
	struct sums sums = sums_of_choice(ranks, all, chosen);
	if (!sums.probability)
		return fail_memory();
	*k = sums_below(&sums, chosen * (chosen + 1) / 2, 1, probability);
	free(sums.probability);
	return JOULES_OK;
}

static joules_status compare_lists(const double *a, size_t n_a, const double *b, size_t n_b, double level,
    double *scratch, size_t *ranks, joules_comparison *result)
{
	size_t pairs = n_a * n_b, k = 0, sum = rank_both(a, n_a, b, n_b, scratch, ranks);
	joules_status status = rank_sum_p(sum, n_a, n_b, ranks, &result->p);
	if (!status)
		status = rank_sum_k(n_a, n_b, (1 - level) / 2, ranks, &k);
	if (status)
		return status;
	double upper = select_difference(a, n_a, b, n_b, pairs / 2 + 1);
	result->estimate = pairs % 2 == 1 ? upper : select_difference(a, n_a, b, n_b, pairs / 2) / 2 + upper / 2;
	if (k == 0)
		return JOULES_OK;
	result->low = select_difference(a, n_a, b, n_b, k);
	result->high = select_difference(a, n_a, b, n_b, pairs + 1 - k);
	return JOULES_OK;
}

joules_status joules_shift(
    const double *a, size_t n_a, const double *b, size_t n_b, double level, joules_comparison *result)
{
	joules_comparison comparison = JOULES_COMPARISON_INIT;
	joules_status status = check(a, n_a, b, n_b, level, result);
	if (status)
		return status;
	double *kept = malloc((n_a + n_b + 1) * 2 * sizeof *kept);
	size_t *ranks = malloc((n_a + n_b + 1) * sizeof *ranks);
	if (!kept || !ranks) {
		status = fail_memory();
		goto out;
	}
	size_t of_a = keep_finite(a, n_a, kept), of_b = keep_finite(b, n_b, kept + n_a);
	comparison.count = of_a + of_b;
	if (of_a > 0 && of_b > 0)
		status = compare_lists(kept, of_a, kept + n_a, of_b, level, kept + n_a + n_b, ranks, &comparison);
out:
	free(kept);
	free(ranks);
	return status ? status : sized_give(result, &comparison, sizeof comparison, "joules_comparison");
}

/* ---- limits of a median ---- */

/* The largest k for which fewer than k of n values lie on one side of their median with at most that probability. */
static size_t binomial_below(size_t n, double probability)
{
	int sign;
	double whole = lgamma_r((double)n + 1, &sign) - (double)n * log(2.0), below = 0.0;
	size_t k = 0;
	for (; k <= n; k++) {
		below += exp(whole - lgamma_r((double)k + 1, &sign) - lgamma_r((double)(n - k) + 1, &sign));
		if (below > probability)
			break;
	}
	return k;
}

joules_status joules_median_limits(const double *values, size_t n, double level, double *low, double *high)
{
	if (!low || !high)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_median_limits: low and high must not be NULL");
	joules_status status = check(values, n, NULL, 0, level, low);
	if (status)
		return status;
	*low = *high = (double)NAN;
	double *sorted = malloc((n + 1) * sizeof *sorted);
	if (!sorted)
		return fail_memory();
	size_t count = keep_finite(values, n, sorted);
	size_t k = count > 0 ? binomial_below(count, 1 - level) : 0;
	if (k > 0) {
		*low = sorted[k - 1];
		*high = sorted[count - k];
	}
	free(sorted);
	return JOULES_OK;
}
