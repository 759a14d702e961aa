/* SPDX-License-Identifier: MIT */
/* low … high contains the truth, for every kind of counter and curve, settled or not; and settling makes it narrow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <joules/joules.h>

#include "virtual.h"

static const char *const ticks[] = { "rome", "bdw", "bdw-dram", "knl-dram", "icx", "icx-dram", "exact", "none" };
static const char *const powers[] = { "constant 0", "constant 150", "step 5 400 0.013", "square 20 100 0.0031",
	"ramp 0 300 0.5", "sine 80 80 0.007" };

static uint64_t draw(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

struct course {
	bool settle;
	size_t regions;
	double width; /* sum of high − low */
	double truth;
};

/* Regions of 20 µs to 40 ms one after the other; every bound is held against the truth of its stamps. */
static void check_regions(const char *tick, const char *power, uint64_t seed, struct course *course)
{
	virtual_begin(seed);
	unsigned domain =
	    virtual_add(&(struct virtual_spec){ .name = "it", .power = power, .tick = tick, .wrap_after_j = 0.4 });
	virtual_cost(700, 20);
	virtual_preempt(20000, 2 * VIRTUAL_MS);
	joules_options options = JOULES_OPTIONS_INIT;
	options.domains = "virtual";
	joules_meter *meter;
	joules_reading *begin, *end;
	joules_sample *sample = NULL;
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
	assert_int_equal(joules_reading_new(meter, &begin), JOULES_OK);
	assert_int_equal(joules_reading_new(meter, &end), JOULES_OK);
	for (int i = 0; i < 60; i++) {
		virtual_advance((int64_t)(draw(&seed) % 3000000));
		assert_int_equal(joules_read(meter, begin), JOULES_OK);
		int64_t from = virtual_now();
		if (course->settle)
			assert_int_equal(joules_settle(meter, begin, JOULES_UNTIL_SETTLED), JOULES_OK);
		virtual_advance((int64_t)(draw(&seed) % (i % 2 ? 500000 : 40000000)));
		assert_int_equal(joules_read(meter, end), JOULES_OK);
		int64_t to = virtual_now();
		if (course->settle)
			assert_int_equal(joules_settle(meter, end, JOULES_UNTIL_SETTLED), JOULES_OK);
		assert_int_equal(joules_between(meter, begin, end, &sample), JOULES_OK);
		/* The stamp is the last look at the clock: at most one look (20 ns) before virtual_now(). */
		double least = virtual_truth(domain, from, to - 40), most = virtual_truth(domain, from - 40, to);
		joules_energy energy = *joules_sample_energy(sample, 0);
		if (!(energy.low <= most + 1e-9 && energy.high >= least - 1e-9))
			fail_msg(
			    "%s, %s, region %d: truth %.9f J is not in %.9f … %.9f", tick, power, i, most, energy.low, energy.high);
		assert_true(energy.low <= energy.joules && energy.joules <= energy.high);
		course->regions++;
		course->width += energy.high - energy.low;
		course->truth += most;
	}
	joules_sample_free(sample);
	joules_reading_free(begin);
	joules_reading_free(end);
	joules_meter_close(meter);
	virtual_end();
}

static struct course check_all(bool settle)
{
	struct course course = { .settle = settle };
	for (size_t t = 0; t < sizeof ticks / sizeof *ticks; t++)
		for (size_t p = 0; p < sizeof powers / sizeof *powers; p++)
			for (uint64_t seed = 1; seed <= 6; seed++)
				check_regions(ticks[t], powers[p], seed * 977 + t * 31 + p, &course);
	return course;
}

static void settled_bounds_hold_and_are_narrow(void **state)
{
	(void)state;
	struct course course = check_all(true);
	/* Mean width of a region's bounds below four ticks of the mean power of these curves (about 100 W). */
	assert_true(course.width / (double)course.regions < 0.4);
}

static void unsettled_bounds_hold(void **state)
{
	(void)state;
	struct course open = check_all(false);
	assert_true(open.regions == 8 * 6 * 6 * 60);
}

/* A trace's bounds close as its counters move on: the same truths, sample by sample, and for the sum. */
static void bounds_of_traces_hold(void **state)
{
	(void)state;
	for (size_t t = 0; t < sizeof ticks / sizeof *ticks; t++) {
		uint64_t seed = 4242 + t;
		virtual_begin(seed);
		unsigned domain =
		    virtual_add(&(struct virtual_spec){ .name = "it", .power = "square 10 200 0.0071", .tick = ticks[t] });
		virtual_cost(500, 20);
		virtual_preempt(50000, 3 * VIRTUAL_MS); /* between a value and its stamp too */
		joules_options options = JOULES_OPTIONS_INIT;
		options.domains = "virtual";
		joules_meter *meter;
		assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
		int64_t at[2001];
		assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
		at[0] = virtual_now();
		for (size_t i = 1; i <= 2000; i++) {
			virtual_advance((int64_t)(draw(&seed) % (i % 100 ? 300000 : 30000000)));
			assert_int_equal(i < 2000 ? joules_meter_record(meter, "x") : joules_meter_stop(meter), JOULES_OK);
			at[i] = virtual_now();
		}
		joules_trace *trace;
		joules_sample *sample = NULL;
		assert_int_equal(joules_meter_trace(meter, &trace), JOULES_OK);
		double width = 0.0;
		for (size_t i = 0; i < 2000; i++) {
			assert_int_equal(joules_trace_sample(trace, i, &sample), JOULES_OK);
			double least = virtual_truth(domain, at[i], at[i + 1] - 60),
			       most = virtual_truth(domain, at[i] - 60, at[i + 1]);
			joules_energy energy = *joules_sample_energy(sample, 0);
			if (!(energy.low <= most + 1e-9 && energy.high >= least - 1e-9))
				fail_msg(
				    "%s, sample %zu: truth %.9f J is not in %.9f … %.9f", ticks[t], i, most, energy.low, energy.high);
			width += energy.high - energy.low;
		}
		/* Without closing each would be 2 kW × the longest tick: 2 J and more at either end. */
		assert_true(width / 2000.0 < 1.5);
		assert_int_equal(joules_trace_sum(trace, NULL, &sample), JOULES_OK);
		assert_true(joules_sample_energy(sample, 0)->low <= virtual_truth(domain, at[0] - 60, at[2000]) + 1e-9);
		assert_true(joules_sample_energy(sample, 0)->high >= virtual_truth(domain, at[0], at[2000] - 60) - 1e-9);
		joules_sample_free(sample);
		joules_trace_unref(trace);
		joules_meter_close(meter);
		virtual_end();
	}
}

/* ---- a second device, whose reads take 5 ms: the first one's values are that old when the reading is stamped ---- */

static joules_status slow_discover(void *context, const joules_options *options, joules_discovery *found)
{
	(void)context;
	(void)options;
	joules_domain domain = JOULES_DOMAIN_INIT;
	domain.name = "slow_0";
	domain.unit_j = 1.0;
	return joules_discovery_add(found, &domain);
}

static joules_status slow_open(
    void *context, const joules_options *options, const joules_domain *const *domains, size_t count, void **state)
{
	(void)context;
	(void)options;
	(void)domains;
	(void)count;
	*state = NULL;
	return JOULES_OK;
}

static void slow_read(void *state, joules_raw *const raw[])
{
	(void)state;
	virtual_advance(5 * VIRTUAL_MS);
	*raw[0] = (joules_raw){ .ok = true };
}

static void slow_close(void *state)
{
	(void)state;
}

static const joules_device_ops slow_ops = { .size = sizeof slow_ops,
	.name = "slow",
	.discover = slow_discover,
	.open = slow_open,
	.read = slow_read,
	.close = slow_close };

static void a_slow_device_widens_the_others_bounds(void **state)
{
	(void)state;
	virtual_begin(11);
	unsigned domain = virtual_add(&(struct virtual_spec){ .name = "it", .power = "constant 1900", .tick = "exact" });
	joules_options options = JOULES_OPTIONS_INIT;
	options.domains = "virtual,slow";
	joules_meter *meter;
	joules_reading *begin, *end;
	joules_sample *sample = NULL;
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
	assert_int_equal(joules_reading_new(meter, &begin), JOULES_OK);
	assert_int_equal(joules_reading_new(meter, &end), JOULES_OK);
	assert_int_equal(joules_read(meter, begin), JOULES_OK);
	int64_t from = virtual_now();
	virtual_power(domain, "constant 0"); /* all that is counted was spent before the stamp */
	virtual_advance(2 * VIRTUAL_MS);
	assert_int_equal(joules_read(meter, end), JOULES_OK);
	assert_int_equal(joules_between(meter, begin, end, &sample), JOULES_OK);
	double truth = virtual_truth(domain, from, virtual_now());
	assert_true(truth < 0.001 && joules_sample_energy(sample, 0)->joules > 9.0);
	assert_true(joules_sample_energy(sample, 0)->low <= truth && truth <= joules_sample_energy(sample, 0)->high);
	joules_sample_free(sample);
	joules_reading_free(begin);
	joules_reading_free(end);
	joules_meter_close(meter);
	virtual_end();
}

/* Thirty days at 500 W, read every half minute: hundreds of wraps, none missed, none invented. */
static void a_month_is_exact(void **state)
{
	(void)state;
	virtual_begin(3);
	unsigned domain = virtual_add(
	    &(struct virtual_spec){ .name = "it", .power = "square 100 900 3600", .tick = "rome", .unit_j = 1.0 / 65536 });
	joules_options options = JOULES_OPTIONS_INIT;
	options.domains = "virtual";
	joules_meter *meter;
	joules_trace *trace;
	joules_sample *sample = NULL;
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
	joules_reading *look;
	assert_int_equal(joules_reading_new(meter, &look), JOULES_OK);
	assert_int_equal(joules_meter_start(meter, "month"), JOULES_OK);
	int64_t from = virtual_now();
	for (int i = 0; i < 30 * 24 * 120; i++) {
		virtual_advance(INT64_C(30000) * VIRTUAL_MS);
		assert_int_equal(joules_read(meter, look), JOULES_OK); /* what the background thread does */
	}
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	int64_t to = virtual_now();
	assert_int_equal(joules_meter_trace(meter, &trace), JOULES_OK);
	assert_int_equal(joules_trace_sample(trace, 0, &sample), JOULES_OK);
	double truth = virtual_truth(domain, from, to);
	assert_true(truth > 1.2e9);
	assert_true(joules_sample_energy(sample, 0)->flags & JOULES_WRAPPED);
	if (!(joules_sample_energy(sample, 0)->joules > truth - 2.0 &&
	        joules_sample_energy(sample, 0)->joules < truth + 2.0))
		fail_msg("%.6f J counted, %.6f J spent", joules_sample_energy(sample, 0)->joules, truth);
	joules_reading_free(look);
	joules_sample_free(sample);
	joules_trace_unref(trace);
	joules_meter_close(meter);
	virtual_end();
}

static int register_machine(void **state)
{
	(void)state;
	return joules_device_register(&virtual_ops, NULL) == JOULES_OK &&
	        joules_device_register(&slow_ops, NULL) == JOULES_OK
	    ? 0
	    : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settled_bounds_hold_and_are_narrow),
		cmocka_unit_test(unsettled_bounds_hold),
		cmocka_unit_test(bounds_of_traces_hold),
		cmocka_unit_test(a_slow_device_widens_the_others_bounds),
		cmocka_unit_test(a_month_is_exact),
	};
	return cmocka_run_group_tests(tests, register_machine, NULL);
}
