/* SPDX-License-Identifier: MIT */
/* Recorders: further measurements on one meter, on the machine inside the process. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <joules/joules.h>

#include "virtual.h"

static joules_meter *meter;

static int machine_setup(void **state)
{
	(void)state;
	static bool registered;
	joules_options options = JOULES_OPTIONS_INIT;
	virtual_begin(7);
	if (!registered && joules_device_register(&virtual_ops, NULL) != JOULES_OK)
		return -1;
	registered = true;
	(void)virtual_add(&(struct virtual_spec){
	    .name = "package_0", .part = JOULES_PART_PACKAGE, .power = "constant 100", .tick = "rome" });
	options.domains = "virtual";
	return joules_meter_open(&meter, &options) == JOULES_OK ? 0 : -1;
}

static int machine_teardown(void **state)
{
	(void)state;
	joules_meter_close(meter);
	meter = NULL;
	virtual_end();
	return 0;
}

static joules_recorder *new_recorder(void)
{
	joules_recorder *recorder;
	assert_int_equal(joules_recorder_new(meter, &recorder), JOULES_OK);
	return recorder;
}

static void expect_sample(const joules_trace *trace, size_t index, const char *tag, double joules)
{
	joules_sample *sample = NULL;
	assert_int_equal(joules_trace_sample(trace, index, &sample), JOULES_OK);
	assert_string_equal(sample->tag, tag);
	assert_true(fabs(joules_sample_energy(sample, 0)->joules - joules) < 0.3);
	assert_true(joules_sample_energy(sample, 0)->low <= joules && joules <= joules_sample_energy(sample, 0)->high);
	joules_sample_free(sample);
}

static void overlapping_measurements_do_not_disturb_each_other(void **state)
{
	(void)state;
	joules_recorder *outer = new_recorder(), *inner = new_recorder();
	joules_trace *of_outer, *of_inner, *of_meter;
	assert_int_equal(joules_recorder_start(outer, "outer"), JOULES_OK);
	assert_int_equal(joules_meter_start(meter, "meter"), JOULES_OK);
	virtual_advance(100 * VIRTUAL_MS);
	assert_int_equal(joules_recorder_start(inner, "inner"), JOULES_OK);
	virtual_advance(200 * VIRTUAL_MS);
	assert_int_equal(joules_recorder_record(inner, "more"), JOULES_OK);
	virtual_advance(300 * VIRTUAL_MS);
	assert_int_equal(joules_recorder_stop(outer), JOULES_OK);
	assert_int_equal(joules_recorder_stop(inner), JOULES_OK);
	virtual_advance(100 * VIRTUAL_MS);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	assert_int_equal(joules_recorder_trace(outer, &of_outer), JOULES_OK);
	assert_int_equal(joules_recorder_trace(inner, &of_inner), JOULES_OK);
	assert_int_equal(joules_meter_trace(meter, &of_meter), JOULES_OK);
	joules_recorder_free(outer);
	joules_recorder_free(inner);
	joules_meter_close(meter);
	meter = NULL;
	assert_int_equal(joules_trace_count(of_outer), 1);
	assert_int_equal(joules_trace_count(of_inner), 2);
	expect_sample(of_outer, 0, "outer", 60.0);
	expect_sample(of_inner, 0, "inner", 20.0);
	expect_sample(of_inner, 1, "more", 30.0);
	expect_sample(of_meter, 0, "meter", 70.0);
	joules_trace_unref(of_outer);
	joules_trace_unref(of_inner);
	joules_trace_unref(of_meter);
}

static void each_has_a_state_of_its_own(void **state)
{
	(void)state;
	joules_recorder *one = new_recorder(), *other = new_recorder();
	joules_trace *trace;
	assert_int_equal(joules_recorder_start(one, "a"), JOULES_OK);
	assert_int_equal(joules_recorder_record(other, "x"), JOULES_NOT_STARTED);
	assert_int_equal(joules_recorder_stop(other), JOULES_NOT_STARTED);
	assert_int_equal(joules_recorder_settle(other, 0), JOULES_NOT_STARTED);
	assert_int_equal(joules_recorder_start(one, "b"), JOULES_NOT_STOPPED);
	assert_int_equal(joules_recorder_resume(one, "b"), JOULES_NOT_STOPPED);
	assert_int_equal(joules_recorder_trace(one, &trace), JOULES_NOT_STOPPED);
	assert_null(trace);
	virtual_advance(10 * VIRTUAL_MS);
	assert_int_equal(joules_recorder_stop(one), JOULES_OK);
	virtual_advance(500 * VIRTUAL_MS);
	assert_int_equal(joules_recorder_resume(one, "b"), JOULES_OK);
	virtual_advance(100 * VIRTUAL_MS);
	joules_trace *finished;
	assert_int_equal(joules_recorder_so_far(one, &finished), JOULES_OK);
	assert_int_equal(joules_trace_count(finished), 1);
	joules_trace_unref(finished);
	assert_int_equal(joules_recorder_so_far(other, &finished), JOULES_OK);
	assert_int_equal(joules_trace_count(finished), 0);
	joules_trace_unref(finished);
	assert_int_equal(joules_recorder_stop(one), JOULES_OK);
	assert_int_equal(joules_recorder_settle(one, JOULES_UNTIL_SETTLED), JOULES_OK);
	assert_int_equal(joules_recorder_trace(one, &trace), JOULES_OK);
	assert_int_equal(joules_trace_count(trace), 2);
	expect_sample(trace, 1, "b", 10.0);
	joules_trace_unref(trace);
	assert_int_equal(joules_recorder_trace(other, &trace), JOULES_OK);
	assert_int_equal(joules_trace_count(trace), 0);
	joules_trace_unref(trace);
	joules_recorder_free(one);
	joules_recorder_free(other);
}

static void null_is_refused(void **state)
{
	(void)state;
	joules_recorder *recorder = (void *)meter;
	joules_trace *trace;
	assert_int_equal(joules_recorder_new(NULL, &recorder), JOULES_INVALID_ARGUMENT);
	assert_null(recorder);
	assert_int_equal(joules_recorder_new(meter, NULL), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_recorder_start(NULL, ""), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_recorder_record(NULL, ""), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_recorder_resume(NULL, ""), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_recorder_stop(NULL), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_recorder_settle(NULL, 0), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_recorder_trace(NULL, &trace), JOULES_INVALID_ARGUMENT);
	assert_null(trace);
	assert_int_equal(joules_recorder_so_far(NULL, &trace), JOULES_INVALID_ARGUMENT);
	joules_recorder_free(NULL);
}

/* Sanitizers take ten times as long for each. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MANY 200000
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MANY 200000
#endif
#endif
#ifndef MANY
#define MANY 10000000
#endif

/* At 100 W, whatever the counter showed. The narrower half of the samples' bounds, in joules. */
static double expect_all_bounds(const joules_trace *trace, double *widest)
{
	joules_sample *sample = NULL;
	double narrowest = (double)INFINITY;
	*widest = 0.0;
	for (size_t i = 0; i < joules_trace_count(trace); i++) {
		assert_int_equal(joules_trace_sample(trace, i, &sample), JOULES_OK);
		double truth = sample->duration_s * 100.0,
		       width = joules_sample_energy(sample, 0)->high - joules_sample_energy(sample, 0)->low;
		if (!(joules_sample_energy(sample, 0)->low <= truth + 1e-9 &&
		        truth <= joules_sample_energy(sample, 0)->high + 1e-9))
			fail_msg("sample %zu: %g is not in %g … %g", i, truth, joules_sample_energy(sample, 0)->low,
			    joules_sample_energy(sample, 0)->high);
		narrowest = fmin(narrowest, width);
		*widest = fmax(*widest, width);
	}
	joules_sample_free(sample);
	return narrowest;
}

static void bounds_of_many_samples_hold_after_an_hour_without_a_look(void **state)
{
	(void)state;
	joules_recorder *recorder = new_recorder();
	joules_trace *trace;
	double widest;
	assert_int_equal(joules_recorder_start(recorder, "a"), JOULES_OK);
	for (unsigned i = 1; i < MANY; i++) {
		virtual_advance(1000 + i % 7 * 100);
		assert_int_equal(joules_recorder_record(recorder, "a"), JOULES_OK);
	}
	virtual_advance(1000);
	assert_int_equal(joules_recorder_stop(recorder), JOULES_OK);
	virtual_advance(3600 * 1000 * VIRTUAL_MS);
	assert_int_equal(joules_recorder_settle(recorder, JOULES_UNTIL_SETTLED), JOULES_OK);
	assert_int_equal(joules_recorder_trace(recorder, &trace), JOULES_OK);
	assert_int_equal(joules_trace_count(trace), MANY);
	(void)expect_all_bounds(trace, &widest);
	/* The samples of the last tick keep their open bounds: nobody looked when it ended. */
	assert_true(widest < 10.0);
	joules_trace_unref(trace);
	joules_recorder_free(recorder);
}

/* Others look a thousand times meanwhile, so that the counter's own memory is long gone. */
static void what_waits_while_the_moves_are_forgotten_holds(void **state)
{
	(void)state;
	joules_recorder *recorder = new_recorder();
	joules_reading *begin, *end, *other;
	joules_sample *sample = NULL;
	joules_trace *trace;
	double widest;
	assert_int_equal(joules_reading_new(meter, &begin), JOULES_OK);
	assert_int_equal(joules_reading_new(meter, &end), JOULES_OK);
	assert_int_equal(joules_reading_new(meter, &other), JOULES_OK);
	virtual_advance(virtual_next_tick(0, virtual_now()) - virtual_now() + 10000);
	assert_int_equal(joules_recorder_start(recorder, "a"), JOULES_OK);
	for (unsigned i = 0; i < 5; i++) {
		virtual_advance(20000);
		assert_int_equal(joules_recorder_record(recorder, "b"), JOULES_OK);
	}
	assert_int_equal(joules_read(meter, begin), JOULES_OK);
	int64_t begin_ns = virtual_now();
	for (unsigned i = 0; i < 10000; i++) {
		virtual_advance(VIRTUAL_MS / 4);
		assert_int_equal(joules_read(meter, other), JOULES_OK);
	}
	int64_t end_ns = virtual_now();
	assert_int_equal(joules_read(meter, end), JOULES_OK);
	assert_int_equal(joules_recorder_stop(recorder), JOULES_OK);
	assert_int_equal(joules_settle(meter, end, JOULES_UNTIL_SETTLED), JOULES_OK);
	assert_int_equal(joules_between(meter, begin, end, &sample), JOULES_OK);
	double truth = virtual_truth(0, begin_ns, end_ns);
	assert_true(joules_sample_energy(sample, 0)->low <= truth && truth <= joules_sample_energy(sample, 0)->high);
	assert_true(joules_sample_energy(sample, 0)->high - joules_sample_energy(sample, 0)->low <
	    0.5); /* two ticks of 0.1 J, and the looks between */
	assert_int_equal(joules_recorder_trace(recorder, &trace), JOULES_OK);
	assert_int_equal(joules_trace_count(trace), 6);
	assert_true(expect_all_bounds(trace, &widest) < 0.5);
	joules_trace_unref(trace);
	joules_sample_free(sample);
	joules_reading_free(begin);
	joules_reading_free(end);
	joules_reading_free(other);
	joules_recorder_free(recorder);
}

/* What a move shows first may be most of a unit short of what was spent by then: that unit belongs to the upper bounds.
 */
static void bounds_hold_where_a_unit_is_half_of_a_tick(void **state)
{
	(void)state;
	joules_meter_close(meter);
	(void)virtual_add(
	    &(struct virtual_spec){ .name = "coarse_0", .power = "constant 100", .tick = "rome", .unit_j = 0.051 });
	joules_options options = JOULES_OPTIONS_INIT;
	options.domains = "coarse_0";
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
	joules_recorder *recorder = new_recorder();
	joules_trace *trace;
	double widest;
	assert_int_equal(joules_recorder_start(recorder, "a"), JOULES_OK);
	for (unsigned i = 1; i < 3000; i++) {
		virtual_advance(i % 3 ? 20000 : 600000 + i * 7919 % 97 * 3000);
		assert_int_equal(joules_recorder_record(recorder, "a"), JOULES_OK);
	}
	assert_int_equal(joules_recorder_stop(recorder), JOULES_OK);
	assert_int_equal(joules_recorder_settle(recorder, JOULES_UNTIL_SETTLED), JOULES_OK);
	assert_int_equal(joules_recorder_trace(recorder, &trace), JOULES_OK);
	(void)expect_all_bounds(trace, &widest);
	assert_true(widest < 3.0); /* they are closed: open ones at 2 kW would be wider */
	joules_trace_unref(trace);
	joules_recorder_free(recorder);
}

/* One domain that never moves keeps nobody else's bounds open, nor the reads slow. */
static void a_frozen_domain_keeps_only_its_own_bounds_open(void **state)
{
	(void)state;
	joules_meter_close(meter);
	(void)virtual_add(&(struct virtual_spec){ .name = "uncore_0", .part = JOULES_PART_UNCORE, .parent = "package_0" });
	virtual_freeze(1);
	joules_options options = JOULES_OPTIONS_INIT;
	options.domains = "virtual";
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
	enum { READINGS = 100 };
	joules_reading *readings[READINGS], *end;
	joules_sample *sample = NULL;
	assert_int_equal(joules_reading_new(meter, &end), JOULES_OK);
	for (size_t i = 0; i < READINGS; i++) {
		assert_int_equal(joules_reading_new(meter, &readings[i]), JOULES_OK);
		assert_int_equal(joules_read(meter, readings[i]), JOULES_OK);
		virtual_advance(VIRTUAL_MS);
	}
	for (size_t i = 0; i < READINGS; i += 2) { /* from the middle of the queue, too */
		joules_reading_free(readings[i]);
		readings[i] = NULL;
	}
	assert_int_equal(joules_read(meter, end), JOULES_OK);
	assert_int_equal(joules_settle(meter, end, JOULES_UNTIL_SETTLED), JOULES_OK);
	for (size_t i = 1; i < READINGS; i += 2) {
		assert_int_equal(joules_between(meter, readings[i], end, &sample), JOULES_OK);
		double truth = (double)(READINGS - i) * 0.1;
		assert_true(joules_sample_energy(sample, 0)->low <= truth + 1e-6 &&
		    truth - 1e-6 <= joules_sample_energy(sample, 0)->high);
		assert_true(joules_sample_energy(sample, 0)->high - joules_sample_energy(sample, 0)->low < 0.5);
		assert_true(joules_sample_energy(sample, 1)->joules == 0.0 && joules_sample_energy(sample, 1)->high > 0.0);
		joules_reading_free(readings[i]);
	}
	joules_sample_free(sample);
	joules_reading_free(end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    overlapping_measurements_do_not_disturb_each_other, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(each_has_a_state_of_its_own, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(null_is_refused, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(
		    bounds_of_many_samples_hold_after_an_hour_without_a_look, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(
		    what_waits_while_the_moves_are_forgotten_holds, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(bounds_hold_where_a_unit_is_half_of_a_tick, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(
		    a_frozen_domain_keeps_only_its_own_bounds_open, machine_setup, machine_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
