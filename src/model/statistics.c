/* SPDX-License-Identifier: MIT */
/* Statistics of repeated runs: a few values, no assumption about their distribution. */
#include "base/sized.h"
#include "base/status.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Modified z-score above which a run is an outlier: 10 standard deviations of a normal distribution, as hyperfine has
 * it (10 × 1.4826, the ratio of standard deviation and median absolute deviation). */
static const double outlier_score = 14.826;

static int by_value(const void *left, const void *right)
{
	double a = *(const double *)left;
	double b = *(const double *)right;
	return (a > b) - (a < b);
}

static double sorted_median(const double *sorted, size_t n)
{
	double upper = sorted[n / 2];
	return n % 2 == 1 ? upper : (sorted[n / 2 - 1] + upper) / 2;
}

/* Mean and squares are taken of the distances from the median: these are small where the values are large and close
 * together, so nothing cancels; the sum of the distances from the mean corrects what rounding leaves of them. */
static void mean_and_spread(const double *values, size_t n, joules_statistics *result)
{
	double sum = 0.0;
	for (size_t i = 0; i < n; i++)
		sum += values[i] - result->median;
	double shift = sum / (double)n;
	result->mean = result->median + shift;
	if (n < 2)
		return;
	double squares = 0.0;
	double rest = 0.0;
	for (size_t i = 0; i < n; i++) {
		double distance = values[i] - result->median - shift;
		squares += distance * distance;
		rest += distance;
	}
	double variance = (squares - rest * rest / (double)n) / (double)(n - 1);
	result->stddev = variance < 0.0 ? 0.0 : sqrt(variance);
}

/* `values` in their order of time, `scratch` as long. Where more than half of the values are the same the deviation is
 * 0: then the rounding of that value takes its place, and whatever differs from it by more is an outlier. */
static void find_outliers(const double *values, double *scratch, size_t n, joules_statistics *result)
{
	for (size_t i = 0; i < n; i++)
		scratch[i] = fabs(values[i] - result->median);
	qsort(scratch, n, sizeof *scratch, by_value);
	double deviation = fmax(sorted_median(scratch, n), DBL_EPSILON * fabs(result->median));
	for (size_t i = 0; i < n; i++) {
		if (fabs(values[i] - result->median) <= outlier_score * deviation)
			continue;
		result->outliers++;
		if (i == 0)
			result->first_outlier = true;
	}
}

joules_status joules_statistics_of(const double *values, size_t n, joules_statistics *result)
{
	if (!result || (n > 0 && !values))
		return joules_fail(JOULES_INVALID_ARGUMENT, "statistics: %s is NULL", result ? "values" : "result");
	joules_statistics statistics = JOULES_STATISTICS_INIT;
	if (n > SIZE_MAX / 2 / sizeof *values)
		return fail_memory();
	double *kept = n > 0 ? malloc(2 * n * sizeof *kept) : NULL;
	if (n > 0 && !kept)
		return fail_memory();
	for (size_t i = 0; i < n; i++) {
		if (!isnan(values[i]))
			kept[statistics.count++] = values[i];
	}
	size_t count = statistics.count;
	if (count > 0) {
		double *sorted = kept + count;
		memcpy(sorted, kept, count * sizeof *sorted);
		qsort(sorted, count, sizeof *sorted, by_value);
		statistics.median = sorted_median(sorted, count);
		statistics.min = sorted[0];
		statistics.max = sorted[count - 1];
		mean_and_spread(kept, count, &statistics);
		find_outliers(kept, sorted, count, &statistics);
		/* "The first value" is the first that was given; if that one was not measured nothing is known of a warm-up. */
		statistics.first_outlier = statistics.first_outlier && !isnan(values[0]);
	}
	free(kept);
	return sized_give(result, &statistics, sizeof statistics, "joules_statistics");
}
