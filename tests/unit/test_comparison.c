/* SPDX-License-Identifier: MIT */
/* Rank tests and their intervals: against scipy's exact ones, and against every sign and every choice counted out. */
#include <joules/joules.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct expected {
	size_t n;
	double p, estimate;
	double interval[3][2];
};

#include "comparison_table.h"

static const double levels[] = { 0.95, 0.9818, 0.99 };
enum { MOST = 20000 };

/* As in comparison_table.py. */
static void draw(uint64_t seed, size_t count, double plus, double *values)
{
	for (size_t i = 0; i < count; i++) {
		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		values[i] = (double)(seed >> 11) * 0x1p-53 + plus;
	}
}

static void assert_near(double value, double expected, const char *what, size_t n)
{
	if (isnan(expected) ? !isnan(value) : !(fabs(value - expected) <= 1e-12))
		fail_msg("%s of %zu: %.17g is not %.17g", what, n, value, expected);
}

static joules_comparison paired(const double *a, const double *b, size_t n, double level)
{
	joules_comparison result = JOULES_COMPARISON_INIT;
	assert_int_equal(joules_paired(a, b, n, level, &result), JOULES_OK);
	return result;
}

static joules_comparison shift(const double *a, size_t n_a, const double *b, size_t n_b, double level)
{
	joules_comparison result = JOULES_COMPARISON_INIT;
	assert_int_equal(joules_shift(a, n_a, b, n_b, level, &result), JOULES_OK);
	return result;
}

static void assert_as_expected(const joules_comparison *result, const struct expected *expected, size_t level)
{
	assert_near(result->p, expected->p, "p", expected->n);
	assert_near(result->estimate, expected->estimate, "the estimate", expected->n);
	assert_near(result->low, expected->interval[level][0], "the lower end", expected->n);
	assert_near(result->high, expected->interval[level][1], "the upper end", expected->n);
}

static void pairs_are_as_scipy_has_them(void **state)
{
	(void)state;
	double a[64], b[64];
	for (size_t i = 0; i < COUNT(paired_table); i++) {
		size_t n = paired_table[i].n;
		draw(1 + n, n, 0.0, a);
		draw(1000 + n, n, 0.2, b);
		for (size_t l = 0; l < COUNT(levels); l++) {
			joules_comparison result = paired(a, b, n, levels[l]);
			assert_int_equal(result.count, n);
			assert_as_expected(&result, &paired_table[i], l);
		}
	}
}

static void two_lists_are_as_scipy_has_them(void **state)
{
	(void)state;
	double a[64], b[64];
	for (size_t i = 0; i < COUNT(shift_table); i++) {
		size_t n = shift_table[i].n;
		draw(1 + n, n, 0.0, a);
		draw(1000 + n, n + 3, 0.2, b);
		for (size_t l = 0; l < COUNT(levels); l++) {
			joules_comparison result = shift(a, n, b, n + 3, levels[l]);
			assert_int_equal(result.count, 2 * n + 3);
			assert_as_expected(&result, &shift_table[i], l);
			result = shift(b, n + 3, a, n, levels[l]);
			assert_near(result.p, shift_table[i].p, "p the other way round", n);
			assert_near(-result.high, shift_table[i].interval[l][0], "the lower end the other way round", n);
		}
	}
}

static void limits_of_a_median_are_as_scipy_has_them(void **state)
{
	(void)state;
	static double values[10000];
	for (size_t i = 0; i < COUNT(median_table); i++) {
		size_t n = median_table[i].n;
		for (size_t v = 0; v < n; v++)
			values[v] = (double)(n - v); /* n … 1: a value is its rank */
		for (size_t l = 0; l < COUNT(levels); l++) {
			double low, high, k = (double)median_table[i].k[l];
			assert_int_equal(joules_median_limits(values, n, levels[l], &low, &high), JOULES_OK);
			assert_near(low, k > 0 ? k : (double)NAN, "the lower limit", n);
			assert_near(high, k > 0 ? (double)n + 1 - k : (double)NAN, "the upper limit", n);
		}
	}
}

/* ---- ties, counted out ---- */

static double doubled_midrank(const double *values, size_t n, double value)
{
	size_t below = 0, equal = 0;
	for (size_t i = 0; i < n; i++) {
		below += fabs(values[i]) > 0 && fabs(values[i]) < fabs(value);
		equal += fabs(values[i]) > 0 && fabs(fabs(values[i]) - fabs(value)) <= 0;
	}
	return (double)(2 * below + equal + 1);
}

/* All 2^n signs of the ranks of differences that are not 0. */
static double p_of_signs(const double *differences, size_t n)
{
	double ranks[16], sum = 0, lower = 0, upper = 0, all;
	size_t m = 0;
	for (size_t i = 0; i < n; i++) {
		if (!(fabs(differences[i]) > 0))
			continue;
		ranks[m] = doubled_midrank(differences, n, differences[i]);
		sum += differences[i] > 0 ? ranks[m] : 0;
		m++;
	}
	all = (double)(1u << m);
	for (unsigned signs = 0; signs < 1u << m; signs++) {
		double here = 0;
		for (size_t i = 0; i < m; i++)
			here += signs >> i & 1 ? ranks[i] : 0;
		lower += here <= sum;
		upper += here >= sum;
	}
	return fmin(1.0, 2 * fmin(lower, upper) / all);
}

static void pairs_with_ties_are_as_all_signs_say(void **state)
{
	(void)state;
	const double nothing[12] = { 0 };
	double differences[12];
	for (size_t n = 1; n <= COUNT(differences); n++) {
		for (uint64_t seed = 0; seed < 12; seed++) {
			draw(seed * 977 + n, n, -0.4, differences);
			for (size_t i = 0; i < n; i++)
				differences[i] = round(differences[i] * 6); /* −2 … 4: ties and zeros */
			joules_comparison result = paired(nothing, differences, n, 0.95);
			assert_near(result.p, p_of_signs(differences, n), "p", n);
		}
	}
}

/* All ways to choose which of the values are b's. */
static double p_of_choices(const double *all, size_t n, unsigned chosen)
{
	double sum = 0, lower = 0, upper = 0, ways = 0;
	for (size_t i = 0; i < n; i++)
		sum += chosen >> i & 1 ? doubled_midrank(all, n, all[i]) : 0;
	for (unsigned choice = 0; choice < 1u << n; choice++) {
		if (__builtin_popcount(choice) != __builtin_popcount(chosen))
			continue;
		double here = 0;
		for (size_t i = 0; i < n; i++)
			here += choice >> i & 1 ? doubled_midrank(all, n, all[i]) : 0;
		ways++;
		lower += here <= sum;
		upper += here >= sum;
	}
	return fmin(1.0, 2 * fmin(lower, upper) / ways);
}

static void two_lists_with_ties_are_as_all_choices_say(void **state)
{
	(void)state;
	double all[10];
	const size_t n = COUNT(all);
	for (size_t n_a = 1; n_a < n; n_a++) {
		for (uint64_t seed = 0; seed < 6; seed++) {
			draw(seed * 977 + n_a, n, 0.2, all);
			for (size_t i = 0; i < n; i++)
				all[i] = ceil(all[i] * 5); /* 1 … 6 */
			joules_comparison result = shift(all, n_a, all + n_a, n - n_a, 0.95);
			assert_near(result.p, p_of_choices(all, n, (1u << n) - (1u << n_a)), "p", n_a);
		}
	}
}

/* ---- what follows from it ---- */

static void the_verdicts_of_p_and_interval_agree(void **state)
{
	(void)state;
	double a[30], b[30];
	for (uint64_t seed = 0; seed < 300; seed++) {
		size_t n = 6 + seed % 25;
		draw(seed, n, 0.0, a);
		draw(seed + 5000, n, (double)(seed % 7) / 10 - 0.3, b);
		joules_comparison result = paired(a, b, n, 0.95);
		assert_int_equal(result.p <= 0.05, result.low > 0 || result.high < 0);
		assert_true(result.low <= result.estimate && result.estimate <= result.high);
		result = shift(a, n, b, n, 0.95);
		assert_int_equal(result.p <= 0.05, result.low > 0 || result.high < 0);
		assert_true(result.low <= result.estimate && result.estimate <= result.high);
	}
}

/* The last exact one and the first normal one are of the same values but one. */
static void the_normal_distribution_takes_over_without_a_step(void **state)
{
	(void)state;
	static double a[501], b[501];
	draw(11, COUNT(a), 0.0, a);
	draw(12345, COUNT(b), 0.02, b);
	joules_comparison exact = paired(a, b, 500, 0.95), normal = paired(a, b, 501, 0.95);
	assert_true(fabs(exact.p - normal.p) < 0.001 && exact.p > 0.1 && exact.p < 0.11);
	assert_true(fabs(exact.low - normal.low) < 0.002 && fabs(exact.high - normal.high) < 0.002);
	exact = shift(a, 60, b, 60, 0.95);
	normal = shift(a, 61, b, 61, 0.95);
	assert_true(fabs(exact.p - normal.p) < 0.05);
	assert_true(fabs(exact.low - normal.low) < 0.02 && fabs(exact.high - normal.high) < 0.02);
}

static void ten_thousand_pairs_need_no_list_of_all_averages(void **state)
{
	(void)state;
	static double a[MOST], b[MOST];
	draw(5, MOST, 0.0, a);
	draw(6, MOST, 0.01, b);
	joules_comparison result = paired(a, b, MOST, 0.95);
	assert_int_equal(result.count, MOST);
	assert_true(fabs(result.estimate - 0.01) < 0.01 && result.high - result.low < 0.02);
	result = shift(a, MOST, b, MOST, 0.95);
	assert_true(fabs(result.estimate - 0.01) < 0.01 && result.high - result.low < 0.02);
}

static void nothing_to_compare_has_no_numbers(void **state)
{
	(void)state;
	const double lost[] = { nan(""), 1.0, (double)INFINITY }, values[] = { 1.0, nan(""), (double)INFINITY };
	joules_comparison results[] = { paired(NULL, NULL, 0, 0.95), paired(lost, values, 3, 0.95),
		shift(NULL, 0, values, 1, 0.95) };
	for (size_t i = 0; i < COUNT(results); i++) {
		assert_true(isnan(results[i].p) && isnan(results[i].estimate));
		assert_true(isnan(results[i].low) && isnan(results[i].high));
	}
	double low, high;
	assert_int_equal(joules_median_limits(NULL, 0, 0.95, &low, &high), JOULES_OK);
	assert_true(isnan(low) && isnan(high));
}

static void equal_pairs_do_not_differ(void **state)
{
	(void)state;
	const double values[] = { 1, 2, 3, 4, 5, 6 };
	joules_comparison result = paired(values, values, COUNT(values), 0.95);
	assert_true(result.p == 1.0 && result.estimate == 0.0 && result.low == 0.0 && result.high == 0.0);
}

static void bad_arguments_are_refused(void **state)
{
	(void)state;
	const double value[] = { 1.0 };
	joules_comparison result = JOULES_COMPARISON_INIT;
	double low, high;
	assert_int_equal(joules_paired(NULL, value, 1, 0.95, &result), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_paired(value, value, 1, 0.95, NULL), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_paired(value, value, 1, 1.0, &result), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_paired(value, value, 1, nan(""), &result), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_paired(value, value, SIZE_MAX / 8, 0.95, &result), JOULES_NO_MEMORY);
	assert_int_equal(joules_shift(value, 1, NULL, 1, 0.95, &result), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_median_limits(value, 1, 0.0, &low, &high), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_median_limits(value, 1, 0.95, &low, NULL), JOULES_INVALID_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_are_as_scipy_has_them),
		cmocka_unit_test(two_lists_are_as_scipy_has_them),
		cmocka_unit_test(limits_of_a_median_are_as_scipy_has_them),
		cmocka_unit_test(pairs_with_ties_are_as_all_signs_say),
		cmocka_unit_test(two_lists_with_ties_are_as_all_choices_say),
		cmocka_unit_test(the_verdicts_of_p_and_interval_agree),
		cmocka_unit_test(the_normal_distribution_takes_over_without_a_step),
		cmocka_unit_test(ten_thousand_pairs_need_no_list_of_all_averages),
		cmocka_unit_test(nothing_to_compare_has_no_numbers),
		cmocka_unit_test(equal_pairs_do_not_differ),
		cmocka_unit_test(bad_arguments_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
