/* SPDX-License-Identifier: MIT */
#include "check/judge.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include <joules/joules.h>

enum { FEWEST_FOR_MEDIAN = 5 };
static const double LEVEL = 0.95, NORMAL_975 = 1.96;

const char *ruled_name(enum ruled ruled)
{
	static const char *const names[] = {
		[RULED_WITHIN] = "within",
		[RULED_UNDECIDED] = "undecided",
		[RULED_EXCEEDED] = "exceeded",
		[RULED_NOTHING] = NULL,
	};
	return names[ruled];
}

enum ruled judge_interval(double low, double high, double limit)
{
	if (low > limit)
		return RULED_EXCEEDED;
	return high <= limit ? RULED_WITHIN : RULED_UNDECIDED;
}

/* Of independent values it has the mean −1/n, and about the deviation 1/√n. */
bool are_dependent(const double *values, size_t count)
{
	double mean = 0.0, square = 0.0, product = 0.0, n = (double)count;
	for (size_t i = 0; i < count; i++)
		mean += values[i] / n;
	for (size_t i = 0; i < count; i++) {
		square += (values[i] - mean) * (values[i] - mean);
		product += i > 0 ? (values[i] - mean) * (values[i - 1] - mean) : 0.0;
	}
	return square > 0 && fabs(product / square + 1 / n) > NORMAL_975 / sqrt(n);
}

static double median_of(const double *values, size_t count)
{
	joules_statistics statistics = JOULES_STATISTICS_INIT;
	return joules_statistics_of(values, count, &statistics) == JOULES_OK ? statistics.median : (double)NAN;
}

/* What is not known of a run may be nothing, or without end (the statistics take finite numbers). */
static double at_least(const struct measured *run)
{
	return isnan(run->low) ? 0.0 : run->low;
}

static double at_most(const struct measured *run)
{
	return isnan(run->high) ? DBL_MAX : run->high;
}

static void judge_by_bounds(const struct measured *runs, size_t count, double limit, struct judgement *judgement)
{
	double least = DBL_MAX, most = 0.0, lowest = DBL_MAX, highest = 0.0;
	for (size_t i = 0; i < count; i++) {
		least = fmin(least, at_most(&runs[i]));
		most = fmax(most, at_most(&runs[i]));
		lowest = fmin(lowest, at_least(&runs[i]));
		highest = fmax(highest, at_least(&runs[i]));
	}
	judgement->decided_by = "bounds";
	judgement->shown.low = lowest;
	judgement->shown.high = most;
	judgement->ruled = count > 0 ? judge_interval(lowest, most, limit) : RULED_UNDECIDED;
	if (judgement->ruled == RULED_UNDECIDED)
		judgement->why = highest > limit && least <= limit
		    ? "some runs are above the limit and some are not; with -r 10 the median decides"
		    : "the limit lies between the bounds of the counters; longer runs make them relatively narrower";
}

static bool judge_by_median(const struct measured *runs, size_t count, double limit, struct judgement *judgement)
{
	double *lows = calloc(3 * count, sizeof *lows), unused;
	if (!lows)
		return false;
	double *highs = lows + count, *values = highs + count;
	for (size_t i = 0; i < count; i++) {
		lows[i] = at_least(&runs[i]);
		highs[i] = at_most(&runs[i]);
		values[i] = runs[i].value;
	}
	bool ok = joules_median_limits(lows, count, LEVEL, &judgement->shown.low, &unused) == JOULES_OK &&
	    joules_median_limits(highs, count, LEVEL, &unused, &judgement->shown.high) == JOULES_OK;
	judgement->decided_by = "median";
	judgement->ruled = judge_interval(judgement->shown.low, judgement->shown.high, limit);
	if (are_dependent(values, count)) {
		judgement->ruled = RULED_UNDECIDED;
		judgement->why =
		    "the runs depend on those before them, as on a machine that heats up; --against compares in turns";
	} else if (judgement->ruled == RULED_UNDECIDED) {
		judgement->why = "the limit lies between the limits of the median; more runs (-r) bring them closer";
	}
	free(lows);
	return ok;
}

bool judge_budget(const struct measured *runs, size_t count, double limit, struct judgement *judgement)
{
	double *values = calloc(count + 1, sizeof *values);
	*judgement = (struct judgement){ .why = NULL };
	if (!values)
		return false;
	size_t known = 0;
	for (size_t i = 0; i < count; i++) {
		values[i] = runs[i].value;
		known += isnan(runs[i].value) ? 0 : 1;
	}
	judgement->shown.value = median_of(values, count);
	free(values);
	if (known == 0) {
		*judgement = (struct judgement){ { (double)NAN, (double)NAN, (double)NAN }, "bounds", RULED_UNDECIDED,
			"it was not measured" };
		return true;
	}
	bool ok = true;
	if (count >= FEWEST_FOR_MEDIAN)
		ok = judge_by_median(runs, count, limit, judgement);
	else
		judge_by_bounds(runs, count, limit, judgement);
	if (judgement->shown.high >= DBL_MAX)
		judgement->shown.high = (double)NAN;
	return ok;
}
