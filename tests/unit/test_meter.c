/* SPDX-License-Identifier: MIT */
/* The meter on the machine inside the process: states, traces, choosing, failures, threads, fork. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <joules/joules.h>

#include "meter/state.h"
#include "virtual.h"

static joules_meter *meter;
static unsigned package, core, dram;

static int machine_setup(void **state)
{
	(void)state;
	static bool registered;
	virtual_begin(7);
	if (!registered && joules_device_register(&virtual_ops, NULL) != JOULES_OK)
		return -1;
	registered = true;
	package = virtual_add(&(struct virtual_spec){
	    .name = "package_0", .part = JOULES_PART_PACKAGE, .power = "constant 100", .tick = "rome" });
	core = virtual_add(&(struct virtual_spec){
	    .name = "core_0", .part = JOULES_PART_CORE, .parent = "package_0", .power = "constant 60", .tick = "rome" });
	dram = virtual_add(
	    &(struct virtual_spec){ .name = "dram_0", .part = JOULES_PART_DRAM, .power = "constant 5", .tick = "rome" });
	meter = NULL;
	return 0;
}

static int machine_teardown(void **state)
{
	(void)state;
	joules_meter_close(meter);
	virtual_end();
	return 0;
}

static joules_status open_domains(const char *domains)
{
	joules_options options = JOULES_OPTIONS_INIT;
	options.domains = domains;
	return joules_meter_open(&meter, &options);
}

static void open_machine(void)
{
	assert_int_equal(open_domains("virtual"), JOULES_OK);
}

static joules_trace *take_trace(void)
{
	joules_trace *trace;
	assert_int_equal(joules_meter_trace(meter, &trace), JOULES_OK);
	return trace;
}

static void misuse_is_an_error_of_state_and_loses_nothing(void **state)
{
	(void)state;
	open_machine();
	joules_trace *trace;
	assert_int_equal(joules_meter_record(meter, "x"), JOULES_NOT_STARTED);
	assert_int_equal(joules_meter_stop(meter), JOULES_NOT_STARTED);
	assert_int_equal(joules_meter_settle(meter, 0), JOULES_NOT_STARTED);
	assert_non_null(strstr(joules_error_message(), "start it first"));
	assert_int_equal(joules_meter_settle(meter, (double)NAN), JOULES_INVALID_ARGUMENT);
	trace = take_trace(); /* never started: empty */
	assert_int_equal(joules_trace_count(trace), 0);
	joules_trace_unref(trace);
	assert_int_equal(joules_meter_start(meter, "a"), JOULES_OK);
	assert_int_equal(joules_meter_start(meter, "b"), JOULES_NOT_STOPPED);
	assert_int_equal(joules_meter_resume(meter, "b"), JOULES_NOT_STOPPED);
	assert_int_equal(joules_meter_trace(meter, &trace), JOULES_NOT_STOPPED);
	assert_null(trace);
	virtual_advance(10 * VIRTUAL_MS);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	assert_int_equal(joules_meter_stop(meter), JOULES_NOT_STARTED);
	assert_int_equal(joules_meter_record(meter, "x"), JOULES_NOT_STARTED);
	trace = take_trace();
	assert_int_equal(joules_trace_count(trace), 1);
	joules_trace_unref(trace);
	assert_int_equal(joules_meter_start(NULL, ""), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_meter_open(NULL, NULL), JOULES_INVALID_ARGUMENT);
}

static void samples_have_their_tags_times_and_joules(void **state)
{
	(void)state;
	open_machine();
	assert_int_equal(joules_meter_start(meter, "load"), JOULES_OK);
	virtual_advance(200 * VIRTUAL_MS);
	assert_int_equal(joules_meter_record(meter, "solve"), JOULES_OK);
	virtual_advance(400 * VIRTUAL_MS);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_trace *trace = take_trace();
	joules_sample *sample = NULL;
	assert_int_equal(joules_trace_sample(trace, 1, &sample), JOULES_OK);
	assert_string_equal(sample->tag, "solve");
	assert_true(fabs(sample->duration_s - 0.4) < 1e-4);
	assert_string_equal(sample->domains[0]->name, "package_0");
	assert_true(fabs(joules_sample_energy(sample, 0)->joules - 40.0) < 0.3);
	assert_true(fabs(joules_sample_energy(sample, 2)->joules - 2.0) < 0.02);
	joules_source source;
	joules_energy total = *joules_sample_total(sample, &source);
	assert_int_equal(source, JOULES_MEASURED);
	assert_true(total.joules ==
	    joules_sample_energy(sample, 0)->joules +
	        joules_sample_energy(sample, 2)->joules); /* core is part of the package */
	double second = sample->timestamp;
	assert_int_equal(joules_trace_sample(trace, 0, &sample), JOULES_OK);
	assert_true(fabs(sample->timestamp + sample->duration_s - second) < 1e-6);
	assert_int_equal(joules_trace_sample(trace, 2, &sample), JOULES_INVALID_ARGUMENT);
	joules_sample_free(sample);
	joules_trace_unref(trace);
}

static void a_traces_samples_add_up_to_the_difference_of_its_ends(void **state)
{
	(void)state;
	open_machine();
	joules_reading *begin, *end;
	joules_sample *whole = NULL, *sum = NULL, *each = NULL;
	assert_int_equal(joules_reading_new(meter, &begin), JOULES_OK);
	assert_int_equal(joules_reading_new(meter, &end), JOULES_OK);
	virtual_cost(0, 0);
	assert_int_equal(joules_read(meter, begin), JOULES_OK);
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
	for (int i = 0; i < 5000; i++) {
		virtual_advance((i * 7919) % 3000000);
		assert_int_equal(joules_meter_record(meter, i % 3 ? "x" : "y"), JOULES_OK);
	}
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	assert_int_equal(joules_read(meter, end), JOULES_OK);
	assert_int_equal(joules_between(meter, begin, end, &whole), JOULES_OK);
	joules_trace *trace = take_trace();
	assert_int_equal(joules_trace_sum(trace, NULL, &sum), JOULES_OK);
	double by_hand[3] = { 0 };
	for (size_t i = 0; i < joules_trace_count(trace); i++) {
		assert_int_equal(joules_trace_sample(trace, i, &each), JOULES_OK);
		for (size_t d = 0; d < 3; d++)
			by_hand[d] += joules_sample_energy(each, d)->joules;
	}
	for (size_t d = 0; d < 3; d++) {
		assert_true(joules_sample_energy(sum, d)->joules == joules_sample_energy(whole, d)->joules);
		assert_true(by_hand[d] == joules_sample_energy(whole, d)->joules);
		/* The doubts of inner readings cancel: 5001 samples are hardly less certain than one. */
		assert_true(joules_sample_energy(sum, d)->high - joules_sample_energy(sum, d)->low <=
		    joules_sample_energy(whole, d)->high - joules_sample_energy(whole, d)->low + 1e-6);
	}
	joules_sample *x = NULL, *y = NULL;
	assert_int_equal(joules_trace_sum(trace, "x", &x), JOULES_OK);
	assert_int_equal(joules_trace_sum(trace, "y", &y), JOULES_OK);
	assert_true(joules_sample_energy(x, 0)->joules + joules_sample_energy(y, 0)->joules ==
	    joules_sample_energy(whole, 0)->joules);
	assert_int_equal(joules_trace_sum(trace, "z", &y), JOULES_INVALID_ARGUMENT);
	joules_sample_free(x);
	joules_sample_free(y);
	joules_sample_free(whole);
	joules_sample_free(sum);
	joules_sample_free(each);
	joules_trace_unref(trace);
	joules_reading_free(begin);
	joules_reading_free(end);
}

static void the_gap_between_stop_and_resume_is_in_no_sample(void **state)
{
	(void)state;
	open_machine();
	joules_sample *sum = NULL;
	assert_int_equal(joules_meter_resume(meter, "a"), JOULES_OK); /* starts one if there is none */
	virtual_advance(100 * VIRTUAL_MS);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_trace *early = take_trace();
	virtual_advance(10000 * VIRTUAL_MS);
	assert_int_equal(joules_meter_resume(meter, "b"), JOULES_OK);
	virtual_advance(100 * VIRTUAL_MS);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_trace *late = take_trace();
	assert_int_equal(joules_trace_count(early), 1); /* given out: frozen */
	assert_int_equal(joules_trace_count(late), 2);
	assert_int_equal(joules_trace_sum(late, NULL, &sum), JOULES_OK);
	assert_true(fabs(sum->duration_s - 0.2) < 1e-3);
	assert_true(fabs(joules_sample_energy(sum, 0)->joules - 20.0) < 0.5);
	joules_sample_free(sum);
	joules_trace_unref(early);
	joules_trace_unref(late);
}

static void traces_outlive_their_meter(void **state)
{
	(void)state;
	open_machine();
	assert_int_equal(joules_meter_start(meter, "one"), JOULES_OK);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_trace *trace = take_trace();
	assert_int_equal(joules_meter_start(meter, "two"), JOULES_OK);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_meter_close(meter);
	meter = NULL;
	joules_sample *sample = NULL;
	assert_int_equal(joules_trace_sample(trace, 0, &sample), JOULES_OK);
	assert_string_equal(sample->tag, "one");
	assert_string_equal(joules_trace_domain(trace, 2)->name, "dram_0");
	joules_trace_unref(trace);
	assert_string_equal(sample->domains[0]->name, "package_0"); /* the sample holds them */
	joules_sample_free(sample);
}

static void tags_are_any_bytes(void **state)
{
	(void)state;
	open_machine();
	char big[100000];
	memset(big, 'z', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	const char *const tags[] = { "", "__stop__", "a;b\n\"c", "\xff\xfe", big, "é", "" };
	assert_int_equal(joules_meter_start(meter, tags[0]), JOULES_OK);
	for (size_t i = 1; i < 7; i++)
		assert_int_equal(joules_meter_record(meter, tags[i]), JOULES_OK);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_trace *trace = take_trace();
	joules_sample *sample = NULL;
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(joules_trace_sample(trace, i, &sample), JOULES_OK);
		assert_string_equal(sample->tag, tags[i]);
	}
	assert_int_equal(joules_trace_find(trace, "", 0), 0);
	assert_int_equal(joules_trace_find(trace, "", 1), 6);
	assert_int_equal(joules_trace_find(trace, "nowhere", 0), 7);
	joules_sample_free(sample);
	joules_trace_unref(trace);
	assert_int_equal(joules_meter_start(meter, NULL), JOULES_OK); /* "" */
}

/* ---- bounds and settling ---- */

static void settling_closes_the_bounds_to_a_tick(void **state)
{
	(void)state;
	open_machine();
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
	while (joules_meter_settle(meter, 0) == JOULES_NOT_SETTLED)
		virtual_advance(VIRTUAL_MS / 10);
	virtual_advance(1000 * VIRTUAL_MS);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	assert_int_equal(joules_meter_settle(meter, JOULES_UNTIL_SETTLED), JOULES_OK);
	joules_trace *trace = take_trace();
	joules_sample *sample = NULL;
	assert_int_equal(joules_trace_sample(trace, 0, &sample), JOULES_OK);
	/* Two ticks of 100 W at each end, and a unit. */
	assert_true(joules_sample_energy(sample, 0)->high - joules_sample_energy(sample, 0)->low < 0.45);
	assert_true(joules_sample_energy(sample, 0)->low > 99.0);
	joules_sample_free(sample);
	joules_trace_unref(trace);
}

static void a_counter_that_stands_still_is_settled_at_one_unit(void **state)
{
	(void)state;
	virtual_freeze(dram);
	open_machine();
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
	assert_int_equal(joules_meter_settle(meter, JOULES_UNTIL_SETTLED), JOULES_OK);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	assert_int_equal(joules_meter_settle(meter, JOULES_UNTIL_SETTLED), JOULES_OK);
	joules_trace *trace = take_trace();
	joules_sample *sample = NULL;
	assert_int_equal(joules_trace_sample(trace, 0, &sample), JOULES_OK);
	assert_true(joules_sample_energy(sample, 2)->joules == 0.0);
	assert_true(joules_sample_energy(sample, 2)->high <= 1.001 / 16384);
	joules_sample_free(sample);
	joules_trace_unref(trace);
}

static void record_and_stop_never_wait(void **state)
{
	(void)state;
	open_machine();
	virtual_cost(1000, 10);
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
	int64_t before = virtual_now();
	assert_int_equal(joules_meter_record(meter, "y"), JOULES_OK);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	assert_true(virtual_now() - before < VIRTUAL_MS / 10);
}

/* ---- failures ---- */

static void a_domain_that_vanishes_is_partial_and_alone(void **state)
{
	(void)state;
	open_machine();
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
	virtual_advance(100 * VIRTUAL_MS);
	/* A good read in between; so late that no later one can say more of the begin. */
	assert_int_equal(joules_meter_settle(meter, 0), JOULES_OK);
	virtual_fail(dram, ENODEV, 1, 0);
	virtual_advance(100 * VIRTUAL_MS);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_trace *trace = take_trace();
	joules_sample *sample = NULL;
	assert_int_equal(joules_trace_sample(trace, 0, &sample), JOULES_OK);
	assert_int_equal(joules_sample_energy(sample, 2)->flags, JOULES_PARTIAL);
	assert_true(fabs(joules_sample_energy(sample, 2)->joules - 0.5) < 0.02);
	assert_true(isnan(joules_sample_energy(sample, 2)->high));
	assert_int_equal(joules_sample_energy(sample, 0)->flags, 0);
	joules_energy total = *joules_sample_total(sample, NULL);
	assert_true(total.flags & JOULES_PARTIAL && isnan(total.high));
	assert_true(total.joules == joules_sample_energy(sample, 0)->joules + joules_sample_energy(sample, 2)->joules);
	const char *names[2];
	assert_int_equal(joules_sample_missing(sample, names, 2), 1);
	assert_string_equal(names[0], "dram_0");
	joules_sample_free(sample);
	joules_trace_unref(trace);
}

/* A busy machine takes the processor away between two looks at its clocks: that is no sleep. */
static void a_preempted_reader_did_not_sleep(void **state)
{
	(void)state;
	open_machine();
	assert_int_equal(joules_meter_start(meter, "a"), JOULES_OK);
	for (int i = 0; i < 4; i++) {
		virtual_cost(1000, i % 2 ? 10 : 20 * VIRTUAL_MS);
		virtual_advance(100 * VIRTUAL_MS);
		assert_int_equal(joules_meter_record(meter, "b"), JOULES_OK);
	}
	virtual_cost(0, 0);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_trace *trace = take_trace();
	joules_sample *sample = NULL;
	for (size_t i = 0; i < joules_trace_count(trace); i++) {
		assert_int_equal(joules_trace_sample(trace, i, &sample), JOULES_OK);
		assert_false(joules_sample_energy(sample, 0)->flags & JOULES_INVALID);
	}
	joules_sample_free(sample);
	joules_trace_unref(trace);
}

static void every_nth_read_may_fail(void **state)
{
	(void)state;
	open_machine();
	joules_sample *sample = NULL, *sum = NULL;
	for (uint64_t nth = 1; nth <= 12; nth++) {
		virtual_fail(VIRTUAL_ALL, EIO, nth, 1);
		assert_int_equal(joules_meter_start(meter, "a"), JOULES_OK);
		for (int i = 0; i < 3; i++) {
			virtual_advance(10 * VIRTUAL_MS);
			assert_int_equal(i < 2 ? joules_meter_record(meter, "b") : joules_meter_stop(meter), JOULES_OK);
		}
		virtual_fail(VIRTUAL_ALL, EIO, UINT64_MAX, 1);
		joules_trace *trace = take_trace();
		size_t harmed = 0;
		for (size_t i = 0; i < 3; i++) {
			assert_int_equal(joules_trace_sample(trace, i, &sample), JOULES_OK);
			for (size_t d = 0; d < 3; d++) {
				bool bad = joules_sample_energy(sample, d)->flags & (JOULES_INVALID | JOULES_PARTIAL);
				harmed += bad;
				assert_true(bad ||
				    fabs(joules_sample_energy(sample, d)->joules -
				        (d == 0          ? 1.0
				                : d == 1 ? 0.6
				                         : 0.05)) < 0.25);
				assert_int_equal(isnan(joules_sample_energy(sample, d)->joules),
				    (joules_sample_energy(sample, d)->flags & JOULES_INVALID) != 0);
			}
		}
		assert_in_range(harmed, 1, 2); /* the two samples that meet at the reading, one domain */
		assert_int_equal(joules_trace_sum(trace, NULL, &sum), JOULES_OK);
		joules_trace_unref(trace);
	}
	joules_sample_free(sample);
	joules_sample_free(sum);
}

static void a_reset_or_a_sleep_makes_the_interval_invalid(void **state)
{
	(void)state;
	open_machine();
	joules_sample *sample = NULL;
	assert_int_equal(joules_meter_start(meter, "reset"), JOULES_OK);
	virtual_advance(1000 * VIRTUAL_MS);
	virtual_step(package, -150.0); /* below where it began */
	assert_int_equal(joules_meter_record(meter, "slept"), JOULES_OK);
	virtual_advance(1000 * VIRTUAL_MS);
	virtual_suspend(INT64_C(3600) * 1000 * VIRTUAL_MS, 0);
	assert_int_equal(joules_meter_record(meter, "fine"), JOULES_OK);
	virtual_advance(1000 * VIRTUAL_MS);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_trace *trace = take_trace();
	const bool invalid[3][3] = { { true, false, false }, { true, true, true }, { false, false, false } };
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(joules_trace_sample(trace, i, &sample), JOULES_OK);
		for (size_t d = 0; d < 3; d++)
			assert_int_equal(isnan(joules_sample_energy(sample, d)->joules), invalid[i][d]);
	}
	joules_trace *clean;
	assert_int_equal(joules_trace_clean(trace, NULL, NULL, &clean), JOULES_OK);
	assert_int_equal(joules_trace_count(clean), 1);
	joules_trace_unref(clean);
	joules_trace_unref(trace);
	joules_sample_free(sample);
}

/* ---- choosing ---- */

static void an_unknown_name_suggests_the_nearest(void **state)
{
	(void)state;
	assert_int_equal(open_domains("packege_0"), JOULES_NO_DOMAIN);
	assert_null(meter);
	assert_non_null(strstr(joules_error_message(), "'packege_0'"));
	assert_non_null(strstr(joules_error_message(), "did you mean 'package_0'"));
	assert_int_equal(open_domains(" , "), JOULES_INVALID_ARGUMENT);
	assert_int_equal(open_domains("virtul"), JOULES_NO_DOMAIN);
	assert_non_null(strstr(joules_error_message(), "'virtual'"));
}

static void named_domains_keep_the_callers_order(void **state)
{
	(void)state;
	assert_int_equal(open_domains("dram_0, package_0,dram_0"), JOULES_OK);
	assert_int_equal(joules_meter_domain_count(meter), 2);
	assert_string_equal(joules_meter_domain(meter, 0)->name, "dram_0");
	assert_string_equal(joules_meter_domain(meter, 1)->name, "package_0");
	assert_null(joules_meter_domain(meter, 2));
	assert_int_equal(joules_meter_missing_count(meter), 0);
}

static void a_part_counts_where_its_whole_is_not_measured(void **state)
{
	(void)state;
	assert_int_equal(open_domains("core_0,dram_0"), JOULES_OK);
	assert_true(joules_meter_domain(meter, 0)->in_total);
	assert_null(joules_meter_domain(meter, 0)->parent);
}

static void psys_counts_only_where_no_package_is_measured(void **state)
{
	(void)state;
	virtual_add(&(struct virtual_spec){ .name = "psys", .part = JOULES_PART_PLATFORM, .power = "constant 200" });
	open_machine();
	for (size_t i = 0; i < 4; i++) {
		const joules_domain *domain = joules_meter_domain(meter, i);
		assert_int_equal(domain->in_total, domain->part == JOULES_PART_PACKAGE || domain->part == JOULES_PART_DRAM);
		assert_true(domain->parent == NULL || strcmp(domain->parent, "package_0") == 0);
	}
	joules_meter_close(meter);
	assert_int_equal(open_domains("dram_0,psys"), JOULES_OK);
	assert_false(joules_meter_domain(meter, 0)->in_total);
	assert_string_equal(joules_meter_domain(meter, 0)->parent, "psys");
	assert_true(joules_meter_domain(meter, 1)->in_total);
}

static void a_socket_that_cannot_be_read_is_missing_from_the_total(void **state)
{
	(void)state;
	virtual_add(&(struct virtual_spec){ .name = "package_1",
	    .part = JOULES_PART_PACKAGE,
	    .unavailable = "readable by root only: /x",
	    .reason = JOULES_REASON_PERMISSION });
	open_machine();
	assert_int_equal(joules_meter_missing_count(meter), 1);
	assert_string_equal(joules_meter_missing(meter, 0)->name, "package_1");
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
	virtual_advance(100 * VIRTUAL_MS);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_trace *trace = take_trace();
	joules_sample *sample = NULL;
	assert_int_equal(joules_trace_sample(trace, 0, &sample), JOULES_OK);
	assert_true(joules_sample_total(sample, NULL)->flags & JOULES_PARTIAL);
	const char *name;
	assert_int_equal(joules_sample_missing(sample, &name, 1), 1);
	assert_string_equal(name, "package_1");
	joules_sample_free(sample);
	joules_trace_unref(trace);
	joules_meter_close(meter);
	meter = NULL;
	assert_int_equal(open_domains("package_1"), JOULES_NO_PERMISSION);
	assert_non_null(strstr(joules_error_message(), "root only"));
}

/* A part without a word of its own is missed as any other; a zone that nobody knows is only listed. */
static void what_nobody_knows_is_not_missing(void **state)
{
	(void)state;
	virtual_add(&(struct virtual_spec){ .name = "fan_0", .part = JOULES_PART_OTHER, .unavailable = "unplugged" });
	virtual_add(&(struct virtual_spec){ .name = "zone_0", .part = JOULES_PART_UNKNOWN, .unavailable = "who knows" });
	open_machine();
	assert_int_equal(joules_meter_missing_count(meter), 1);
	assert_string_equal(joules_meter_missing(meter, 0)->name, "fan_0");
}

/* ---- idle ---- */

static void idle_waits_each_samples_time_and_leaves_the_trace(void **state)
{
	(void)state;
	open_machine();
	assert_int_equal(joules_meter_start(meter, "a"), JOULES_OK);
	virtual_advance(500 * VIRTUAL_MS);
	assert_int_equal(joules_meter_record(meter, "b"), JOULES_OK);
	virtual_advance(2000 * VIRTUAL_MS);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_trace *trace = take_trace(), *idle, *above, *again;
	virtual_power(package, "constant 30");
	virtual_power(core, "constant 10");
	virtual_power(dram, "constant 1");
	int64_t before = virtual_now();
	assert_int_equal(joules_meter_idle(meter, trace, &idle), JOULES_OK);
	assert_true(virtual_now() - before >= 2500 * VIRTUAL_MS);
	again = take_trace();
	assert_ptr_equal(again, trace);
	assert_int_equal(joules_trace_count(idle), 2);
	assert_int_equal(joules_trace_find(idle, "b", 0), 1);
	assert_int_equal(joules_trace_remove_idle(trace, idle, &above), JOULES_OK);
	joules_sample *sample = NULL;
	assert_int_equal(joules_trace_sample(above, 1, &sample), JOULES_OK);
	assert_true(fabs(joules_sample_energy(sample, 0)->joules - 140.0) < 1.0);
	assert_true(joules_sample_energy(sample, 0)->low < 140.0 && joules_sample_energy(sample, 0)->high > 140.0);
	joules_trace *wrong = above;
	assert_int_equal(joules_trace_remove_idle(idle, trace, &wrong), JOULES_IDLE_EXCEEDS);
	assert_null(wrong);
	assert_non_null(strstr(joules_error_message(), "package_0"));
	joules_sample_free(sample);
	joules_trace_unref(above);
	joules_trace_unref(idle);
	joules_trace_unref(again);
	joules_trace_unref(trace);
}

/* Waiting takes a little longer than it should: what it took more must not be taken off. */
static void idle_is_of_exactly_the_samples_time(void **state)
{
	(void)state;
	open_machine();
	virtual_power(package, "constant 100");
	assert_int_equal(joules_meter_start(meter, "a"), JOULES_OK);
	for (int i = 0; i < 20; i++) {
		virtual_advance(3300 * 1000);
		assert_int_equal(joules_meter_record(meter, "a"), JOULES_OK);
	}
	virtual_advance(3300 * 1000);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_trace *trace = take_trace(), *idle, *above;
	assert_int_equal(joules_meter_idle(meter, trace, &idle), JOULES_OK);
	assert_int_equal(joules_trace_remove_idle(trace, idle, &above), JOULES_OK);
	joules_sample *sample = NULL, *taken = NULL;
	double sum = 0.0;
	for (size_t i = 0; i < joules_trace_count(trace); i++) {
		assert_int_equal(joules_trace_sample(trace, i, &sample), JOULES_OK);
		assert_int_equal(joules_trace_sample(idle, i, &taken), JOULES_OK);
		assert_true(taken->duration_s == sample->duration_s);
		assert_int_equal(joules_trace_sample(above, i, &sample), JOULES_OK);
		assert_true(joules_sample_energy(sample, 0)->low < 0.0 && joules_sample_energy(sample, 0)->high > 0.0);
		sum += joules_sample_energy(sample, 0)->joules;
	}
	assert_true(fabs(sum) < 0.25); /* of 6.9 J */
	joules_sample_free(taken);
	joules_sample_free(sample);
	joules_trace_unref(above);
	joules_trace_unref(idle);
	joules_trace_unref(trace);
}

/* ---- threads and fork ---- */

static void *record_often(void *argument)
{
	(void)argument;
	joules_reading *begin, *end;
	joules_sample *sample = NULL;
	if (joules_reading_new(meter, &begin) || joules_reading_new(meter, &end))
		return (void *)1;
	uintptr_t wrong = 0;
	for (int i = 0; i < 300; i++) {
		wrong |= joules_read(meter, begin) != JOULES_OK;
		virtual_advance(20000);
		(void)joules_meter_record(meter, "t");
		wrong |= joules_read(meter, end) != JOULES_OK;
		wrong |= joules_between(meter, begin, end, &sample) != JOULES_OK;
		wrong |= !(joules_sample_energy(sample, 0)->joules >= 0.0 &&
		    joules_sample_energy(sample, 0)->joules < 100.0); /* an invented wrap is 262 kJ */
		if (i % 50 == 0)
			(void)joules_settle(meter, end, 0);
	}
	joules_sample_free(sample);
	joules_reading_free(begin);
	joules_reading_free(end);
	return (void *)wrong;
}

static void threads_share_a_meter(void **state)
{
	(void)state;
	open_machine();
	assert_int_equal(joules_meter_start(meter, "t"), JOULES_OK);
	pthread_t threads[4];
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, record_often, NULL), 0);
	for (size_t i = 0; i < 4; i++) {
		void *wrong;
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_trace *trace = take_trace();
	assert_int_equal(joules_trace_count(trace), 1201);
	joules_trace_unref(trace);
}

/* In a time namespace CLOCK_BOOTTIME may be behind CLOCK_MONOTONIC. */
static void the_clocks_of_a_time_namespace_are_no_sleep(void **state)
{
	(void)state;
	joules_meter_close(meter);
	virtual_suspend(INT64_C(-3600) * 1000 * VIRTUAL_MS, 0);
	open_machine();
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
	virtual_advance(1000 * VIRTUAL_MS);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_trace *trace = take_trace();
	joules_sample *sample = NULL;
	assert_int_equal(joules_trace_sample(trace, 0, &sample), JOULES_OK);
	const joules_energy *energy = joules_sample_energy(sample, 0);
	assert_int_equal(energy->flags, 0);
	assert_true(
	    fabs(sample->duration_s - 1.0) < 1e-3 && energy->low <= energy->joules && energy->high >= energy->joules);
	joules_sample_free(sample);
	joules_trace_unref(trace);
}

static void a_fork_between_start_and_stop_leaves_both_whole(void **state)
{
	(void)state;
	joules_meter_close(meter);
#ifdef __SANITIZE_THREAD__
	return; /* ThreadSanitizer knows no threads that start in the fork of a process with threads; the other builds run
	           this */
#endif
	virtual_add(&(struct virtual_spec){ .name = "guarded", .max_unread_s = 0.05 }); /* a background thread */
	open_machine();
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
	virtual_advance(100 * VIRTUAL_MS);
	pid_t child = fork();
	if (child == 0) {
		virtual_advance(100 * VIRTUAL_MS);
		joules_trace *trace;
		joules_sample *sample = NULL;
		bool right = joules_meter_stop(meter) == JOULES_OK && joules_meter_trace(meter, &trace) == JOULES_OK &&
		    joules_trace_sample(trace, 0, &sample) == JOULES_OK &&
		    fabs(joules_sample_energy(sample, 0)->joules - 20.0) < 0.5;
		joules_meter_close(meter);
		_exit(right ? 0 : 1);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_trace *trace = take_trace();
	joules_sample *sample = NULL;
	assert_int_equal(joules_trace_sample(trace, 0, &sample), JOULES_OK);
	assert_true(fabs(joules_sample_energy(sample, 0)->joules - 10.0) < 0.5);
	joules_sample_free(sample);
	joules_trace_unref(trace);
}

/* A device whose calls see each other: joules.h promises that they never overlap. */
static _Atomic int calls_inside;
static _Atomic bool calls_overlapped;

static void call(void)
{
	if (calls_inside++ > 0)
		calls_overlapped = true;
	sched_yield();
	calls_inside--;
}

static joules_status shy_discover(void *context, const joules_options *options, joules_discovery *found)
{
	(void)context, (void)options;
	joules_domain domain = JOULES_DOMAIN_INIT;
	domain.name = "shy_0";
	domain.kind = JOULES_KIND_MODEL;
	domain.source = JOULES_ESTIMATED;
	return joules_discovery_add(found, &domain);
}

static joules_status shy_open(
    void *context, const joules_options *options, const joules_domain *const *domains, size_t count, void **state)
{
	(void)context, (void)options, (void)domains, (void)count;
	*state = NULL;
	return JOULES_OK;
}

static bool shy_forks;
static joules_meter *shy_reads; /* another meter, from within its own reads */

static void shy_read(void *state, joules_raw *const raw[])
{
	(void)state;
	call();
	if (shy_reads)
		raw[0]->error = joules_meter_start(shy_reads, "inner") || joules_meter_stop(shy_reads);
	pid_t child = shy_forks ? fork() : -1;
	if (child == 0)
		_exit(0);
	if (child > 0)
		(void)waitpid(child, NULL, 0);
	raw[0]->ok = true;
}

static void shy_model(
    void *state, size_t domain, const joules_raw *begin, const joules_raw *end, double seconds, joules_energy *energy)
{
	(void)state, (void)domain, (void)begin, (void)end;
	call();
	*energy = (joules_energy){ seconds, 0.0, 2.0 * seconds, 0, 0.5 * seconds, 1.5 * seconds };
}

static void shy_close(void *state)
{
	(void)state;
}

static joules_status open_shy(void)
{
	static const joules_device_ops shy = { .size = sizeof shy,
		.name = "shy",
		.discover = shy_discover,
		.open = shy_open,
		.read = shy_read,
		.close = shy_close,
		.model = shy_model };
	static bool registered;
	if (!registered && joules_device_register(&shy, NULL) != JOULES_OK)
		return JOULES_INVALID_ARGUMENT;
	registered = true;
	return open_domains("shy");
}

static void *measure_often(void *argument)
{
	joules_recorder *recorder;
	uintptr_t wrong = joules_recorder_new(argument, &recorder) || joules_recorder_start(recorder, "x");
	for (int i = 0; i < 300 && !wrong; i++)
		wrong = joules_recorder_record(recorder, "x") != JOULES_OK;
	joules_recorder_free(recorder);
	return (void *)wrong;
}

static void calls_of_a_device_never_overlap(void **state)
{
	(void)state;
	pthread_t threads[4];
	assert_int_equal(open_shy(), JOULES_OK);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, measure_often, meter), 0);
	for (size_t i = 0; i < 4; i++) {
		void *wrong;
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	assert_false(calls_overlapped);
}

static void a_device_may_fork_while_it_is_read(void **state)
{
	(void)state;
	assert_int_equal(open_shy(), JOULES_OK);
	shy_forks = true;
	(void)alarm(20); /* it would wait for ever for its own lock */
	joules_status begun = joules_meter_start(meter, "x"), ended = joules_meter_stop(meter);
	(void)alarm(0);
	shy_forks = false;
	assert_int_equal(begun, JOULES_OK);
	assert_int_equal(ended, JOULES_OK);
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK); /* no lock was left behind */
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
}

static void a_device_that_reads_another_meter_may_fork_after_it(void **state)
{
	(void)state;
	joules_options options = JOULES_OPTIONS_INIT;
	options.domains = "virtual";
	(void)virtual_add(&(struct virtual_spec){ .name = "inner" });
	assert_int_equal(joules_meter_open(&shy_reads, &options), JOULES_OK);
	a_device_may_fork_while_it_is_read(state);
	joules_meter_close(shy_reads);
	shy_reads = NULL;
}

static void what_is_likely_comes_from_the_model(void **state)
{
	(void)state;
	assert_int_equal(open_shy(), JOULES_OK);
	assert_int_equal(joules_meter_start(meter, "first"), JOULES_OK);
	virtual_advance(4 * VIRTUAL_MS);
	assert_int_equal(joules_meter_record(meter, "second"), JOULES_OK);
	virtual_advance(8 * VIRTUAL_MS);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_trace *trace = take_trace();
	joules_sample *sample = NULL;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(joules_trace_sample(trace, i, &sample), JOULES_OK);
		const joules_energy *energy = joules_sample_energy(sample, 0);
		assert_true(fabs(energy->likely_low - 0.5 * sample->duration_s) < 1e-9);
		assert_true(fabs(energy->likely_high - 1.5 * sample->duration_s) < 1e-9);
	}
	assert_int_equal(joules_trace_sum(trace, NULL, &sample), JOULES_OK);
	assert_true(isnan(joules_sample_energy(sample, 0)->likely_low));
	assert_true(isnan(joules_sample_total(sample, NULL)->likely_high));
	joules_sample_free(sample);
	joules_trace_unref(trace);
}

/* ---- readings ---- */

static void readings_nest_and_overlap(void **state)
{
	(void)state;
	open_machine();
	joules_reading *at[4];
	joules_sample *sample = NULL;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(joules_reading_new(meter, &at[i]), JOULES_OK);
		assert_int_equal(joules_read(meter, at[i]), JOULES_OK);
		virtual_advance(100 * VIRTUAL_MS);
	}
	double parts = 0.0;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(joules_between(meter, at[i], at[i + 1], &sample), JOULES_OK);
		parts += joules_sample_energy(sample, 0)->joules;
	}
	assert_int_equal(joules_between(meter, at[0], at[3], &sample), JOULES_OK);
	assert_true(joules_sample_energy(sample, 0)->joules == parts);
	assert_int_equal(joules_between(meter, at[3], at[0], &sample), JOULES_INVALID_ARGUMENT);
	joules_reading *empty;
	assert_int_equal(joules_reading_new(meter, &empty), JOULES_OK);
	assert_int_equal(joules_between(meter, at[0], empty, &sample), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_settle(meter, empty, 0), JOULES_INVALID_ARGUMENT);
	joules_reading_free(empty);
	for (size_t i = 0; i < 4; i++)
		joules_reading_free(at[i]);
	joules_sample_free(sample);
}

static double value_now(unsigned domain)
{
	joules_reading *reading;
	assert_int_equal(joules_reading_new(meter, &reading), JOULES_OK);
	assert_true(isnan(joules_reading_value(reading, domain)));
	assert_int_equal(joules_read(meter, reading), JOULES_OK);
	double value = joules_reading_value(reading, domain);
	assert_true(isnan(joules_reading_value(reading, 3)) && isnan(joules_reading_value(NULL, 0)));
	joules_reading_free(reading);
	return value;
}

static void a_value_counts_from_the_counters_own_zero(void **state)
{
	(void)state;
	virtual_cost(0, 0);
	virtual_reset(package, UINT32_MAX - 16384);
	open_machine();
	double before = value_now(0);
	assert_true(fabs(before - (double)(UINT32_MAX - 16384) / 16384) < 1e-3);
	virtual_advance(100 * VIRTUAL_MS);
	assert_true(fabs(value_now(0) - before - 10.0) < 0.5); /* a wrap is in between */
	joules_meter_close(meter);
	open_machine();
	assert_true(fabs(value_now(0) - 9.0) < 0.5); /* who reads first now finds what the counter shows now */
	virtual_fail(package, 5, 1, 1);
	assert_true(isnan(value_now(0)));
	virtual_advance(30000 * VIRTUAL_MS);
	before = value_now(0);
	virtual_suspend(5000 * VIRTUAL_MS, 1638400);
	assert_true(before > 2000.0 && fabs(value_now(0) - 100.0) < 0.5);
	virtual_advance(100 * VIRTUAL_MS);
	assert_true(fabs(value_now(0) - 110.0) < 0.5);
}

/* What the meter's thread settles. */
static bool is_open(void)
{
	pthread_mutex_lock(&meter->lock);
	bool open = meter->settled->open > 0;
	pthread_mutex_unlock(&meter->lock);
	return open;
}

/* The clock of the machine stands until the thread has read twice: a move counts from the second read on. */
static void settle_meanwhile(void)
{
	assert_int_equal(joules_meter_settle_start(meter), JOULES_OK);
	while (!is_open())
		usleep(100);
	for (uint64_t before = virtual_reads(); virtual_reads() == before;)
		usleep(100);
	virtual_advance(4 * VIRTUAL_MS);
	while (is_open())
		usleep(100);
}

/* Joules between what is certain of 100 ms in which nobody but the meter's thread reads. */
static double width_of_a_sample(bool settles)
{
	joules_sample *sample = NULL;
	assert_int_equal(joules_meter_start(meter, ""), JOULES_OK);
	if (settles)
		settle_meanwhile();
	virtual_advance(100 * VIRTUAL_MS);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	assert_int_equal(joules_meter_settle(meter, JOULES_UNTIL_SETTLED), JOULES_OK);
	joules_trace *trace = take_trace();
	assert_int_equal(joules_trace_sample(trace, 0, &sample), JOULES_OK);
	double width = joules_sample_energy(sample, 0)->high - joules_sample_energy(sample, 0)->low;
	double truth = sample->duration_s * 100.0;
	assert_true(joules_sample_energy(sample, 0)->low <= truth && truth <= joules_sample_energy(sample, 0)->high);
	joules_sample_free(sample);
	joules_trace_unref(trace);
	return width;
}

/* It is asked twice: the thread that ran for the first time serves the second one too. */
static void a_begin_is_settled_while_the_code_runs(void **state)
{
	(void)state;
	assert_int_equal(open_domains("package_0"), JOULES_OK);
	double alone = width_of_a_sample(false);
	assert_true(width_of_a_sample(true) < alone / 2.0);
	assert_true(width_of_a_sample(true) < alone / 2.0);
	assert_int_equal(joules_meter_settle_start(NULL), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_meter_settle_start(meter), JOULES_OK); /* it is closed while it settles */
}

#define ON_THE_MACHINE(function) cmocka_unit_test_setup_teardown(function, machine_setup, machine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_THE_MACHINE(misuse_is_an_error_of_state_and_loses_nothing),
		ON_THE_MACHINE(samples_have_their_tags_times_and_joules),
		ON_THE_MACHINE(a_traces_samples_add_up_to_the_difference_of_its_ends),
		ON_THE_MACHINE(the_gap_between_stop_and_resume_is_in_no_sample),
		ON_THE_MACHINE(traces_outlive_their_meter),
		ON_THE_MACHINE(tags_are_any_bytes),
		ON_THE_MACHINE(settling_closes_the_bounds_to_a_tick),
		ON_THE_MACHINE(a_counter_that_stands_still_is_settled_at_one_unit),
		ON_THE_MACHINE(record_and_stop_never_wait),
		ON_THE_MACHINE(a_domain_that_vanishes_is_partial_and_alone),
		ON_THE_MACHINE(every_nth_read_may_fail),
		ON_THE_MACHINE(a_preempted_reader_did_not_sleep),
		ON_THE_MACHINE(a_reset_or_a_sleep_makes_the_interval_invalid),
		ON_THE_MACHINE(an_unknown_name_suggests_the_nearest),
		ON_THE_MACHINE(named_domains_keep_the_callers_order),
		ON_THE_MACHINE(a_part_counts_where_its_whole_is_not_measured),
		ON_THE_MACHINE(psys_counts_only_where_no_package_is_measured),
		ON_THE_MACHINE(a_socket_that_cannot_be_read_is_missing_from_the_total),
		ON_THE_MACHINE(what_nobody_knows_is_not_missing),
		ON_THE_MACHINE(idle_waits_each_samples_time_and_leaves_the_trace),
		ON_THE_MACHINE(idle_is_of_exactly_the_samples_time),
		ON_THE_MACHINE(threads_share_a_meter),
		ON_THE_MACHINE(a_fork_between_start_and_stop_leaves_both_whole),
		ON_THE_MACHINE(calls_of_a_device_never_overlap),
		ON_THE_MACHINE(the_clocks_of_a_time_namespace_are_no_sleep),
		ON_THE_MACHINE(a_device_may_fork_while_it_is_read),
		ON_THE_MACHINE(a_device_that_reads_another_meter_may_fork_after_it),
		ON_THE_MACHINE(what_is_likely_comes_from_the_model),
		ON_THE_MACHINE(a_begin_is_settled_while_the_code_runs),
		ON_THE_MACHINE(readings_nest_and_overlap),
		ON_THE_MACHINE(a_value_counts_from_the_counters_own_zero),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
