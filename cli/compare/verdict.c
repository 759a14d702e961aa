/* SPDX-License-Identifier: MIT */
#include "compare/verdict.h"

#include <math.h>
#include <stdlib.h>

#include <joules/joules.h>

/* A true difference of this many half widths of the interval is found four times in five. */
static const double detectable_halves = 1.43;
/* In place of 0, which has no logarithm, where a bound reaches down to it. */
static const double least = 1e-300;

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = { "less", "more", "none", "coarse", "too_few" };
	return names[verdict];
}

size_t rounds_needed(size_t comparisons, double alpha)
{
	double rounds = ceil(1 + log2((double)comparisons / alpha));
	return (size_t)rounds;
}

uint64_t rounds_that_fit(double seconds_a_round, size_t comparisons, double alpha)
{
	enum { FEWEST = 10, MOST = 50, BUDGET_S = 60 };
	double fit = seconds_a_round > 0 ? BUDGET_S / seconds_a_round : FEWEST;
	uint64_t rounds = fit < FEWEST ? FEWEST : fit > MOST ? MOST : (uint64_t)fit;
	uint64_t needed = rounds_needed(comparisons, alpha);
	return rounds < needed ? needed : rounds;
}

double half_of(const struct comparison *comparison)
{
	return sqrt(comparison->high / comparison->low) - 1;
}

/* ---- one comparison: on the scale where values are subtracted ---- */

enum end { VALUE, LOW, HIGH };

static double scaled(const struct pairs *pairs, const struct bounded *of, enum end end)
{
	double value = end == LOW ? of->low : end == HIGH ? of->high : of->value;
	return pairs->differences ? value : log(fmax(value, least));
}

static size_t reference_count(const struct pairs *pairs)
{
	return pairs->reference_count > 0 ? pairs->reference_count : pairs->count;
}

static bool compare_values(
    const struct pairs *pairs, enum end reference, enum end command, double level, joules_comparison *result)
{
	size_t n_a = reference_count(pairs), n_b = pairs->count;
	*result = (joules_comparison)JOULES_COMPARISON_INIT;
	double *a = malloc((n_a + n_b + 1) * sizeof *a), *b = a ? a + n_a : NULL;
	if (!a)
		return false;
	for (size_t i = 0; i < n_a; i++)
		a[i] = scaled(pairs, &pairs->reference[i], reference);
	for (size_t i = 0; i < n_b; i++)
		b[i] = scaled(pairs, &pairs->command[i], command);
	joules_status status = pairs->reference_count > 0 ? joules_shift(a, n_a, b, n_b, level, result)
	                                                  : joules_paired(a, b, n_b, level, result);
	free(a);
	return status == JOULES_OK;
}

static double median_of(const struct bounded *values, size_t count)
{
	double *copy = malloc((count + 1) * sizeof *copy);
	joules_statistics statistics = JOULES_STATISTICS_INIT;
	for (size_t i = 0; copy && i < count; i++)
		copy[i] = values[i].value;
	if (copy)
		(void)joules_statistics_of(copy, count, &statistics);
	free(copy);
	return statistics.median;
}

/* What rounding to the unit hides, at most, of a value of each. An interval of rounded values can be narrower, even
 * empty. */
static double hidden(const struct pairs *pairs)
{
	if (pairs->differences)
		return pairs->unit;
	double a = median_of(pairs->reference, reference_count(pairs)), b = median_of(pairs->command, pairs->count);
	return pairs->unit / 2 * (1 / a + 1 / b);
}

static bool has_zero(const struct pairs *pairs)
{
	bool found = false;
	for (size_t i = 0; i < reference_count(pairs); i++)
		found = found || !(pairs->reference[i].value > 0);
	for (size_t i = 0; i < pairs->count; i++)
		found = found || !(pairs->command[i].value > 0);
	return found;
}

static enum verdict judge(double low, double high, bool significant)
{
	if (significant && high < 0)
		return VERDICT_LESS;
	return significant && low > 0 ? VERDICT_MORE : VERDICT_NONE;
}

/* Intervals at the level, and the verdict; all on the scale still. */
static bool decide(const struct pairs *pairs, double alpha, struct comparison *comparison)
{
	joules_comparison middle, lower, upper;
	if (!compare_values(pairs, VALUE, VALUE, comparison->level, &middle) ||
	    !compare_values(pairs, HIGH, LOW, comparison->level, &lower) ||
	    !compare_values(pairs, LOW, HIGH, comparison->level, &upper))
		return false;
	double half = hidden(pairs);
	comparison->estimate = middle.estimate;
	comparison->low = fmin(middle.low, middle.estimate - half);
	comparison->high = fmax(middle.high, middle.estimate + half);
	comparison->worst_low = fmin(lower.low, comparison->low);
	comparison->worst_high = fmax(upper.high, comparison->high);
	if (comparison->verdict == VERDICT_TOO_FEW) {
		comparison->low = comparison->high = comparison->worst_low = comparison->worst_high = (double)NAN;
		return true;
	}
	comparison->verdict = judge(comparison->low, comparison->high, comparison->p_adjusted <= alpha);
	bool is_less = comparison->verdict == VERDICT_LESS;
	double margin = is_less ? -comparison->high : comparison->low;
	double worst = is_less ? -comparison->worst_high : comparison->worst_low;
	if (comparison->verdict != VERDICT_NONE && worst <= 0) {
		comparison->verdict = VERDICT_COARSE;
		comparison->longer = (margin - worst) / margin;
	}
	return true;
}

static void back_from_scale(const struct pairs *pairs, struct comparison *comparison)
{
	double detectable = detectable_halves * (comparison->high - comparison->low) / 2;
	comparison->detectable = pairs->differences ? detectable : expm1(detectable);
	if (pairs->differences)
		return;
	double *ratios[] = { &comparison->estimate, &comparison->low, &comparison->high, &comparison->worst_low,
		&comparison->worst_high };
	for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++)
		*ratios[i] = exp(*ratios[i]);
}

/* ---- several: Holm ---- */

/* Before any correction. A comparison that cannot be made has no p, and comes last. One that has no interval at the
 * level that the correction may ask for has too few values. */
static bool begin(const struct pairs *pairs, double level, struct comparison *comparison)
{
	const double nan = (double)NAN;
	*comparison = (struct comparison){ pairs->count, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, VERDICT_NONE };
	if (!pairs->differences && has_zero(pairs)) {
		comparison->verdict = VERDICT_COARSE;
		return true;
	}
	joules_comparison result;
	if (!compare_values(pairs, VALUE, VALUE, level, &result))
		return false;
	comparison->p = result.p;
	if (isnan(result.low))
		comparison->verdict = VERDICT_TOO_FEW;
	return true;
}

static size_t next_smallest(const struct comparison *comparisons, size_t count)
{
	size_t found = count;
	for (size_t i = 0; i < count; i++) {
		if (!isnan(comparisons[i].level))
			continue;
		if (found == count || comparisons[i].p < comparisons[found].p || isnan(comparisons[found].p))
			found = i;
	}
	return found;
}

bool compare_all(const struct pairs *pairs, size_t count, double alpha, struct comparison *comparisons)
{
	for (size_t i = 0; i < count; i++)
		if (!begin(&pairs[i], 1 - alpha / (double)count, &comparisons[i]))
			return false;
	double reached = 0.0;
	for (size_t rank = 0; rank < count; rank++) {
		size_t i = next_smallest(comparisons, count);
		struct comparison *comparison = &comparisons[i];
		double rest = (double)(count - rank);
		comparison->level = 1 - alpha / rest;
		if (isnan(comparison->p))
			continue;
		reached = fmin(1.0, fmax(reached, rest * comparison->p));
		comparison->p_adjusted = reached;
		if (!decide(&pairs[i], alpha, comparison))
			return false;
		back_from_scale(&pairs[i], comparison);
	}
	return true;
}
