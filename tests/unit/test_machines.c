/* SPDX-License-Identifier: MIT */
/* Random machines, random events, each with its truth: whatever happens, low … high holds what was really spent, and no
 * value is wrong without a word. The same seeds give the same machines. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <joules/joules.h>

#include "tick.h"
#include "virtual.h"

#define SECOND (1000 * VIRTUAL_MS)

enum { MOST_DOMAINS = 8, MOST_SAMPLES = 400, READINGS = 4, STEPS = 160 };

/* What a machine does to its counters. */
enum event { GLITCH, JUMP, FAIL, RESET, SLEEP, GAP, FREEZE, EVENTS };
enum temper { HEALTHY, SLOW, LYING };

struct part {
	struct virtual_spec spec;
	char name[32], package[32];
	unsigned number;
	int doctored; /* each event may cost it a fraction of a unit */
	bool was_reset;
};

static struct {
	uint64_t seed, drawn;
	enum temper temper;
	bool settles; /* at each reading */
	size_t count;
	struct part parts[MOST_DOMAINS];
	joules_meter *meter;
	joules_sample *sample;
	int64_t begins[MOST_SAMPLES], ends[MOST_SAMPLES]; /* of the trace's samples */
	size_t samples;
	joules_reading *readings[READINGS];
	int64_t stamps[READINGS];
} machine;

static uint64_t draw(uint64_t below)
{
	return bed_hash(machine.seed, machine.drawn++) % below;
}

/* As likely between 1 and 10 as between 10 and 100. */
static double draw_between(double least, double most)
{
	uint64_t drawn = draw(1000001);
	return least * pow(most / least, (double)drawn * 1e-6);
}

static void pass(double least_s, double most_s)
{
	virtual_advance((int64_t)(draw_between(least_s, most_s) * 1e9));
}

/* ---- the machine ---- */

/* Some power of its part, and ticks as real ones have them. A slow machine is one whose host hides that it is there. */
static void add_part(const char *word, int package, joules_part kind, double least_w, double most_w)
{
	static const char *const ticks[] = { "exact", "rome", "bdw", "bdw-dram", "knl", "knl-dram", "icx", "icx-dram" };
	static const char *const slow_ticks[] = { "nvml", "vmsr" };
	static const char *const powers[] = { "constant 80", "constant 150", "step 5 400 3.013", "square 20 100 0.0031",
		"ramp 1 300 5", "sine 80 79 0.7", "square 1 300 1.3", "constant 500" };
	struct part *part = &machine.parts[machine.count++];
	*part = (struct part){ .spec = { .part = kind, .least_power_w = least_w, .max_power_w = most_w } };
	(void)snprintf(part->name, sizeof part->name, "%s_%d", word, package);
	(void)snprintf(part->package, sizeof part->package, "package_%d", package);
	part->spec.name = part->name;
	if (kind != JOULES_PART_PLATFORM)
		part->spec.package = part->package;
	if (kind == JOULES_PART_CORE)
		part->spec.parent = part->package;
	part->spec.power = kind == JOULES_PART_CORE && draw(3) == 0 ? "constant 0" : powers[draw(8)];
	part->spec.said_tick = "icx";
	part->spec.tick = machine.temper == SLOW ? slow_ticks[machine.seed % 2] : ticks[draw(8)];
	part->spec.kind = draw(5) == 0 ? JOULES_KIND_JOULES : JOULES_KIND_COUNTER;
	if (machine.temper != LYING && part->spec.kind == JOULES_KIND_COUNTER && draw(3) == 0)
		part->spec.wrap_after_j = draw_between(0.1, 100.0);
	part->number = virtual_add(&part->spec);
}

static void build(enum temper temper, uint64_t seed)
{
	memset(&machine, 0, sizeof machine);
	machine.seed = seed;
	machine.temper = temper;
	machine.settles = temper == SLOW || draw(3) == 0;
	virtual_begin(seed);
	for (int i = 0, packages = 1 + (int)draw(2); i < packages; i++) {
		add_part("package", i, JOULES_PART_PACKAGE, 0.1, 600);
		if (draw(2) == 0)
			add_part("core", i, JOULES_PART_CORE, 0, 600);
		if (draw(2) == 0)
			add_part("dram", i, JOULES_PART_DRAM, 0.02, 1000);
	}
	if (draw(3) == 0)
		add_part("psys", 0, JOULES_PART_PLATFORM, 5, 20000);
	virtual_cost((int64_t)(draw_between(1e-7, 3e-5) * 1e9), 0);
	joules_options options = JOULES_OPTIONS_INIT;
	options.domains = "virtual";
	assert_int_equal(joules_meter_open(&machine.meter, &options), JOULES_OK);
	for (size_t i = 0; i < READINGS; i++)
		assert_int_equal(joules_reading_new(machine.meter, &machine.readings[i]), JOULES_OK);
}

static void leave(void)
{
	for (size_t i = 0; i < READINGS; i++)
		joules_reading_free(machine.readings[i]);
	joules_sample_free(machine.sample);
	joules_meter_close(machine.meter);
	virtual_end();
}

/* ---- what is certain of a value ---- */

static double truth(size_t domain, int64_t begin_ns, int64_t end_ns)
{
	return virtual_truth(machine.parts[domain].number, begin_ns, end_ns);
}

static double rounding(size_t domain, double joules)
{
	return 1e-8 + joules * 1e-9 + machine.parts[domain].doctored / 16384.0;
}

static void expect_honest(size_t domain, const joules_energy *energy, double joules)
{
	bool partial = energy->flags & JOULES_PARTIAL, invalid = energy->flags & JOULES_INVALID;
	double doubt = rounding(domain, joules);
	bool honest = invalid ? isnan(energy->joules) && isnan(energy->low) && isnan(energy->high)
	                      : energy->low <= energy->joules && energy->low <= joules + doubt;
	if (!invalid && partial)
		honest &= isnan(energy->high);
	else if (!invalid)
		honest &= energy->joules <= energy->high && energy->high >= joules - doubt;
	if (partial || invalid)
		honest &= energy->reason != JOULES_REASON_NONE && machine.temper == LYING;
	if (!honest)
		fail_msg("machine %llu of temper %d: %s: %g J are not in %g [%g … %g], flags %u, reason %d",
		    (unsigned long long)machine.seed, (int)machine.temper, machine.parts[domain].name, joules, energy->joules,
		    energy->low, energy->high, energy->flags, (int)energy->reason);
}

static void expect_honest_sample(int64_t begin_ns, int64_t end_ns)
{
	double joules = 0.0, doubt = 0.0;
	bool all = true;
	for (size_t i = 0; i < machine.count; i++) {
		const joules_energy *energy = joules_sample_energy(machine.sample, i);
		expect_honest(i, energy, truth(i, begin_ns, end_ns));
		if (!machine.sample->domains[i]->in_total)
			continue;
		joules += truth(i, begin_ns, end_ns);
		doubt += rounding(i, joules);
		all &= !(energy->flags & (JOULES_PARTIAL | JOULES_INVALID));
	}
	const joules_energy *total = joules_sample_total(machine.sample, NULL);
	assert_true(isnan(total->joules) || total->low <= joules + doubt);
	assert_true(isnan(total->high) ? !all : all && total->high >= joules - doubt);
}

/* Of the whole trace: pieces that need not follow each other. */
static void expect_honest_trace(void)
{
	joules_trace *trace;
	assert_int_equal(joules_meter_trace(machine.meter, &trace), JOULES_OK);
	assert_int_equal(joules_trace_count(trace), machine.samples);
	for (size_t i = 0; i < machine.samples; i++) {
		assert_int_equal(joules_trace_sample(trace, i, &machine.sample), JOULES_OK);
		expect_honest_sample(machine.begins[i], machine.ends[i]);
	}
	assert_int_equal(joules_trace_sum(trace, NULL, &machine.sample), JOULES_OK);
	for (size_t d = 0; d < machine.count; d++) {
		double joules = 0.0;
		for (size_t i = 0; i < machine.samples; i++)
			joules += truth(d, machine.begins[i], machine.ends[i]);
		expect_honest(d, joules_sample_energy(machine.sample, d), joules);
	}
	joules_trace_unref(trace);
}

/* ---- what a program does ---- */

static void settle_perhaps(uint64_t seldom)
{
	if (machine.settles || draw(seldom) == 0)
		assert_int_equal(joules_meter_settle(machine.meter, JOULES_UNTIL_SETTLED), JOULES_OK);
}

static void begin_sample(void)
{
	joules_status status =
	    machine.samples ? joules_meter_resume(machine.meter, "x") : joules_meter_start(machine.meter, "x");
	assert_int_equal(status, JOULES_OK);
	machine.begins[machine.samples] = virtual_now(); /* the stamp: looks at the clock take no time */
	settle_perhaps(3);
}

static void end_sample(bool stop)
{
	joules_status status = stop ? joules_meter_stop(machine.meter) : joules_meter_record(machine.meter, "x");
	assert_int_equal(status, JOULES_OK);
	machine.ends[machine.samples++] = virtual_now();
	machine.begins[machine.samples] = virtual_now();
	settle_perhaps(stop ? 2 : 5);
}

static void take_reading(void)
{
	size_t i = draw(READINGS);
	assert_int_equal(joules_read(machine.meter, machine.readings[i]), JOULES_OK);
	machine.stamps[i] = virtual_now();
	if (machine.settles || draw(4) == 0)
		assert_int_equal(joules_settle(machine.meter, machine.readings[i], JOULES_UNTIL_SETTLED), JOULES_OK);
}

static void compare_readings(void)
{
	size_t i = draw(READINGS), j = draw(READINGS);
	if (!machine.stamps[i] || machine.stamps[i] > machine.stamps[j])
		return;
	assert_int_equal(
	    joules_between(machine.meter, machine.readings[i], machine.readings[j], &machine.sample), JOULES_OK);
	expect_honest_sample(machine.stamps[i], machine.stamps[j]);
}

/* ---- what a machine does, so that reads can see it ---- */

/* No jump is wider than half of a range: a register cannot show it. */
static double implausible_j(const struct part *part, double seconds)
{
	return part->spec.max_power_w * (5.0 + seconds);
}

static void misbehave(enum event event, struct part *part)
{
	double seconds = draw_between(1e-5, 0.3);
	part->doctored += 2;
	switch (event) {
	case GLITCH: /* one read sees it */
		take_reading();
		virtual_advance(5 * VIRTUAL_MS);
		take_reading();
		virtual_step(part->number, implausible_j(part, seconds));
		virtual_advance((int64_t)(seconds * 1e9));
		assert_int_equal(joules_read(machine.meter, machine.readings[0]), JOULES_OK);
		machine.stamps[0] = virtual_now();
		virtual_step(part->number, -implausible_j(part, seconds));
		break;
	case JUMP:
		take_reading();
		virtual_advance(5 * VIRTUAL_MS);
		take_reading();
		virtual_step(part->number, implausible_j(part, 0.0));
		break;
	case FAIL:
		virtual_fail(draw(4) == 0 ? VIRTUAL_ALL : part->number, EIO, 1 + draw(20), 1 + draw(6));
		break;
	case RESET: /* what was counted before is more than what comes until the next read */
		take_reading();
		if (!part->was_reset)
			virtual_reset(part->number, draw(1000));
		part->was_reset = true;
		pass(1e-5, 0.01);
		break;
	case SLEEP:
		virtual_suspend((int64_t)(draw_between(0.01, 1e5) * 1e9), draw(100000));
		break;
	case GAP:
		pass(1.0, 1e5);
		break;
	case FREEZE: /* for so long that two reads can tell */
		if (part->spec.least_power_w <= 0.0)
			return;
		take_reading();
		virtual_freeze(part->number);
		take_reading();
		virtual_advance(2 * SECOND);
		take_reading();
		pass(1e-3, 2.0);
		take_reading();
		virtual_thaw(part->number);
		break;
	case EVENTS:
	default:
		return;
	}
	take_reading();
}

static void live(enum temper temper, uint64_t seed)
{
	build(temper, seed);
	/* One kind of lie for each machine: together some of them cannot be told. */
	uint64_t event = draw(EVENTS);
	begin_sample();
	for (int i = 0; i < STEPS && machine.samples + 2 < MOST_SAMPLES; i++) {
		if (draw(8) == 0)
			pass(0.01, 3.0);
		else
			pass(1e-6, 0.02);
		if (temper == LYING && draw(15) == 0)
			misbehave((enum event)event, &machine.parts[draw(machine.count)]);
		switch (draw(6)) {
		case 0:
			end_sample(true);
			expect_honest_trace();
			begin_sample();
			break;
		case 1:
		case 2:
			end_sample(false);
			break;
		case 3:
		case 4:
			take_reading();
			break;
		default:
			compare_readings();
			break;
		}
	}
	end_sample(true);
	expect_honest_trace();
	leave();
}

static void a_healthy_machine_is_measured(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++)
		live(HEALTHY, seed);
}

static void a_slow_machine_is_measured(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++)
		live(SLOW, seed);
}

static void a_lying_machine_is_found_out(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 100; seed++)
		live(LYING, seed);
}

int main(void)
{
	if (joules_device_register(&virtual_ops, NULL) != JOULES_OK)
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_healthy_machine_is_measured),
		cmocka_unit_test(a_slow_machine_is_measured),
		cmocka_unit_test(a_lying_machine_is_found_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
