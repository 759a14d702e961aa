/* SPDX-License-Identifier: MIT */
/* A cancelled thread leaves no lock behind. Each thread here is cancelled in the middle of a call, by the device or the
 * handler that it calls; the same call in the main thread must then come to its end. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/trace.h"

/* This thread is to be cancelled in what it calls. */
static _Thread_local bool doomed;
static bool reached; /* it was */

static void cancellation_point(void)
{
	if (!doomed)
		return;
	reached = true;
	pthread_cancel(pthread_self());
	pthread_testcancel();
}

/* ---- a device and a handler ---- */

static joules_status discover(void *context, const joules_options *options, joules_discovery *found)
{
	(void)context, (void)options;
	cancellation_point();
	joules_domain domain = JOULES_DOMAIN_INIT;
	domain.name = "still_0";
	domain.unit_j = 1e-6;
	domain.settle_s = 0.01;
	return joules_discovery_add(found, &domain);
}

static joules_status open_device(
    void *context, const joules_options *options, const joules_domain *const *domains, size_t count, void **state)
{
	(void)context, (void)options, (void)domains, (void)count;
	*state = NULL;
	return JOULES_OK;
}

static void read_device(void *state, joules_raw *const raw[])
{
	(void)state;
	cancellation_point();
	raw[0]->ok = true;
}

static void close_device(void *state)
{
	(void)state;
}

static joules_status process(void *state, joules_trace *trace)
{
	(void)state, (void)trace;
	cancellation_point();
	return JOULES_OK;
}

static joules_status save(void *state)
{
	return process(state, NULL);
}

/* ---- the calls ---- */

static joules_meter *meter;
static joules_recorder *recorder;
static joules_reading *reading;
static joules_handler *handler;
static joules_trace *trace;

static void read_it(void)
{
	(void)joules_read(meter, reading);
}

static void settle_it(void)
{
	(void)joules_settle(meter, reading, 0.05);
}

static void use_the_verbs(void)
{
	(void)joules_meter_resume(meter, "a");
	(void)joules_meter_record(meter, "b");
	(void)joules_meter_stop(meter);
}

static void settle_the_meter(void)
{
	(void)joules_meter_settle(meter, 0.05);
}

static void use_a_recorder(void)
{
	(void)joules_recorder_resume(recorder, "a");
	(void)joules_recorder_stop(recorder);
}

static void use_a_scope(void)
{
	joules_scope *scope = joules_scope_enter("scope");
	joules_scope_leave(&scope);
}

static void list_devices(void)
{
	joules_list *list;
	if (joules_list_new(&list, NULL) == JOULES_OK)
		joules_list_free(list);
}

static void handle_a_trace(void)
{
	(void)joules_handler_process(handler, trace);
}

static void save_traces(void)
{
	(void)joules_handler_save(handler);
}

static void open_the_process_meter(void)
{
	joules_meter *own;
	(void)joules_default_meter(&own);
}

static void *thread_of(void *call)
{
	doomed = true;
	(*(void (**)(void))call)();
	doomed = false;
	pthread_testcancel();
	return NULL;
}

static void expect_no_lock(void (*call)(void))
{
	pthread_t thread;
	void *result;
	reached = false;
	alarm(20);
	assert_int_equal(pthread_create(&thread, NULL, thread_of, &call), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_true(reached);
	assert_ptr_equal(result, PTHREAD_CANCELED);
	call();
	alarm(0);
}

static int setup(void **state)
{
	(void)state;
	static const joules_device_ops device = { .size = sizeof device,
		.name = "still",
		.discover = discover,
		.open = open_device,
		.read = read_device,
		.close = close_device };
	static const joules_handler_ops ops = { .size = sizeof ops, .name = "mine", .process = process, .save = save };
	joules_options options = JOULES_OPTIONS_INIT;
	options.domains = "still";
	if (joules_device_register(&device, NULL) || joules_meter_open(&meter, &options) ||
	    joules_recorder_new(meter, &recorder) || joules_reading_new(meter, &reading) || joules_read(meter, reading) ||
	    joules_handler_new(&handler, &ops, NULL))
		return -1;
	return joules_meter_start(meter, "a") || joules_meter_stop(meter) || joules_meter_trace(meter, &trace);
}

static int teardown(void **state)
{
	(void)state;
	joules_trace_unref(trace);
	(void)joules_handler_close(handler);
	joules_reading_free(reading);
	joules_recorder_free(recorder);
	joules_meter_close(meter);
	return 0;
}

/* ---- tests ---- */

static void free_readings(void **state)
{
	(void)state;
	expect_no_lock(read_it);
	read_it();
	expect_no_lock(settle_it);
}

static void verbs(void **state)
{
	(void)state;
	expect_no_lock(use_the_verbs);
	use_the_verbs();
	expect_no_lock(settle_the_meter);
	expect_no_lock(use_a_recorder);
}

static void scopes(void **state)
{
	(void)state;
	joules_default_meter_set(meter);
	joules_default_handler_set(handler);
	expect_no_lock(use_a_scope);
	joules_default_meter_set(NULL);
}

static void handlers(void **state)
{
	(void)state;
	expect_no_lock(handle_a_trace);
	expect_no_lock(save_traces);
}

static void opening(void **state)
{
	(void)state;
	expect_no_lock(list_devices);
	expect_no_lock(open_the_process_meter);
}

/* Who waits holds no lock, and need not wait to the end. */

static joules_trace *long_trace;

static void *measure_idle(void *unused)
{
	joules_trace *idle;
	(void)joules_meter_idle(meter, long_trace, &idle);
	return unused;
}

static void a_wait_ends_at_once(void **state)
{
	(void)state;
	const struct increment increment = { .joules = 1.0 };
	pthread_t thread;
	void *result;
	long_trace = trace_new(trace_domains(trace));
	assert_non_null(long_trace);
	assert_true(trace_append(long_trace, "hour", 0.0, 3600.0, false, &increment));
	alarm(20);
	assert_int_equal(pthread_create(&thread, NULL, measure_idle, NULL), 0);
	usleep(100000);
	assert_int_equal(pthread_cancel(thread), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_ptr_equal(result, PTHREAD_CANCELED);
	use_the_verbs();
	alarm(0);
	joules_trace_unref(long_trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(free_readings),
		cmocka_unit_test(verbs),
		cmocka_unit_test(scopes),
		cmocka_unit_test(handlers),
		cmocka_unit_test(opening),
		cmocka_unit_test(a_wait_ends_at_once),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
