/* SPDX-License-Identifier: MIT */
/* Why a value is not measured, partial or short, and the time in which it was seen. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <joules/joules.h>

#include "virtual.h"

#define SECOND (1000 * VIRTUAL_MS)

static joules_meter *meter;
static joules_trace *trace;
static joules_sample *sample;
static unsigned package, memory;

static int begin_machine(void **state)
{
	(void)state;
	static bool registered;
	virtual_begin(5);
	if (!registered && joules_device_register(&virtual_ops, NULL) != JOULES_OK)
		return -1;
	registered = true;
	package = virtual_add(&(struct virtual_spec){ .name = "package_0",
	    .part = JOULES_PART_PACKAGE,
	    .power = "constant 100",
	    .package = "package_0",
	    .least_power_w = 0.1 });
	memory = virtual_add(&(struct virtual_spec){
	    .name = "dram_0", .part = JOULES_PART_DRAM, .power = "constant 10", .package = "package_0" });
	return joules_meter_open(&meter, NULL) == JOULES_OK ? 0 : -1;
}

static int end_machine(void **state)
{
	(void)state;
	joules_sample_free(sample);
	sample = NULL;
	joules_trace_unref(trace);
	trace = NULL;
	joules_meter_close(meter);
	virtual_end();
	return 0;
}

static void start(void)
{
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
}

static void stop(void)
{
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	(void)joules_meter_settle(meter, JOULES_UNTIL_SETTLED);
	assert_int_equal(joules_meter_trace(meter, &trace), JOULES_OK);
	assert_int_equal(joules_trace_sample(trace, 0, &sample), JOULES_OK);
}

/* Somebody else's reading: what it saw is known of the counter. */
static void look(void)
{
	joules_reading *reading;
	assert_int_equal(joules_reading_new(meter, &reading), JOULES_OK);
	assert_int_equal(joules_read(meter, reading), JOULES_OK);
	joules_reading_free(reading);
}

static const joules_energy *of_package(void)
{
	return joules_sample_energy(sample, 0);
}

static void expect(unsigned flags, joules_reason reason)
{
	assert_int_equal(of_package()->flags, flags);
	assert_int_equal(of_package()->reason, reason);
	assert_int_equal(joules_sample_energy(sample, 1)->reason, JOULES_REASON_NONE);
	assert_int_equal(joules_sample_total(sample, NULL)->reason, reason);
	joules_sample *sum = NULL;
	assert_int_equal(joules_trace_sum(trace, NULL, &sum), JOULES_OK);
	assert_int_equal(joules_sample_energy(sum, 0)->reason, reason);
	joules_sample_free(sum);
}

static void expect_watts(double watts, double seen_s)
{
	assert_true(fabs(of_package()->seen_s - seen_s) < 0.01);
	assert_true(fabs(of_package()->joules / of_package()->seen_s - watts) < 0.05 * watts);
}

static void nothing_to_explain(void **state)
{
	(void)state;
	start();
	virtual_advance(2 * SECOND);
	stop();
	expect(0, JOULES_REASON_NONE);
	expect_watts(100.0, sample->duration_s);
	assert_int_equal(joules_meter_failure(meter, 0), 0);
}

static void a_reset_is_told(void **state)
{
	(void)state;
	start();
	virtual_advance(SECOND);
	virtual_reset(package, 0);
	stop();
	expect(JOULES_INVALID, JOULES_REASON_RESET);
	assert_true(isnan(of_package()->seen_s));
}

static void a_sleep_is_told_whatever_the_counter_did(void **state)
{
	(void)state;
	start();
	virtual_advance(SECOND);
	virtual_suspend(60 * SECOND, 0);
	virtual_advance(SECOND);
	stop();
	assert_int_equal(of_package()->reason, JOULES_REASON_SLEPT);
	assert_int_equal(joules_sample_energy(sample, 1)->reason, JOULES_REASON_SLEPT);
}

static void a_failure_is_told_with_its_errno_and_what_was_seen(void **state)
{
	(void)state;
	start();
	virtual_advance(SECOND);
	look();
	virtual_fail(package, EIO, 1, 0);
	virtual_advance(SECOND);
	stop();
	expect(JOULES_PARTIAL, JOULES_REASON_FAILED);
	expect_watts(100.0, 1.0);
	assert_int_equal(joules_meter_failure(meter, 0), EIO);
	assert_int_equal(joules_meter_failure(meter, 1), 0);
	assert_int_equal(joules_meter_failure(meter, 2), 0);
	joules_sample *sum = NULL;
	assert_int_equal(joules_trace_sum(trace, "x", &sum), JOULES_OK);
	assert_true(fabs(joules_sample_energy(sum, 0)->seen_s - 1.0) < 0.01);
	joules_sample_free(sum);
}

static void of_a_failing_begin_the_rest_is_seen(void **state)
{
	(void)state;
	virtual_fail(package, ENODEV, 1, 1);
	start();
	virtual_advance(SECOND);
	look();
	virtual_advance(SECOND);
	stop();
	expect(JOULES_PARTIAL, JOULES_REASON_FAILED);
	expect_watts(100.0, 1.0);
}

static void a_glitch_at_the_end_is_told(void **state)
{
	(void)state;
	start();
	virtual_advance(SECOND);
	look();
	virtual_step(package, 1e5);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	assert_int_equal(joules_meter_trace(meter, &trace), JOULES_OK);
	assert_int_equal(joules_trace_sample(trace, 0, &sample), JOULES_OK);
	assert_int_equal(of_package()->flags, JOULES_PARTIAL);
	assert_int_equal(of_package()->reason, JOULES_REASON_IMPLAUSIBLE);
	assert_int_equal(joules_meter_failure(meter, 0), 0); /* the read itself went well */
}

static void a_gap_is_told(void **state)
{
	(void)state;
	start();
	virtual_advance(1000 * SECOND); /* 262 kJ at 2 kW take 131 s */
	stop();
	assert_int_equal(of_package()->flags & ~(unsigned)JOULES_WRAPPED, JOULES_PARTIAL);
	assert_int_equal(of_package()->reason, JOULES_REASON_UNREAD);
	assert_true(isnan(of_package()->seen_s)); /* nothing was seen of its power */
}

/* What was counted over the gap says nothing of the power, and what was seen before and after does. */
static void the_watts_leave_out_a_gap(void **state)
{
	(void)state;
	start();
	virtual_advance(SECOND);
	look();
	virtual_power(package, "constant 1000");
	virtual_advance(200 * SECOND);
	virtual_power(package, "constant 100");
	look();
	virtual_advance(SECOND);
	stop();
	const joules_energy *total = joules_sample_total(sample, NULL);
	assert_true(fabs(of_package()->joules / of_package()->seen_s - 100.0) < 1.0);
	assert_true(fabs(total->joules / total->seen_s - 110.0) < 1.0);
}

/* Nor where the last read failed: what was seen then goes over a gap too. */
static void the_watts_of_a_failing_end_leave_out_a_gap(void **state)
{
	(void)state;
	start();
	virtual_advance(SECOND);
	look();
	virtual_power(package, "constant 1000");
	virtual_advance(200 * SECOND);
	virtual_power(package, "constant 100");
	look();
	virtual_advance(SECOND);
	look();
	virtual_fail(package, EIO, 1, 0);
	stop();
	assert_int_equal(of_package()->reason, JOULES_REASON_FAILED);
	assert_true(fabs(of_package()->joules / of_package()->seen_s - 100.0) < 1.0);
}

/* One tick, of which nobody knows how much of it lies in the time. */
static void a_tick_has_no_watts(void **state)
{
	(void)state;
	virtual_advance(VIRTUAL_MS / 2);
	start();
	virtual_advance(VIRTUAL_MS);
	look();
	virtual_freeze(package);
	virtual_advance(2 * SECOND);
	stop();
	assert_int_equal(of_package()->flags, JOULES_PARTIAL | JOULES_STUCK);
	assert_true(of_package()->joules > 0.0 && isnan(of_package()->seen_s));
}

/* Of samples whose begin nobody knows, and of those after them: no less than what the later ones took for certain. */
static void a_sum_keeps_what_is_certain(void **state)
{
	(void)state;
	start();
	virtual_advance(SECOND);
	assert_int_equal(joules_meter_record(meter, "stands"), JOULES_OK);
	virtual_freeze(package);
	virtual_advance(2 * SECOND);
	look();
	assert_int_equal(joules_meter_record(meter, "begins in it"), JOULES_OK);
	virtual_thaw(package);
	virtual_advance(SECOND / 10);
	assert_int_equal(joules_meter_record(meter, "y"), JOULES_OK);
	virtual_advance(SECOND);
	look();
	stop();
	joules_sample *sum = NULL;
	assert_int_equal(joules_trace_sum(trace, NULL, &sum), JOULES_OK);
	assert_true(joules_sample_energy(sum, 0)->low > 180.0 && joules_sample_energy(sum, 0)->low < 210.0);
	joules_sample_free(sum);
}

static void of_a_counter_that_froze_the_time_until_then_was_seen(void **state)
{
	(void)state;
	start();
	virtual_advance(SECOND - 5 * VIRTUAL_MS);
	look();
	virtual_advance(5 * VIRTUAL_MS);
	look();
	virtual_freeze(package);
	virtual_advance(SECOND);
	stop();
	expect(JOULES_PARTIAL | JOULES_STUCK, JOULES_REASON_STUCK);
	expect_watts(100.0, 1.0);
}

/* Nobody read it at that time: it may have stood still for long. */
static void of_a_counter_that_froze_unseen_nobody_knows_the_time(void **state)
{
	(void)state;
	start();
	virtual_advance(SECOND);
	virtual_freeze(package);
	virtual_advance(3 * SECOND);
	stop();
	expect(JOULES_PARTIAL | JOULES_STUCK, JOULES_REASON_STUCK);
	assert_true(of_package()->joules > 90.0 && isnan(of_package()->seen_s));
}

/* The sum has the power of the samples of which it is known. */
static void of_a_sum_the_others_tell_the_time(void **state)
{
	(void)state;
	start();
	virtual_advance(SECOND - 20 * VIRTUAL_MS);
	assert_int_equal(joules_meter_record(meter, "freezes"), JOULES_OK);
	virtual_advance(20 * VIRTUAL_MS);
	virtual_freeze(package);
	assert_int_equal(joules_meter_record(meter, "stands"), JOULES_OK);
	virtual_advance(2 * SECOND);
	stop();
	assert_int_equal(joules_trace_sum(trace, NULL, &sample), JOULES_OK);
	assert_int_equal(of_package()->flags, JOULES_PARTIAL | JOULES_STUCK);
	expect_watts(100.0, 1.0);
	assert_int_equal(joules_trace_sample(trace, 1, &sample), JOULES_OK);
	assert_true(of_package()->joules > 1.0 && isnan(of_package()->seen_s));
}

static void of_a_counter_that_thawed_unseen_nobody_knows_the_time(void **state)
{
	(void)state;
	virtual_freeze(package);
	look();
	virtual_advance(2 * SECOND);
	start();
	virtual_advance(3 * SECOND);
	virtual_thaw(package);
	virtual_advance(SECOND);
	stop();
	expect(JOULES_PARTIAL | JOULES_STUCK, JOULES_REASON_STUCK);
	assert_true(of_package()->joules > 90.0 && isnan(of_package()->seen_s));
}

static void of_a_counter_that_thawed_the_time_since_then_was_seen(void **state)
{
	(void)state;
	virtual_freeze(package);
	look();
	virtual_advance(SECOND);
	look();
	virtual_advance(SECOND);
	start();
	virtual_advance(SECOND);
	look();
	virtual_thaw(package);
	virtual_advance(5 * VIRTUAL_MS);
	look();
	virtual_advance(SECOND);
	stop();
	expect(JOULES_PARTIAL | JOULES_STUCK, JOULES_REASON_STUCK);
	expect_watts(100.0, 1.0);
}

static void what_is_short_says_so(void **state)
{
	(void)state;
	start();
	virtual_advance(VIRTUAL_MS);
	stop();
	assert_int_equal(of_package()->reason, JOULES_REASON_SHORT);
	assert_int_equal(joules_sample_total(sample, NULL)->reason, JOULES_REASON_SHORT);
}

/* A partial value has its reason above idle too, and where traces are added. */
static void reasons_go_with_their_values(void **state)
{
	(void)state;
	joules_trace *above = NULL, *both = NULL;
	start();
	virtual_advance(SECOND);
	look();
	virtual_fail(package, EIO, 1, 0);
	virtual_advance(SECOND);
	stop();
	assert_int_equal(joules_trace_remove_idle(trace, trace, &above), JOULES_OK);
	assert_int_equal(joules_trace_add(above, trace, &both), JOULES_OK);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(joules_trace_sample(both, i, &sample), JOULES_OK);
		assert_int_equal(of_package()->reason, JOULES_REASON_FAILED);
		assert_true(fabs(of_package()->seen_s - 1.0) < 0.01);
	}
	joules_trace_unref(both);
	joules_trace_unref(above);
}

#define ON_A_MACHINE(function) cmocka_unit_test_setup_teardown(function, begin_machine, end_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_MACHINE(nothing_to_explain),
		ON_A_MACHINE(a_reset_is_told),
		ON_A_MACHINE(a_sleep_is_told_whatever_the_counter_did),
		ON_A_MACHINE(a_failure_is_told_with_its_errno_and_what_was_seen),
		ON_A_MACHINE(of_a_failing_begin_the_rest_is_seen),
		ON_A_MACHINE(a_glitch_at_the_end_is_told),
		ON_A_MACHINE(a_gap_is_told),
		ON_A_MACHINE(the_watts_leave_out_a_gap),
		ON_A_MACHINE(the_watts_of_a_failing_end_leave_out_a_gap),
		ON_A_MACHINE(a_tick_has_no_watts),
		ON_A_MACHINE(a_sum_keeps_what_is_certain),
		ON_A_MACHINE(of_a_counter_that_froze_the_time_until_then_was_seen),
		ON_A_MACHINE(of_a_counter_that_froze_unseen_nobody_knows_the_time),
		ON_A_MACHINE(of_a_sum_the_others_tell_the_time),
		ON_A_MACHINE(of_a_counter_that_thawed_unseen_nobody_knows_the_time),
		ON_A_MACHINE(of_a_counter_that_thawed_the_time_since_then_was_seen),
		ON_A_MACHINE(what_is_short_says_so),
		ON_A_MACHINE(reasons_go_with_their_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
