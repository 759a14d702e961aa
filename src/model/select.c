/* SPDX-License-Identifier: MIT */
#include "model/select.h"

#include <stdint.h>
#include <string.h>

/* How many of the pairs are at most `limit`. */
typedef size_t (*count_pairs)(const void *lists, double limit);

/* Whole numbers in the order of the doubles that they stand for. */
static int64_t order_of(double value)
{
	int64_t bits;
	memcpy(&bits, &value, sizeof bits);
	return bits < 0 ? INT64_MIN - bits : bits;
}

static double value_of(int64_t order)
{
	int64_t bits = order < 0 ? INT64_MIN - order : order;
	double value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

/* Bisection over the doubles themselves: the least one that k pairs do not exceed is one of the pairs. At most 64
 * steps, each of which goes through the lists once. */
static double bisect(const void *lists, count_pairs count, double least, double most, size_t k)
{
	int64_t low = order_of(least), high = order_of(most);
	while (low < high) {
		int64_t middle = low + (int64_t)(((uint64_t)high - (uint64_t)low) / 2);
		if (count(lists, value_of(middle)) >= k)
			high = middle;
		else
			low = middle + 1;
	}
	return value_of(high);
}

struct averages {
	const double *x;
	size_t n;
};

static double average(double a, double b)
{
	return a / 2 + b / 2;
}

/* As i grows, the last j that fits falls. */
static size_t count_averages(const void *lists, double limit)
{
	const struct averages *averages = lists;
	size_t count = 0, end = averages->n;
	for (size_t i = 0; i < end; i++) {
		while (end > i && average(averages->x[i], averages->x[end - 1]) > limit)
			end--;
		count += end - i;
	}
	return count;
}

double select_average(const double *sorted, size_t n, size_t k)
{
	struct averages averages = { sorted, n };
	return bisect(&averages, count_averages, sorted[0], sorted[n - 1], k);
}

struct differences {
	const double *a, *b;
	size_t n_a, n_b;
};

/* As a[i] grows, more of b fit. */
static size_t count_differences(const void *lists, double limit)
{
	const struct differences *of = lists;
	size_t count = 0, end = 0;
	for (size_t i = 0; i < of->n_a; i++) {
		while (end < of->n_b && of->b[end] - of->a[i] <= limit)
			end++;
		count += end;
	}
	return count;
}

double select_difference(const double *a, size_t n_a, const double *b, size_t n_b, size_t k)
{
	struct differences differences = { a, b, n_a, n_b };
	return bisect(&differences, count_differences, b[0] - a[n_a - 1], b[n_b - 1] - a[0], k);
}
