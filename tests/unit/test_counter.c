/* SPDX-License-Identifier: MIT */
/* One counter and the difference of two of its points. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/energy.h"

#define MS 1000000
#define UNIT (1.0 / 16384)

static joules_domain domain_of(joules_kind kind)
{
	joules_domain domain = JOULES_DOMAIN_INIT;
	domain.name = "package_0";
	domain.kind = kind;
	domain.unit_j = UNIT;
	domain.modulus = UINT64_C(1) << 32;
	domain.tick_s = 0.001;
	domain.longest_tick_s = 0.003;
	domain.settle_s = 0.02;
	domain.max_power_w = 2000.0;
	return domain;
}

static bool feed(struct counter *counter, uint64_t raw, int64_t ms, int64_t asleep_ms)
{
	joules_raw value = { .ok = true, .count = raw, .joules = (double)raw };
	return counter_update(counter, &value, ms * MS, ms * MS, asleep_ms * MS);
}

static void feed_failure(struct counter *counter, int64_t ms)
{
	joules_raw value = { .ok = false, .error = 19 };
	(void)counter_update(counter, &value, ms * MS, ms * MS, 0);
}

static struct increment between(const struct counter *counter, const struct point *begin)
{
	struct increment increment;
	increments_between(&counter->domain, 1, begin, &counter->now, 1.0, &increment);
	return increment;
}

/* Also of one that reads the same all the time: its package is slow, and so it is. */
static void a_pace_that_a_package_shows_holds_for_its_parts_at_once(void **state)
{
	(void)state;
	joules_domain package = domain_of(JOULES_KIND_COUNTER), core = package;
	package.package = core.package = "0";
	package.least_power_w = 0.5;
	struct counter counters[2];
	counter_init(&counters[0], &package);
	counter_init(&counters[1], &core);
	counters[0].sibling = &counters[1];
	counters[1].sibling = &counters[0];
	for (int64_t ms = 0; ms <= 1000; ms += 10) {
		(void)feed(&counters[0], ms < 1000 ? 1000 : 820200, ms, 0);
		(void)feed(&counters[1], 1000, ms, 0);
	}
	assert_true(counters[1].now.above > 2000.0); /* of a second at 2000 W */
	assert_true(counters[1].now.tick_s > 0.9);
}

static void counts_from_the_first_read(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_COUNTER);
	struct counter counter;
	counter_init(&counter, &domain);
	assert_false(feed(&counter, 1000, 0, 0));
	struct point begin = counter.now;
	assert_false(feed(&counter, 1000, 10, 0));
	assert_true(feed(&counter, 17384, 20, 0));
	struct increment increment = between(&counter, &begin);
	assert_true(increment.joules == 1.0);
	assert_int_equal(increment.flags, 0);
}

static void wraps_at_the_modulus_not_one_before(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_COUNTER);
	struct counter counter;
	counter_init(&counter, &domain);
	feed(&counter, UINT32_MAX, 0, 0);
	struct point begin = counter.now;
	assert_true(feed(&counter, 0, 1000, 0));
	struct increment increment = between(&counter, &begin);
	assert_true(increment.joules == UNIT);
	assert_int_equal(increment.flags, JOULES_WRAPPED);
}

static void a_decrease_that_is_no_wrap_is_invalid(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_COUNTER);
	struct {
		const char *why;
		uint64_t modulus, from, to;
		int64_t ms, asleep_ms;
	} cases[] = {
		{ "range unknown", 0, UINT32_MAX, 0, 1000, 0 },
		{ "the machine slept", UINT64_C(1) << 32, UINT32_MAX, 0, 1000, 5000 },
		{ "the wrap would take 20 kW", UINT64_C(1) << 32, UINT32_MAX, 20000 * 16384, 1000, 0 },
		{ "reset to zero at mid-range", UINT64_C(1) << 32, UINT64_C(1) << 31, 0, 1000, 0 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		domain.modulus = cases[i].modulus;
		struct counter counter;
		counter_init(&counter, &domain);
		feed(&counter, cases[i].from, 0, 0);
		struct point begin = counter.now;
		assert_true(feed(&counter, cases[i].to, cases[i].ms, cases[i].asleep_ms)); /* whoever waits is told */
		struct increment increment = between(&counter, &begin);
		if (!(increment.flags & JOULES_INVALID) || !isnan(increment.joules))
			fail_msg("%s: taken for %g J", cases[i].why, increment.joules);
		/* What comes after it is counted again. */
		struct point after = counter.now;
		assert_true(feed(&counter, cases[i].to + 16384, cases[i].ms + 1000, cases[i].asleep_ms));
		assert_true(between(&counter, &after).joules == 1.0);
	}
}

static void a_value_beyond_its_range_has_no_modulus(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_COUNTER);
	struct counter counter;
	counter_init(&counter, &domain);
	feed(&counter, UINT64_C(1) << 33, 0, 0);
	struct point begin = counter.now;
	feed(&counter, 5, 1000, 0);
	assert_true(between(&counter, &begin).flags & JOULES_INVALID);
}

static void many_wraps_add_up_exactly(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_COUNTER);
	struct counter counter;
	counter_init(&counter, &domain);
	uint64_t raw = 12345, step = 400u * 30u * 16384u;
	feed(&counter, raw, 0, 0);
	struct point begin = counter.now;
	for (int i = 1; i <= 10000; i++) {
		raw = (raw + step) & UINT32_MAX;
		feed(&counter, raw, INT64_C(30000) * i, 0);
	}
	struct increment increment = between(&counter, &begin);
	assert_true(increment.joules == 400.0 * 30.0 * 10000.0);
	assert_true(increment.flags & JOULES_WRAPPED);
}

static void a_failing_end_gives_what_was_seen(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_COUNTER);
	struct counter counter;
	counter_init(&counter, &domain);
	feed(&counter, 0, 0, 0);
	struct point begin = counter.now;
	feed_failure(&counter, 10);
	assert_true(between(&counter, &begin).flags & JOULES_INVALID); /* one good read is none */
	feed(&counter, 16384, 20, 0);
	feed_failure(&counter, 30);
	struct increment increment = between(&counter, &begin);
	assert_int_equal(increment.flags, JOULES_PARTIAL);
	assert_true(increment.joules == 1.0);
	assert_true(isnan(energy_of_increment(&domain, &increment).high));
	assert_true(energy_of_increment(&domain, &increment).low >= 0.0);
}

static void a_failing_begin_counts_from_the_recovery(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_COUNTER);
	struct counter counter;
	counter_init(&counter, &domain);
	feed(&counter, 0, 0, 0);
	feed_failure(&counter, 10);
	struct point begin = counter.now;
	feed(&counter, 5 * 16384, 20, 0);
	assert_true(between(&counter, &begin).flags & JOULES_INVALID);
	feed(&counter, 7 * 16384, 30, 0);
	struct increment increment = between(&counter, &begin);
	assert_true(increment.joules == 2.0);
	assert_int_equal(increment.flags, JOULES_PARTIAL);
	feed(&counter, 9 * 16384, 40, 0);
	feed_failure(&counter, 50);
	assert_true(between(&counter, &begin).joules == 4.0);
}

/* Also where no power is implausible. */
static void a_decrease_without_a_range_is_invalid(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_COUNTER);
	domain.modulus = 0;
	domain.max_power_w = 0.0;
	struct counter counter;
	counter_init(&counter, &domain);
	feed(&counter, 1000, 0, 0);
	struct point begin = counter.now;
	feed(&counter, 999, 10, 0);
	assert_true(between(&counter, &begin).flags & JOULES_INVALID);
	assert_int_equal(counter.now.units, 0);
}

/* A wrap is judged by the time since the counter showed its last value, not since the read's end: the reader may have
 * been preempted for 60 ms in between. */
static void a_preempted_reader_does_not_make_a_reset_of_a_wrap(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_COUNTER);
	struct counter counter;
	counter_init(&counter, &domain);
	feed(&counter, UINT32_MAX - 20 * 16384, 0, 0);
	feed(&counter, UINT32_MAX - 19 * 16384, 100, 0);
	joules_raw value = { .ok = true, .count = UINT32_MAX - 10 * 16384 };
	assert_true(counter_update(&counter, &value, 110 * MS, 170 * MS, 0)); /* taken at 110 ms */
	struct point begin = counter.now;
	assert_true(feed(&counter, 100 * 16384, 172, 0)); /* 110 J in 62 ms */
	struct increment increment = between(&counter, &begin);
	assert_int_equal(increment.flags, JOULES_WRAPPED);
	assert_true(fabs(increment.joules - 110.0) < 1e-3);
}

static void a_glitch_counts_as_a_failed_read(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_COUNTER);
	const uint64_t glitches[] = { 16384 + UINT64_C(100000) * 16384, UINT32_MAX, UINT64_MAX };
	for (size_t i = 0; i < sizeof glitches / sizeof *glitches; i++) {
		struct counter counter;
		counter_init(&counter, &domain);
		feed(&counter, 0, 0, 0);
		feed(&counter, 16384, 10, 0);
		struct point begin = counter.now;
		assert_false(feed(&counter, glitches[i], 260, 0));             /* at 2 kW it can be 500 J */
		assert_true(between(&counter, &begin).flags & JOULES_INVALID); /* nothing was seen after the begin */
		feed(&counter, 11 * 16384, 270, 0);
		struct increment increment = between(&counter, &begin);
		assert_true(increment.joules == 10.0);
		assert_int_equal(increment.flags, 0);
	}
}

static void two_values_that_fit_each_other_break_the_count(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_COUNTER);
	struct counter counter;
	counter_init(&counter, &domain);
	feed(&counter, 0, 0, 0);
	feed(&counter, 16384, 10, 0);
	struct point begin = counter.now;
	feed(&counter, UINT64_C(100000) * 16384, 260, 0);
	assert_true(feed(&counter, UINT64_C(100001) * 16384, 270, 0));
	assert_true(between(&counter, &begin).flags & JOULES_INVALID);
	struct point after = counter.now;
	feed(&counter, UINT64_C(100003) * 16384, 280, 0);
	assert_true(between(&counter, &after).joules == 2.0);
}

static void cumulative_joules_glitch_too(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_JOULES);
	struct counter counter;
	counter_init(&counter, &domain);
	feed(&counter, 0, 0, 0);
	feed(&counter, 1, 10, 0);
	struct point begin = counter.now;
	assert_false(feed(&counter, UINT64_C(9000000000), 20, 0));
	feed(&counter, 3, 30, 0);
	assert_true(between(&counter, &begin).joules == 2.0);
}

/* 70 s stopped at 1 kW, with a counter of 65.5 kJ: what is seen is the least. */
static void a_gap_that_may_hide_a_wrap_is_partial(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_COUNTER);
	domain.unit_j = 1.0 / 65536;
	struct counter counter;
	counter_init(&counter, &domain);
	feed(&counter, 0, 0, 0);
	struct point begin = counter.now;
	feed(&counter, UINT64_C(4464) * 65536, 70000, 0);
	struct increment increment = between(&counter, &begin);
	assert_true(increment.joules == 4464.0);
	assert_int_equal(increment.flags, JOULES_PARTIAL);
	assert_true(isinf(increment.above));
	begin = counter.now;
	feed(&counter, UINT64_C(5464) * 65536, 80000, 0); /* 20 kJ at most: no wrap fits in */
	assert_int_equal(between(&counter, &begin).flags, 0);
}

static void nothing_is_known_of_a_time_in_which_the_machine_slept(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_COUNTER);
	struct counter counter;
	counter_init(&counter, &domain);
	feed(&counter, 0, 0, 0);
	struct point begin = counter.now;
	feed(&counter, 16384, 1000, 5000);
	assert_true(between(&counter, &begin).flags & JOULES_INVALID);
}

/* A reader at 10 kHz is there after five days. */
static void the_read_after_four_billion_counts_too(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_COUNTER);
	struct counter counter;
	counter_init(&counter, &domain);
	feed(&counter, 0, 0, 0);
	struct point begin = counter.now;
	counter.now.read = UINT32_MAX;
	feed(&counter, 16384, 10, 0);
	feed(&counter, 3 * 16384, 20, 0);
	assert_true(between(&counter, &begin).joules == 3.0);
	assert_true(counter.now.past.resumed == 0.0);
}

static void a_failure_between_two_good_reads_costs_nothing(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_COUNTER);
	struct counter counter;
	counter_init(&counter, &domain);
	feed(&counter, 0, 0, 0);
	struct point begin = counter.now;
	feed_failure(&counter, 10);
	feed(&counter, 16384, 20, 0);
	struct increment increment = between(&counter, &begin);
	assert_true(increment.joules == 1.0);
	assert_int_equal(increment.flags, 0);
}

static void cumulative_joules_never_go_back(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_JOULES);
	struct counter counter;
	counter_init(&counter, &domain);
	feed(&counter, 10, 0, 0);
	struct point begin = counter.now;
	feed(&counter, 12, 10, 0);
	assert_true(between(&counter, &begin).joules == 2.0);
	feed(&counter, 11, 20, 0);
	assert_true(between(&counter, &begin).flags & JOULES_INVALID);
	joules_raw bad = { .ok = true, .joules = (double)NAN };
	counter_update(&counter, &bad, 30 * MS, 30 * MS, 0);
	assert_false(counter.now.ok);
}

static void short_regions_are_flagged(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_COUNTER);
	struct counter counter;
	counter_init(&counter, &domain);
	feed(&counter, 0, 0, 0);
	struct point begin = counter.now;
	feed(&counter, 0, 1, 0);
	struct increment increment;
	increments_between(&counter.domain, 1, &begin, &counter.now, 0.00199, &increment);
	assert_int_equal(increment.flags, JOULES_BELOW_TICK);
	assert_true(increment.joules == 0.0);
	assert_true(energy_of_increment(&domain, &increment).high > 0.0); /* not known to be nothing */
	increments_between(&counter.domain, 1, &begin, &counter.now, 0.002, &increment);
	assert_int_equal(increment.flags, 0);
}

static void the_units_doubt_widens_both_sides(void **state)
{
	(void)state;
	joules_domain domain = domain_of(JOULES_KIND_COUNTER);
	domain.unit_error = 0.0027;
	struct increment increment = { .joules = 100.0, .below = 1.0, .above = 2.0 };
	joules_energy energy = energy_of_increment(&domain, &increment);
	assert_true(fabs(energy.low - 99.0 * 0.9973) < 1e-9);
	assert_true(fabs(energy.high - 102.0 * 1.0027) < 1e-9);
	assert_true(energy.joules == 100.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pace_that_a_package_shows_holds_for_its_parts_at_once),
		cmocka_unit_test(counts_from_the_first_read),
		cmocka_unit_test(wraps_at_the_modulus_not_one_before),
		cmocka_unit_test(a_decrease_that_is_no_wrap_is_invalid),
		cmocka_unit_test(a_value_beyond_its_range_has_no_modulus),
		cmocka_unit_test(many_wraps_add_up_exactly),
		cmocka_unit_test(a_failing_end_gives_what_was_seen),
		cmocka_unit_test(a_failing_begin_counts_from_the_recovery),
		cmocka_unit_test(a_decrease_without_a_range_is_invalid),
		cmocka_unit_test(a_preempted_reader_does_not_make_a_reset_of_a_wrap),
		cmocka_unit_test(a_glitch_counts_as_a_failed_read),
		cmocka_unit_test(two_values_that_fit_each_other_break_the_count),
		cmocka_unit_test(cumulative_joules_glitch_too),
		cmocka_unit_test(a_gap_that_may_hide_a_wrap_is_partial),
		cmocka_unit_test(nothing_is_known_of_a_time_in_which_the_machine_slept),
		cmocka_unit_test(the_read_after_four_billion_counts_too),
		cmocka_unit_test(a_failure_between_two_good_reads_costs_nothing),
		cmocka_unit_test(cumulative_joules_never_go_back),
		cmocka_unit_test(short_regions_are_flagged),
		cmocka_unit_test(the_units_doubt_widens_both_sides),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
