/* SPDX-License-Identifier: MIT */
/* Counters that stand still: dead, frozen, slow or rightly at rest. Each machine has its truth, and no value is silent.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <joules/joules.h>

#include "virtual.h"

#define SECOND (1000 * VIRTUAL_MS)

static joules_meter *meter;
static joules_sample *sample;

static int begin_machine(void **state)
{
	(void)state;
	static bool registered;
	virtual_begin(11);
	if (!registered && joules_device_register(&virtual_ops, NULL) != JOULES_OK)
		return -1;
	registered = true;
	return 0;
}

static int end_machine(void **state)
{
	(void)state;
	joules_sample_free(sample);
	sample = NULL;
	joules_meter_close(meter);
	meter = NULL;
	virtual_end();
	return 0;
}

/* A package of 100 W, with the others of its socket. */
static const struct virtual_spec package = { .name = "package_0",
	.part = JOULES_PART_PACKAGE,
	.power = "constant 100",
	.package = "package_0",
	.least_power_w = 0.1,
	.max_power_w = 600 };
static const struct virtual_spec memory = { .name = "dram_0",
	.part = JOULES_PART_DRAM,
	.power = "constant 10",
	.package = "package_0",
	.least_power_w = 0.02,
	.max_power_w = 600 };
static const struct virtual_spec graphics = { .name = "uncore_0",
	.part = JOULES_PART_UNCORE,
	.parent = "package_0",
	.power = "constant 0",
	.package = "package_0",
	.max_power_w = 600 };

static void open_with(const char *domains)
{
	joules_options options = JOULES_OPTIONS_INIT;
	options.domains = domains;
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
}

/* As `joules run` measures: settled at both ends. What is slow to settle at the begin settles while the command runs.
 */
static void measure(int64_t ns)
{
	joules_trace *trace;
	int64_t begin_ns = virtual_now();
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
	while (virtual_now() - begin_ns < ns && joules_meter_settle(meter, 0) == JOULES_NOT_SETTLED)
		virtual_advance((int64_t)(joules_meter_settle_pause(meter) * 1e9));
	if (begin_ns + ns > virtual_now())
		virtual_advance(begin_ns + ns - virtual_now());
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	assert_int_equal(joules_meter_settle(meter, JOULES_UNTIL_SETTLED), JOULES_OK);
	assert_int_equal(joules_meter_trace(meter, &trace), JOULES_OK);
	assert_int_equal(joules_trace_sample(trace, 0, &sample), JOULES_OK);
	joules_trace_unref(trace);
}

static void expect_flags(size_t domain, unsigned flags)
{
	assert_int_equal(joules_sample_energy(sample, domain)->flags, flags);
}

static void expect_truth(size_t domain, double watts, double width)
{
	const joules_energy *energy = joules_sample_energy(sample, domain);
	double truth = watts * sample->duration_s;
	if (!(energy->low <= truth && truth <= energy->high) || energy->high - energy->low > width)
		fail_msg("%g is not closely in %g … %g", truth, energy->low, energy->high);
}

static void a_dead_package_has_no_value(void **state)
{
	(void)state;
	virtual_freeze(virtual_add(&package));
	open_with("virtual");
	measure(3 * SECOND);
	expect_flags(0, JOULES_INVALID | JOULES_STUCK);
	assert_true(isnan(joules_sample_energy(sample, 0)->joules));
	assert_true(isnan(joules_sample_total(sample, NULL)->joules));
}

static void a_short_run_looks_on_until_it_is_sure(void **state)
{
	(void)state;
	virtual_freeze(virtual_add(&package));
	open_with("virtual");
	int64_t begin_ns = virtual_now();
	measure(100 * VIRTUAL_MS);
	expect_flags(0, JOULES_INVALID | JOULES_STUCK);
	assert_true(virtual_now() - begin_ns > SECOND && virtual_now() - begin_ns < 2 * SECOND);
	/* Once: what was found stuck is not waited for again. */
	begin_ns = virtual_now();
	measure(100 * VIRTUAL_MS);
	expect_flags(0, JOULES_INVALID | JOULES_STUCK);
	assert_true(virtual_now() - begin_ns < 150 * VIRTUAL_MS);
}

static void a_dead_memory_beside_a_live_package_is_found_soon(void **state)
{
	(void)state;
	(void)virtual_add(&package);
	virtual_freeze(virtual_add(&memory));
	open_with("virtual");
	int64_t begin_ns = virtual_now();
	measure(100 * VIRTUAL_MS);
	assert_true(virtual_now() - begin_ns < 400 * VIRTUAL_MS);
	expect_flags(1, JOULES_INVALID | JOULES_STUCK);
	expect_truth(0, 100.0, 0.5);
	const joules_energy *total = joules_sample_total(sample, NULL);
	const char *names[2];
	assert_true(total->flags & JOULES_PARTIAL && isnan(total->high));
	assert_int_equal(joules_sample_missing(sample, names, 2), 1);
	assert_string_equal(names[0], "dram_0");
}

static void idle_graphics_beside_a_live_package_take_nothing(void **state)
{
	(void)state;
	(void)virtual_add(&package);
	(void)virtual_add(&graphics);
	open_with("virtual");
	measure(SECOND);
	expect_flags(1, 0);
	expect_truth(1, 0.0, 2.0 / 16384);
}

/* Nobody can say whether its package is alive. */
static void a_part_without_a_witness_keeps_its_open_bound(void **state)
{
	(void)state;
	virtual_freeze(virtual_add(&package));
	(void)virtual_add(&graphics);
	open_with("virtual");
	measure(SECOND);
	expect_flags(1, JOULES_BELOW_TICK);
	assert_true(joules_sample_energy(sample, 1)->high > 600.0);
}

/* A part that is measured alone has its package for a witness, which is in no sample. */
static void a_part_alone_has_its_package_for_a_witness(void **state)
{
	(void)state;
	unsigned witness = virtual_add(&package);
	(void)virtual_add(&graphics);
	open_with("uncore_0");
	measure(SECOND);
	assert_int_equal(sample->domain_count, 1);
	assert_int_equal(joules_meter_domain_count(meter), 1);
	assert_int_equal(joules_sample_missing(sample, NULL, 0), 0);
	expect_flags(0, 0);
	expect_truth(0, 0.0, 2.0 / 16384);
	virtual_freeze(witness);
	measure(SECOND);
	expect_flags(0, JOULES_BELOW_TICK);
	assert_true(joules_sample_energy(sample, 0)->high > 600.0);
}

/* Nobody settles: that the package moved on keeps the open bound near. */
static void a_part_at_rest_keeps_a_near_bound(void **state)
{
	(void)state;
	(void)virtual_add(&package);
	(void)virtual_add(&graphics);
	open_with("virtual");
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
	virtual_advance(100 * SECOND);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_trace *trace;
	assert_int_equal(joules_meter_trace(meter, &trace), JOULES_OK);
	assert_int_equal(joules_trace_sample(trace, 0, &sample), JOULES_OK);
	joules_trace_unref(trace);
	expect_flags(1, 0);
	expect_truth(1, 0.0, 600.0 * 0.01);
}

static void a_package_that_freezes_at_half_time_gives_the_least(void **state)
{
	(void)state;
	unsigned domain = virtual_add(&package);
	joules_trace *trace;
	open_with("virtual");
	assert_int_equal(joules_meter_start(meter, "a"), JOULES_OK);
	virtual_advance(2 * SECOND);
	assert_int_equal(joules_meter_record(meter, "b"), JOULES_OK);
	virtual_freeze(domain);
	for (int i = 0; i < 4; i++) {
		virtual_advance(SECOND / 2);
		assert_int_equal(joules_meter_record(meter, "c"), JOULES_OK);
	}
	virtual_thaw(domain);
	virtual_advance(SECOND);
	assert_int_equal(joules_meter_record(meter, "d"), JOULES_OK);
	virtual_advance(SECOND);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	assert_int_equal(joules_meter_settle(meter, JOULES_UNTIL_SETTLED), JOULES_OK);
	assert_int_equal(joules_meter_trace(meter, &trace), JOULES_OK);
	static const unsigned flags[] = { JOULES_PARTIAL | JOULES_STUCK, JOULES_INVALID | JOULES_STUCK,
		JOULES_INVALID | JOULES_STUCK, JOULES_INVALID | JOULES_STUCK, JOULES_PARTIAL | JOULES_STUCK, 0 };
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(joules_trace_sample(trace, i == 0 ? 0 : i, &sample), JOULES_OK);
		if (i > 0 && i < 4)
			expect_flags(0, flags[i]);
	}
	assert_int_equal(joules_trace_sample(trace, 5, &sample), JOULES_OK);
	expect_flags(0, JOULES_PARTIAL | JOULES_STUCK); /* the standstill ended in it */
	assert_int_equal(joules_trace_sample(trace, 6, &sample), JOULES_OK);
	expect_flags(0, 0);
	expect_truth(0, 100.0, 3.0);
	assert_int_equal(joules_trace_sum(trace, NULL, &sample), JOULES_OK);
	assert_true(joules_sample_energy(sample, 0)->flags & JOULES_PARTIAL &&
	    joules_sample_energy(sample, 0)->flags & JOULES_STUCK && isnan(joules_sample_energy(sample, 0)->high));
	joules_trace_unref(trace);
}

/* What ends just before the last move is shorter than a tick, and not stuck. */
static void a_sample_before_the_last_move_is_not_in_the_standstill(void **state)
{
	(void)state;
	unsigned domain = virtual_add(&package);
	joules_trace *trace;
	open_with("virtual");
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
	virtual_advance(SECOND);
	/* Records far closer than the ticks: one ends before a move, the next one after it. */
	size_t count = 0;
	joules_reading *reading;
	assert_int_equal(joules_reading_new(meter, &reading), JOULES_OK);
	for (; count < 40; count++) {
		assert_int_equal(joules_meter_record(meter, "x"), JOULES_OK);
		virtual_advance(VIRTUAL_MS / 10);
	}
	virtual_freeze(domain);
	assert_int_equal(joules_meter_record(meter, "frozen"), JOULES_OK);
	virtual_advance(2 * SECOND);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	assert_int_equal(joules_meter_trace(meter, &trace), JOULES_OK);
	size_t last = 0;
	for (size_t i = 0; i < joules_trace_count(trace); i++) {
		assert_int_equal(joules_trace_sample(trace, i, &sample), JOULES_OK);
		if (joules_sample_energy(sample, 0)->joules > 0.0)
			last = i;
	}
	assert_true(last > 1);
	for (size_t i = 1; i < last; i++) {
		assert_int_equal(joules_trace_sample(trace, i, &sample), JOULES_OK);
		expect_flags(0, JOULES_BELOW_TICK);
	}
	joules_reading_free(reading);
	joules_trace_unref(trace);
}

/* The region's own time is enough to know it, whoever looked in between. */
static void two_readings_over_a_standstill_are_enough(void **state)
{
	(void)state;
	unsigned domain = virtual_add(&package);
	joules_reading *begin, *end;
	open_with("virtual");
	virtual_advance(SECOND);
	virtual_freeze(domain);
	assert_int_equal(joules_reading_new(meter, &begin), JOULES_OK);
	assert_int_equal(joules_reading_new(meter, &end), JOULES_OK);
	assert_int_equal(joules_read(meter, begin), JOULES_OK);
	virtual_advance(3 * SECOND);
	assert_int_equal(joules_read(meter, end), JOULES_OK);
	assert_int_equal(joules_between(meter, begin, end, &sample), JOULES_OK);
	expect_flags(0, JOULES_INVALID | JOULES_STUCK);
	/* One that began in it is the least of what was taken. */
	virtual_thaw(domain);
	virtual_advance(SECOND);
	assert_int_equal(joules_read(meter, end), JOULES_OK);
	assert_int_equal(joules_between(meter, begin, end, &sample), JOULES_OK);
	expect_flags(0, JOULES_PARTIAL | JOULES_STUCK);
	assert_true(joules_sample_energy(sample, 0)->joules > 90.0 && isnan(joules_sample_energy(sample, 0)->high));
	joules_reading_free(begin);
	joules_reading_free(end);
}

static void a_short_standstill_is_no_silent_zero(void **state)
{
	(void)state;
	virtual_freeze(virtual_add(&package));
	open_with("virtual");
	joules_reading *begin, *end;
	assert_int_equal(joules_reading_new(meter, &begin), JOULES_OK);
	assert_int_equal(joules_reading_new(meter, &end), JOULES_OK);
	assert_int_equal(joules_read(meter, begin), JOULES_OK);
	virtual_advance(SECOND / 2);
	assert_int_equal(joules_read(meter, end), JOULES_OK);
	assert_int_equal(joules_between(meter, begin, end, &sample), JOULES_OK);
	expect_flags(0, JOULES_BELOW_TICK);
	expect_truth(0, 100.0, 1000.0);
	joules_reading_free(begin);
	joules_reading_free(end);
}

/* A guest whose host hides that it is one: the counter moves once a second. */
static void a_counter_slower_than_anyone_said_is_learned(void **state)
{
	(void)state;
	struct virtual_spec slow = package;
	slow.tick = "vmsr";
	slow.said_tick = "exact";
	(void)virtual_add(&slow);
	open_with("virtual");
	measure(100 * VIRTUAL_MS);
	expect_truth(0, 100.0, 400.0);
	measure(2500 * VIRTUAL_MS);
	expect_truth(0, 100.0, 400.0);
	assert_false(joules_sample_energy(sample, 0)->flags & JOULES_STUCK);
	measure(300 * VIRTUAL_MS);
	expect_truth(0, 100.0, 400.0);
	assert_true(joules_sample_energy(sample, 0)->flags & JOULES_BELOW_TICK); /* shorter than two of the ticks seen */
}

/* It was seen to move each millisecond: half a second without a move is no slow tick, whatever comes after it. */
static void a_counter_that_was_fast_is_not_learned_to_be_slow(void **state)
{
	(void)state;
	unsigned domain = virtual_add(&package);
	open_with("virtual");
	joules_reading *begin, *end;
	assert_int_equal(joules_reading_new(meter, &begin), JOULES_OK);
	assert_int_equal(joules_reading_new(meter, &end), JOULES_OK);
	assert_int_equal(joules_read(meter, begin), JOULES_OK);
	for (int i = 0; i < 20; i++) {
		virtual_advance(VIRTUAL_MS);
		assert_int_equal(joules_read(meter, end), JOULES_OK);
	}
	virtual_freeze(domain);
	for (int i = 0; i < 30; i++) {
		virtual_advance(20 * VIRTUAL_MS);
		assert_int_equal(joules_read(meter, end), JOULES_OK);
	}
	virtual_thaw(domain);
	virtual_advance(2 * SECOND);
	assert_int_equal(joules_read(meter, end), JOULES_OK);
	assert_int_equal(joules_between(meter, begin, end, &sample), JOULES_OK);
	expect_flags(0, JOULES_PARTIAL | JOULES_STUCK);
	assert_int_equal(joules_read(meter, begin), JOULES_OK);
	virtual_advance(10 * VIRTUAL_MS);
	assert_int_equal(joules_read(meter, end), JOULES_OK);
	assert_int_equal(joules_between(meter, begin, end, &sample), JOULES_OK);
	expect_flags(0, 0); /* not below 1.2 s of a tick */
	joules_reading_free(begin);
	joules_reading_free(end);
}

static void read_each(joules_reading *reading, int64_t pause_ns, int times)
{
	for (int i = 0; i < times; i++) {
		virtual_advance(pause_ns);
		assert_int_equal(joules_read(meter, reading), JOULES_OK);
	}
}

/* Also in a reading that was filled while the counter stood, and is filled anew. */
static void the_time_that_was_seen_leaves_a_standstill_out(void **state)
{
	(void)state;
	unsigned domain = virtual_add(&package);
	open_with("virtual");
	joules_reading *begin, *end;
	assert_int_equal(joules_reading_new(meter, &begin), JOULES_OK);
	assert_int_equal(joules_reading_new(meter, &end), JOULES_OK);
	assert_int_equal(joules_read(meter, begin), JOULES_OK);
	read_each(end, VIRTUAL_MS, 100);
	virtual_freeze(domain);
	read_each(end, 20 * VIRTUAL_MS, 100);
	virtual_thaw(domain);
	read_each(end, 10 * VIRTUAL_MS, 200);
	assert_int_equal(joules_between(meter, begin, end, &sample), JOULES_OK);
	expect_flags(0, JOULES_PARTIAL | JOULES_STUCK);
	assert_float_equal(joules_sample_energy(sample, 0)->seen_s, 2.1, 0.1);
	joules_reading_free(begin);
	joules_reading_free(end);
}

/* Somewhere in half a second it stood still; whether it is slow or froze nobody has seen. */
static void two_reads_that_are_far_apart_teach_nothing(void **state)
{
	(void)state;
	unsigned domain = virtual_add(&package);
	joules_reading *begin, *end;
	open_with("virtual");
	assert_int_equal(joules_reading_new(meter, &begin), JOULES_OK);
	assert_int_equal(joules_reading_new(meter, &end), JOULES_OK);
	assert_int_equal(joules_read(meter, end), JOULES_OK);
	virtual_freeze(domain);
	virtual_advance(SECOND / 2);
	assert_int_equal(joules_read(meter, end), JOULES_OK);
	virtual_thaw(domain);
	virtual_advance(SECOND);
	assert_int_equal(joules_read(meter, begin), JOULES_OK);
	virtual_advance(20 * VIRTUAL_MS);
	assert_int_equal(joules_read(meter, end), JOULES_OK);
	assert_int_equal(joules_between(meter, begin, end, &sample), JOULES_OK);
	expect_flags(0, 0); /* not below a tick of half a second */
	joules_reading_free(begin);
	joules_reading_free(end);
}

/* At 5 W one of its units takes a fifth of a second, however often it moved at 300 W. */
static void a_counter_of_whole_joules_may_take_its_time(void **state)
{
	(void)state;
	(void)virtual_add(&(struct virtual_spec){ .name = "psys",
	    .part = JOULES_PART_PLATFORM,
	    .power = "step 300 5.2 1",
	    .unit_j = 1.0,
	    .least_power_w = 5,
	    .max_power_w = 20000 });
	open_with("virtual");
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
	joules_trace *trace;
	for (int i = 0; i < 300; i++) {
		virtual_advance(10 * VIRTUAL_MS);
		assert_int_equal(joules_meter_record(meter, "x"), JOULES_OK);
	}
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	assert_int_equal(joules_meter_trace(meter, &trace), JOULES_OK);
	assert_int_equal(joules_trace_sum(trace, NULL, &sample), JOULES_OK);
	assert_false(joules_sample_energy(sample, 0)->flags & (JOULES_STUCK | JOULES_PARTIAL | JOULES_INVALID));
	joules_trace_unref(trace);
}

static void a_guests_idle_socket_is_no_dead_one(void **state)
{
	(void)state;
	struct virtual_spec guest = package;
	guest.hosted = true;
	guest.tick = "vmsr";
	virtual_freeze(virtual_add(&guest));
	open_with("virtual");
	virtual_reset(0, 12345);
	measure(3 * SECOND);
	assert_false(joules_sample_energy(sample, 0)->flags & (JOULES_STUCK | JOULES_INVALID));
	expect_truth(0, 0.0, 2.0 / 16384);
}

static void a_host_that_passes_on_zeros_counts_nothing(void **state)
{
	(void)state;
	struct virtual_spec guest = package;
	guest.hosted = true;
	guest.power = "constant 0";
	virtual_reset(virtual_add(&guest), 0);
	open_with("virtual");
	measure(3 * SECOND);
	expect_flags(0, JOULES_INVALID | JOULES_STUCK);
}

/* psys beside a package is not in the total: nobody waits for it. */
static void what_is_not_in_the_total_is_not_waited_for(void **state)
{
	(void)state;
	(void)virtual_add(&package);
	virtual_freeze(virtual_add(&(struct virtual_spec){ .name = "psys",
	    .part = JOULES_PART_PLATFORM,
	    .power = "constant 200",
	    .least_power_w = 5,
	    .max_power_w = 20000 }));
	open_with("virtual");
	int64_t begin_ns = virtual_now();
	measure(100 * VIRTUAL_MS);
	assert_true(virtual_now() - begin_ns < 200 * VIRTUAL_MS);
	expect_flags(1, JOULES_BELOW_TICK);
	assert_true(joules_sample_energy(sample, 1)->high > 20.0);
	measure(3 * SECOND);
	expect_flags(1, JOULES_INVALID | JOULES_STUCK);
	expect_truth(0, 100.0, 1.0);
}

int main(void)
{
#define ON_A_MACHINE(test) cmocka_unit_test_setup_teardown(test, begin_machine, end_machine)
	const struct CMUnitTest tests[] = {
		ON_A_MACHINE(a_dead_package_has_no_value),
		ON_A_MACHINE(a_short_run_looks_on_until_it_is_sure),
		ON_A_MACHINE(a_dead_memory_beside_a_live_package_is_found_soon),
		ON_A_MACHINE(idle_graphics_beside_a_live_package_take_nothing),
		ON_A_MACHINE(a_part_without_a_witness_keeps_its_open_bound),
		ON_A_MACHINE(a_part_alone_has_its_package_for_a_witness),
		ON_A_MACHINE(a_part_at_rest_keeps_a_near_bound),
		ON_A_MACHINE(a_package_that_freezes_at_half_time_gives_the_least),
		ON_A_MACHINE(a_sample_before_the_last_move_is_not_in_the_standstill),
		ON_A_MACHINE(two_readings_over_a_standstill_are_enough),
		ON_A_MACHINE(a_short_standstill_is_no_silent_zero),
		ON_A_MACHINE(a_counter_slower_than_anyone_said_is_learned),
		ON_A_MACHINE(a_counter_that_was_fast_is_not_learned_to_be_slow),
		ON_A_MACHINE(the_time_that_was_seen_leaves_a_standstill_out),
		ON_A_MACHINE(two_reads_that_are_far_apart_teach_nothing),
		ON_A_MACHINE(a_counter_of_whole_joules_may_take_its_time),
		ON_A_MACHINE(a_guests_idle_socket_is_no_dead_one),
		ON_A_MACHINE(a_host_that_passes_on_zeros_counts_nothing),
		ON_A_MACHINE(what_is_not_in_the_total_is_not_waited_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
