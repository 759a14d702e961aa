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
	joules_recorder_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    overlapping_measurements_do_not_disturb_each_other, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(each_has_a_state_of_its_own, machine_setup, machine_teardown),
		cmocka_unit_test_setup_teardown(null_is_refused, machine_setup, machine_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
