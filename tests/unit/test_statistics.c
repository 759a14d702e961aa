/* SPDX-License-Identifier: MIT */
/* Expected values: Python's statistics module (fmean, stdev, median), and fractions.Fraction for the large ones. */
#include <joules/joules.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static joules_statistics of(const double *values, size_t n)
{
	joules_statistics result;
	memset(&result, 0x55, sizeof result);
	result.size = sizeof result;
	assert_int_equal(joules_statistics_of(values, n, &result), JOULES_OK);
	return result;
}

static void assert_near(double value, double expected, double relative)
{
	if (!(fabs(value - expected) <= relative * fabs(expected)))
		fail_msg("%.17g is not %.17g within %g", value, expected, relative);
}

static void nothing_has_no_values(void **state)
{
	(void)state;
	const double not_measured[] = { nan(""), nan("") };
	joules_statistics results[] = { of(NULL, 0), of(not_measured, 2) };
	for (size_t i = 0; i < COUNT(results); i++) {
		assert_int_equal(results[i].count, 0);
		assert_true(isnan(results[i].mean) && isnan(results[i].stddev) && isnan(results[i].median));
		assert_true(isnan(results[i].min) && isnan(results[i].max));
		assert_int_equal(results[i].outliers, 0);
		assert_false(results[i].first_outlier);
	}
}

static void one_value_has_no_spread(void **state)
{
	(void)state;
	joules_statistics result = of((const double[]){ 0.1 }, 1);
	assert_int_equal(result.count, 1);
	assert_true(result.mean == 0.1 && result.median == 0.1 && result.min == 0.1 && result.max == 0.1);
	assert_true(isnan(result.stddev));
	assert_int_equal(result.outliers, 0);
}

static void two_values(void **state)
{
	(void)state;
	joules_statistics result = of((const double[]){ 3.0, 1.0 }, 2);
	assert_true(result.mean == 2.0 && result.median == 2.0 && result.min == 1.0 && result.max == 3.0);
	assert_near(result.stddev, 1.4142135623730951, 1e-15);
	assert_int_equal(result.outliers, 0);
}

static void an_even_number_of_values(void **state)
{
	(void)state;
	joules_statistics result = of((const double[]){ 0.7, 0.1, 0.3, 0.2 }, 4);
	assert_near(result.mean, 0.325, 1e-15);
	assert_near(result.stddev, 0.26299556396765833, 1e-15);
	assert_true(result.median == 0.25 && result.min == 0.1 && result.max == 0.7);
}

static void what_was_not_measured_is_left_out(void **state)
{
	(void)state;
	joules_statistics result = of((const double[]){ nan(""), 3.0, nan(""), 1.0 }, 4);
	assert_int_equal(result.count, 2);
	assert_true(result.mean == 2.0 && result.min == 1.0 && result.max == 3.0);
	assert_false(result.first_outlier);
}

static void a_large_offset_keeps_the_spread(void **state)
{
	(void)state;
	joules_statistics result =
	    of((const double[]){ 1e12 + 0.5, 1e12 + 0.25, 1e12 + 0.75, 1e12 + 0.125, 1e12 + 1.0 }, 5);
	assert_true(result.mean == 1000000000000.525);
	assert_true(result.median == 1000000000000.5);
	assert_near(result.stddev, 0.3579455265819088, 1e-14);
}

static void an_outlier_is_counted_and_the_first_one_named(void **state)
{
	(void)state;
	const double last[] = { 12.31, 12.29, 12.35, 12.28, 12.33, 12.30, 12.34, 14.9 };
	joules_statistics result = of(last, COUNT(last));
	assert_near(result.mean, 12.6375, 1e-15);
	assert_near(result.stddev, 0.9145139224121821, 1e-14);
	assert_int_equal(result.outliers, 1);
	assert_false(result.first_outlier);

	const double first[] = { 14.9, 12.31, 12.29, 12.35, 12.28, 12.33, 12.30, 12.34 };
	result = of(first, COUNT(first));
	assert_int_equal(result.outliers, 1);
	assert_true(result.first_outlier);
	assert_true(first[0] == 14.9 && first[7] == 12.34); /* the caller's order stays */

	const double after_nothing[] = { nan(""), 14.9, 12.31, 12.29, 12.35, 12.28, 12.33, 12.30, 12.34 };
	result = of(after_nothing, COUNT(after_nothing));
	assert_int_equal(result.outliers, 1);
	assert_false(result.first_outlier); /* of the first run nothing is known */
}

/* The median of these is 0 and their median distance from it 1, so that a value is its own score. */
static void the_threshold_is_hyperfines(void **state)
{
	(void)state;
	assert_int_equal(of((const double[]){ -1, 1, -1, 1, 0, -14.8, 14.8 }, 7).outliers, 0);
	assert_int_equal(of((const double[]){ -1, 1, -1, 1, 0, -14.8, 14.826 }, 7).outliers, 0);
	assert_int_equal(of((const double[]){ -1, 1, -1, 1, 0, -14.8, 14.8261 }, 7).outliers, 1);
	assert_int_equal(of((const double[]){ -1, 1, -1, 1, 0, -14.9, 14.9 }, 7).outliers, 2);
}

static void equal_values_are_no_outliers_and_what_differs_is_one(void **state)
{
	(void)state;
	joules_statistics same = of((const double[]){ 5.0, 5.0, 5.0, 5.0 }, 4);
	assert_true(same.stddev == 0.0 && same.mean == 5.0);
	assert_int_equal(same.outliers, 0);
	assert_int_equal(of((const double[]){ 0.0, 0.0, 0.0 }, 3).outliers, 0);
	assert_int_equal(of((const double[]){ 5.0, 5.0, 5.0, 5.5 }, 4).outliers, 1);
	assert_int_equal(of((const double[]){ 0.0, 0.0, 0.0, 1e-9 }, 4).outliers, 1);
	/* The last digit of a double is rounding, no outlier. */
	assert_int_equal(of((const double[]){ 1e6, 1e6, 1e6, nextafter(1e6, 2e6) }, 4).outliers, 0);
	joules_statistics thirds = of((const double[]){ 0.1, 0.1, 0.1 }, 3);
	assert_true(thirds.mean == 0.1 && thirds.stddev == 0.0);
}

static void bad_arguments_are_refused(void **state)
{
	(void)state;
	joules_statistics result = JOULES_STATISTICS_INIT;
	assert_int_equal(joules_statistics_of(NULL, 1, &result), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_statistics_of((const double[]){ 1.0 }, 1, NULL), JOULES_INVALID_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_has_no_values),
		cmocka_unit_test(one_value_has_no_spread),
		cmocka_unit_test(two_values),
		cmocka_unit_test(an_even_number_of_values),
		cmocka_unit_test(what_was_not_measured_is_left_out),
		cmocka_unit_test(a_large_offset_keeps_the_spread),
		cmocka_unit_test(an_outlier_is_counted_and_the_first_one_named),
		cmocka_unit_test(the_threshold_is_hyperfines),
		cmocka_unit_test(equal_values_are_no_outliers_and_what_differs_is_one),
		cmocka_unit_test(bad_arguments_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
