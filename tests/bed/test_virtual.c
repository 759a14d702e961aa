/* SPDX-License-Identifier: MIT */
/* The emulated machine's own arithmetic: curves against numeric integration, ticks against what was seen of real
 * counters, and the virtual device read as the library reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#include "curve.h"
#include "tick.h"
#include "virtual.h"

#define UNIT (1.0 / 16384)

/* ---- curves ---- */

static void energy_is_the_integral_of_power(void **state)
{
	(void)state;
	static const char *const texts[] = { "120", "constant 0", "step 20 100 0.7", "square 20 100 0.5",
		"square 20 100 0.5 0.2", "ramp 10 90 1.5", "ramp 90 10 1.5", "sine 80 40 0.9" };
	const int steps = 200000;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct shape shape;
		assert_true(shape_parse(texts[i], &shape));
		double sum = 0;
		for (int k = 0; k < steps; k++)
			sum += shape_power(&shape, (k + 0.5) * 2.0 / steps) * 2.0 / steps;
		assert_true(fabs(sum - shape_energy(&shape, 2)) < 0.005);
	}
}

static void pieces_join_without_a_jump(void **state)
{
	(void)state;
	struct curve curve = { NULL, 0 };
	struct shape first, second;
	assert_true(shape_parse("square 20 100 0.3", &first) && shape_parse("sine 50 10 1", &second));
	assert_true(curve_add(&curve, 0, &first) && curve_add(&curve, 1234567890, &second));
	double before = curve_energy(&curve, 1234567889), at = curve_energy(&curve, 1234567890);
	assert_true(at >= before && at - before < 1e-6);
	assert_true(fabs(curve_energy(&curve, 2234567890) - at - 50) < 1e-9);
	assert_true(fabs(curve_power(&curve, 1234567890) - 50) < 1e-9);
	assert_true(curve_energy(&curve, -5) >= 0 && curve_energy(&curve, -5) <= 0);
	curve_free(&curve);
}

static void nonsense_is_no_curve(void **state)
{
	(void)state;
	static const char *const texts[] = { "", "constant", "-5", "constant 1 2", "square 1 2", "square 1 2 0",
		"sine 10 20 1", "ramp 1 2 x", "wave 1", "nan", "square 1 2 3 4 5", "square 1 2 3 1.5", "12watts" };
	struct shape shape;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_false(shape_parse(texts[i], &shape));
}

/* ---- ticks ---- */

struct seen {
	double mean, deviation, least, most; /* of the intervals, ms */
	double after_another;                /* correlation of neighbours */
};

static struct seen watch(const char *preset, int ticks)
{
	struct tick tick;
	assert_true(tick_preset(preset, 7, &tick));
	struct seen seen = { 0, 0, 1e9, 0, 0 };
	double sum = 0, squares = 0, products = 0, last = (double)NAN;
	int64_t begin = tick_next(&tick, 0), at = begin;
	for (int i = 0; i < ticks; i++) {
		int64_t next = tick_next(&tick, at);
		double interval = (double)(next - at) / 1e6;
		assert_true(next > at);
		assert_true(next - at <= tick_longest(&tick));
		assert_int_equal(tick_last(&tick, next), next);
		assert_int_equal(tick_last(&tick, next - 1), at);
		sum += interval;
		squares += interval * interval;
		products += i > 0 ? interval * last : 0;
		seen.least = fmin(seen.least, interval);
		seen.most = fmax(seen.most, interval);
		last = interval;
		at = next;
	}
	seen.mean = sum / ticks;
	seen.deviation = sqrt(squares / ticks - seen.mean * seen.mean);
	seen.after_another = (products / (ticks - 1) - seen.mean * seen.mean) / (seen.deviation * seen.deviation);
	return seen;
}

static bool near(double value, double expected, double tolerance)
{
	return fabs(value - expected) <= tolerance;
}

/* Expected: mean, standard deviation and lag-1 correlation of the published traces that tick.c names. */
static void ticks_look_like_the_real_ones(void **state)
{
	(void)state;
	struct seen rome = watch("rome", 50000), bdw = watch("bdw", 50000), icx = watch("icx", 50000),
	            knl = watch("knl", 50000);
	struct seen dram = watch("bdw-dram", 50000), doubled = watch("knl-dram", 50000);
	assert_true(
	    near(rome.mean, 1.00001, 1e-5) && near(rome.deviation, 0.0032, 0.001) && near(rome.after_another, -0.5, 0.03));
	assert_true(
	    near(bdw.mean, 1.0009, 1e-4) && near(bdw.deviation, 0.042, 0.004) && near(bdw.after_another, -0.45, 0.07));
	assert_true(
	    near(icx.mean, 0.9998, 1e-3) && near(icx.deviation, 0.270, 0.03) && near(icx.after_another, -0.41, 0.05));
	assert_true(icx.least > 0.55 && icx.least < 0.7 && icx.most > 1.6 && icx.most < 2.9);
	assert_true(near(knl.mean, 1.0010, 1e-4) && near(knl.deviation, 0.028, 0.004));
	assert_true(near(dram.mean, 1.0077, 1e-3) && near(dram.deviation, 0.095, 0.015) && dram.most > 1.8);
	assert_true(near(doubled.mean, 0.966, 0.01) && near(doubled.deviation, 0.25, 0.03) && doubled.least < 0.006);
}

static void a_seed_decides_everything(void **state)
{
	(void)state;
	struct tick first, same, other;
	assert_true(tick_preset("icx", 1, &first) && tick_preset("icx", 1, &same) && tick_preset("icx", 2, &other));
	assert_int_equal(tick_last(&first, 987654321), tick_last(&same, 987654321));
	assert_int_not_equal(tick_last(&first, 987654321), tick_last(&other, 987654321));
	assert_false(tick_preset("no such tick", 1, &first));
}

/* ---- the virtual device ---- */

static void *open_all(const char *const *names, size_t count)
{
	joules_domain domains[VIRTUAL_MOST];
	const joules_domain *pointers[VIRTUAL_MOST];
	const joules_domain empty = JOULES_DOMAIN_INIT;
	const joules_options options = JOULES_OPTIONS_INIT;
	void *opened = NULL;
	for (size_t i = 0; i < count; i++) {
		domains[i] = empty;
		domains[i].name = names[i];
		pointers[i] = &domains[i];
	}
	assert_int_equal(virtual_ops.open(NULL, &options, pointers, count, &opened), JOULES_OK);
	return opened;
}

static joules_raw read_of(void *opened)
{
	joules_raw raw[VIRTUAL_MOST], *pointers[VIRTUAL_MOST];
	for (size_t i = 0; i < VIRTUAL_MOST; i++)
		pointers[i] = &raw[i];
	virtual_ops.read(opened, pointers);
	return raw[0];
}

static int begin(void **state)
{
	(void)state;
	virtual_begin(3);
	return 0;
}

static int end(void **state)
{
	(void)state;
	virtual_end();
	return 0;
}

static void time_passes_only_on_request(void **state)
{
	(void)state;
	int64_t at = clock_monotonic_ns();
	assert_int_equal(clock_monotonic_ns(), at);
	clock_sleep_ns(5 * VIRTUAL_MS);
	virtual_advance(7);
	assert_int_equal(clock_monotonic_ns(), at + 5 * VIRTUAL_MS + 7);
	int64_t apart = clock_boottime_ns() - clock_monotonic_ns();
	virtual_cost(2000, 30);
	assert_int_equal(clock_monotonic_ns(), at + 5 * VIRTUAL_MS + 37);
	virtual_suspend(1000 * VIRTUAL_MS, 5);
	virtual_cost(0, 0);
	assert_int_equal(clock_boottime_ns() - clock_monotonic_ns() - apart, 1000 * VIRTUAL_MS);
}

/* The counter shows the energy up to its last tick, to one unit, for any curve. */
static void the_counter_follows_the_truth(void **state)
{
	(void)state;
	unsigned pkg =
	    virtual_add(&(struct virtual_spec){ .name = "package_0", .power = "square 20 100 0.013", .tick = "icx" });
	void *opened = open_all((const char *const[]){ "package_0" }, 1);
	int64_t begin_ns = virtual_next_tick(pkg, virtual_now());
	virtual_advance(begin_ns - virtual_now());
	uint64_t first = read_of(opened).count;
	int64_t last_tick = begin_ns;
	for (int i = 0; i < 20000; i++) {
		virtual_advance(137000 + i % 777);
		while (virtual_next_tick(pkg, last_tick) <= virtual_now())
			last_tick = virtual_next_tick(pkg, last_tick);
		double shown = (double)(read_of(opened).count - first) * UNIT;
		assert_true(fabs(shown - virtual_truth(pkg, begin_ns, last_tick)) <= UNIT * 1.001);
	}
	virtual_ops.close(opened);
}

static void it_wraps_where_it_was_told_to(void **state)
{
	(void)state;
	unsigned pkg =
	    virtual_add(&(struct virtual_spec){ .name = "p", .power = "100", .tick = "none", .wrap_after_j = 50 });
	void *opened = open_all((const char *const[]){ "p" }, 1);
	virtual_advance(499 * VIRTUAL_MS);
	uint64_t before = read_of(opened).count;
	virtual_advance(2 * VIRTUAL_MS);
	uint64_t after = read_of(opened).count;
	assert_true(before > after);
	assert_true(fabs((double)((after - before) & UINT32_MAX) * UNIT - 0.2) <= 2 * UNIT);
	assert_true(near(virtual_truth(pkg, virtual_now() - 501 * VIRTUAL_MS, virtual_now()), 50.1, 1e-9));
	virtual_ops.close(opened);
}

static void it_misbehaves_on_request(void **state)
{
	(void)state;
	unsigned pkg = virtual_add(&(struct virtual_spec){ .name = "p", .power = "100", .tick = "none" });
	void *opened = open_all((const char *const[]){ "p" }, 1);
	virtual_freeze(pkg);
	uint64_t frozen = read_of(opened).count;
	virtual_advance(100 * VIRTUAL_MS);
	assert_int_equal(read_of(opened).count, frozen);
	virtual_thaw(pkg);
	virtual_advance(100 * VIRTUAL_MS);
	assert_true(near((double)(read_of(opened).count - frozen) * UNIT, 10, 2 * UNIT));
	virtual_step(pkg, -4);
	assert_true(near((double)(read_of(opened).count - frozen) * UNIT, 6, 3 * UNIT));
	virtual_reset(pkg, 0);
	assert_int_equal(read_of(opened).count, 0);
	virtual_power(pkg, "1000");
	virtual_advance(100 * VIRTUAL_MS);
	assert_true(near((double)read_of(opened).count * UNIT, 100, 2 * UNIT));
	virtual_ops.close(opened);
}

static void reads_fail_from_the_kth_on(void **state)
{
	(void)state;
	unsigned pkg = virtual_add(&(struct virtual_spec){ .name = "p" });
	void *opened = open_all((const char *const[]){ "p" }, 1);
	virtual_fail(pkg, EIO, 3, 2);
	static const bool good[] = { true, true, false, false, true, true };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		joules_raw raw = read_of(opened);
		assert_int_equal(raw.ok, good[i]);
		assert_int_equal(raw.error, good[i] ? 0 : EIO);
	}
	virtual_fail(VIRTUAL_ALL, ENODATA, 1, 0);
	assert_int_equal(read_of(opened).error, ENODATA);
	assert_int_equal(virtual_reads(), 7);
	virtual_ops.close(opened);
}

static void a_read_takes_the_time_that_it_costs(void **state)
{
	(void)state;
	virtual_add(&(struct virtual_spec){ .name = "a" });
	virtual_add(&(struct virtual_spec){ .name = "b" });
	void *opened = open_all((const char *const[]){ "b", "a" }, 2);
	virtual_cost(1501, 0);
	int64_t at = virtual_now();
	read_of(opened);
	assert_int_equal(virtual_now() - at, 2 * 1501);
	virtual_preempt(1000000, 9000);
	at = virtual_now();
	read_of(opened);
	assert_int_equal(virtual_now() - at, 2 * (1501 + 9000));
	virtual_ops.close(opened);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(energy_is_the_integral_of_power),
		cmocka_unit_test(pieces_join_without_a_jump),
		cmocka_unit_test(nonsense_is_no_curve),
		cmocka_unit_test(ticks_look_like_the_real_ones),
		cmocka_unit_test(a_seed_decides_everything),
		cmocka_unit_test_setup_teardown(time_passes_only_on_request, begin, end),
		cmocka_unit_test_setup_teardown(the_counter_follows_the_truth, begin, end),
		cmocka_unit_test_setup_teardown(it_wraps_where_it_was_told_to, begin, end),
		cmocka_unit_test_setup_teardown(it_misbehaves_on_request, begin, end),
		cmocka_unit_test_setup_teardown(reads_fail_from_the_kth_on, begin, end),
		cmocka_unit_test_setup_teardown(a_read_takes_the_time_that_it_costs, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
