/* SPDX-License-Identifier: MIT */
/* Moves of one counter, and the bounds that they close. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/bounds.h"

#define MS INT64_C(1000000)

static joules_domain domain;
static struct counter counter;

static int begin_counter(void **state)
{
	(void)state;
	domain = (joules_domain)JOULES_DOMAIN_INIT;
	domain.name = "package_0";
	domain.unit_j = 0.5;
	domain.modulus = UINT64_C(1) << 32;
	domain.tick_s = 0.001;
	domain.longest_tick_s = 0.003;
	domain.settle_s = 0.02;
	domain.max_power_w = 1e6;
	counter_init(&counter, &domain);
	return 0;
}

static void feed(uint64_t raw, int64_t ms)
{
	joules_raw value = { .ok = true, .count = raw };
	(void)counter_update(&counter, &value, ms * MS, ms * MS, 0);
}

static struct point read_at(uint64_t raw, int64_t ms)
{
	feed(raw, ms);
	struct point point = counter.now;
	point.stamped = point.read;
	return point;
}

static void nothing_closes_without_a_move(void **state)
{
	(void)state;
	struct point point = read_at(10, 0);
	feed(10, 1);
	feed(10, 2);
	assert_false(bounds_may_close(&counter, &point));
	assert_false(bounds_close(&counter, &point, 0));
	assert_null(moves_last(&counter.moves));
}

/* What moved between the value and the stamp proves nothing: the first read after the stamp may have seen just that. */
static void the_first_read_after_the_stamp_closes_nothing(void **state)
{
	(void)state;
	struct point point = read_at(10, 0);
	feed(14, 1);
	assert_false(bounds_close(&counter, &point, 0));
	feed(14, 2);
	feed(20, 3);
	assert_true(bounds_may_close(&counter, &point));
	assert_true(bounds_close(&counter, &point, 0));
	assert_true(point.above == 10 * 0.5 + 0.5);
}

static void the_first_move_closes_however_late_somebody_asks(void **state)
{
	(void)state;
	struct point point = read_at(10, 0);
	feed(10, 1);
	feed(12, 2);
	for (unsigned i = 1; i < MOVES_KEPT; i++)
		feed(12 + 100 * i, 2 + i);
	assert_true(bounds_close(&counter, &point, 0));
	assert_true(point.above == 2 * 0.5 + 0.5);
}

static void what_was_forgotten_closes_at_the_oldest_move_kept(void **state)
{
	(void)state;
	struct point point = read_at(10, 0);
	feed(10, 1);
	for (unsigned i = 1; i <= MOVES_KEPT + 5; i++)
		feed(10 + 100 * i, 1 + i);
	domain.settle_s = 1e9;
	assert_true(bounds_close(&counter, &point, 0));
	assert_true(point.above == 600 * 0.5 + 0.5);
}

static void a_read_after_the_give_up_time_closes(void **state)
{
	(void)state;
	struct point point = read_at(10, 0), later = point, slow = point;
	feed(10, 19);
	assert_false(bounds_close(&counter, &point, 0));
	feed(10, 20);
	assert_true(bounds_close(&counter, &point, 0));
	assert_true(point.above == 0.5);
	/* The move after it changes nothing: what was read until then is enough. */
	feed(1000, 21);
	assert_true(bounds_close(&counter, &later, 0));
	assert_true(later.above == 0.5);
	domain.tick_varies = true; /* nobody knows whether it is slower than that */
	double open = slow.above;
	assert_true(bounds_close(&counter, &slow, 0));
	assert_true(slow.above == open);
}

static void a_broken_count_leaves_the_open_bound(void **state)
{
	(void)state;
	domain.modulus = 0;
	struct point point = read_at(1000, 0);
	double open = point.above;
	feed(1000, 1);
	feed(5, 2);
	assert_true(bounds_may_close(&counter, &point));
	assert_true(bounds_close(&counter, &point, 0));
	assert_true(point.above == open);
	assert_null(moves_last(&counter.moves));
}

static void a_bound_never_widens(void **state)
{
	(void)state;
	feed(9, -1);
	struct point point = read_at(10, 0);
	point.above = 0.75;
	feed(10, 1);
	feed(1000, 2);
	assert_true(bounds_close(&counter, &point, 0));
	assert_true(point.above == 0.75);
}

/* Which is all that is known of a counter's pace. */
static void the_first_move_says_more_than_its_tick(void **state)
{
	(void)state;
	struct point point = read_at(10, 0);
	point.above = 0.75;
	feed(10, 1);
	feed(1000, 2);
	assert_true(bounds_close(&counter, &point, 0));
	assert_true(point.above > 100.0);
}

static void a_move_that_came_late_says_more_than_its_tick(void **state)
{
	(void)state;
	domain.least_power_w = 0.1;
	feed(9, -1);
	struct point point = read_at(10, 0);
	point.above = 0.75;
	feed(10, 1);
	feed(10, 400);
	feed(1000, 800);
	assert_true(bounds_close(&counter, &point, 0));
	assert_true(point.above > 100.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing_closes_without_a_move, begin_counter),
		cmocka_unit_test_setup(the_first_read_after_the_stamp_closes_nothing, begin_counter),
		cmocka_unit_test_setup(the_first_move_closes_however_late_somebody_asks, begin_counter),
		cmocka_unit_test_setup(what_was_forgotten_closes_at_the_oldest_move_kept, begin_counter),
		cmocka_unit_test_setup(a_read_after_the_give_up_time_closes, begin_counter),
		cmocka_unit_test_setup(a_broken_count_leaves_the_open_bound, begin_counter),
		cmocka_unit_test_setup(a_bound_never_widens, begin_counter),
		cmocka_unit_test_setup(the_first_move_says_more_than_its_tick, begin_counter),
		cmocka_unit_test_setup(a_move_that_came_late_says_more_than_its_tick, begin_counter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
