/* SPDX-License-Identifier: MIT */
/* The estimate: its table, its arithmetic against figures worked out by hand, its bands, and the device on fake roots.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/clock.h"
#include "devices/estimate/estimate.h"
#include "fake_root.h"

#define assert_near(value, expected) assert_near_at((value), (expected), __FILE__, __LINE__)

static void assert_near_at(double value, double expected, const char *file, int line)
{
	if (fabs(value - expected) <= 1e-9 * fabs(expected) + 1e-15)
		return;
	print_error("%.12g is not %.12g\n", value, expected);
	_fail(file, line);
}

static const struct cpu genoa = { .vendor = CPU_AMD, .family = 0x19, .model = 0x11, .threads = 2 };
static const struct cpu genoa_guest = {
	.vendor = CPU_AMD, .family = 0x19, .model = 0x11, .threads = 2, .is_virtual = true
};
static const struct cpu haswell = { .vendor = CPU_INTEL, .family = 6, .model = 0x3f, .threads = 1 };
static const struct cpu laptop = { .vendor = CPU_INTEL, .family = 6, .model = 0x9a, .threads = 1 };

/* Ticks of 10 ms, read at that moment, in no time, of a file without cpuN lines. */
static struct estimate_reading reading_at(double seconds, uint64_t busy, uint64_t idle)
{
	int64_t ns = (int64_t)(seconds * 1e9);
	return (struct estimate_reading){ { busy, idle, 0, 0 }, ns, ns };
}

static joules_energy energy_between(const struct estimate_model *model, double seconds, uint64_t busy, uint64_t idle)
{
	struct estimate_reading begin = reading_at(3.0, 5000, 7000);
	struct estimate_reading end = reading_at(3.0 + seconds, 5000 + busy, 7000 + idle);
	return estimate_energy(model, &begin, &end, seconds, 100.0);
}

/* ticks of busy and idle in ten seconds */
static joules_energy energy_of(const struct estimate_model *model, uint64_t busy, uint64_t idle)
{
	return energy_between(model, 10.0, busy, idle);
}

/* ---- the table ---- */

static void assert_family(enum cpu_vendor vendor, unsigned family, unsigned model, unsigned stepping, const char *name)
{
	struct cpu cpu = { .vendor = vendor, .family = family, .model = model, .stepping = stepping };
	const struct estimate_family *found = estimate_family_of(&cpu);
	if (name)
		assert_string_equal(found->name, name);
	else
		assert_null(found->name);
}

static void test_families(void **state)
{
	(void)state;
	assert_family(CPU_AMD, 0x17, 0x01, 2, "EPYC 7xx1 (Zen)");
	assert_family(CPU_AMD, 0x17, 0x31, 0, "EPYC 7xx2 (Zen 2)");
	assert_family(CPU_AMD, 0x19, 0x01, 1, "EPYC 7xx3 (Zen 3)");
	assert_family(CPU_AMD, 0x19, 0x11, 1, "EPYC 9xx4 (Zen 4)");
	assert_family(CPU_AMD, 0x19, 0xa0, 2, "EPYC 9xx4/8xx4 (Zen 4c)");
	assert_family(CPU_AMD, 0x1a, 0x02, 1, "EPYC 9xx5 (Zen 5)");
	assert_family(CPU_AMD, 0x1a, 0x11, 0, "EPYC 9xx5 (Zen 5)");
	assert_family(CPU_INTEL, 6, 0x2d, 7, "Xeon E5 (Sandy Bridge)");
	assert_family(CPU_INTEL, 6, 0x3f, 2, "Xeon E5 v3 (Haswell)");
	assert_family(CPU_INTEL, 6, 0x4f, 1, "Xeon E5 v4 (Broadwell)");
	assert_family(CPU_INTEL, 6, 0x55, 4, "Xeon Scalable (Skylake)");
	assert_family(CPU_INTEL, 6, 0x55, 7, "Xeon Scalable 2 (Cascade Lake)");
	assert_family(CPU_INTEL, 6, 0x55, 11, "Xeon Scalable 3 (Cooper Lake)");
	assert_family(CPU_INTEL, 6, 0x6a, 6, "Xeon Scalable 3 (Ice Lake)");
	assert_family(CPU_INTEL, 6, 0x8f, 8, "Xeon Scalable 4 (Sapphire Rapids)");
	assert_family(CPU_INTEL, 6, 0xcf, 2, "Xeon Scalable 5 (Emerald Rapids)");
	assert_family(CPU_INTEL, 6, 0xad, 1, "Xeon 6 P (Granite Rapids)");
	assert_family(CPU_INTEL, 6, 0xaf, 3, "Xeon 6 E (Sierra Forest)");
	/* clients, other vendors, other families with the same model number */
	assert_family(CPU_AMD, 0x19, 0x21, 0, NULL);
	assert_family(CPU_AMD, 0x17, 0x71, 0, NULL);
	assert_family(CPU_INTEL, 6, 0x9e, 0, NULL);
	assert_family(CPU_INTEL, 15, 0x55, 4, NULL);
	assert_family(CPU_HYGON, 0x18, 0x01, 0, NULL);
	assert_family(CPU_OTHER, 0, 0, 0, NULL);
}

static void test_neoverse_n1_is_altra_but_not_on_amazon(void **state)
{
	(void)state;
	struct cpu cpu = { .vendor = CPU_ARM, .implementer = 0x41, .part = 0xd0c, .maker = "GIGABYTE" };
	assert_string_equal(estimate_family_of(&cpu)->name, "Ampere Altra (Neoverse N1)");
	assert_ptr_equal(estimate_family_of(&cpu)->curve, estimate_curve_mean);
	strcpy(cpu.maker, "Amazon EC2");
	assert_null(estimate_family_of(&cpu)->name);
	cpu = (struct cpu){ .vendor = CPU_ARM, .implementer = 0xc0, .part = 0xd0c };
	assert_null(estimate_family_of(&cpu)->name);
}

static void test_unknown_family_has_the_median_of_the_table(void **state)
{
	(void)state;
	struct estimate_model model = estimate_model_of_table(&laptop);
	assert_near(model.idle_w.median, 0.62);
	assert_near(model.full_w.median, 2.91);
	assert_ptr_equal(model.curve, estimate_curve_mean);
}

/* ---- the curves ---- */

static void test_curves_rise_from_0_to_1(void **state)
{
	(void)state;
	static const double *const curves[] = { estimate_curve_intel, estimate_curve_amd, estimate_curve_mean };
	for (size_t i = 0; i < 3; i++) {
		double before = 0.0;
		assert_near(estimate_curve_at(curves[i], 0.0), 0.0);
		for (int step = 1; step <= 1000; step++) {
			double share = estimate_curve_at(curves[i], step / 1000.0);
			assert_true(share > before);
			before = share;
		}
		assert_near(before, 1.0);
	}
}

static void test_curve_between_and_beyond_its_points(void **state)
{
	(void)state;
	assert_near(estimate_curve_at(estimate_curve_intel, 0.25), 0.25); /* between 0.22 and 0.28 */
	assert_near(estimate_curve_at(estimate_curve_amd, 0.05), 0.125);
	assert_near(estimate_curve_at(estimate_curve_amd, 1.5), 1.0);
	assert_near(estimate_curve_at(estimate_curve_amd, -0.5), 0.0);
	assert_near(estimate_curve_at(estimate_curve_amd, (double)NAN), 0.0);
	for (int point = 0; point < CURVE_POINTS; point++)
		assert_near(estimate_curve_mean[point], (estimate_curve_intel[point] + estimate_curve_amd[point]) / 2.0);
}

/* ---- values and bands; Zen 4: idle 0.33 [0.22 – 1.08], full 1.66 [1.28 – 2.69] W for each of 2 threads, half the time
 * busy: share 0.55
 * ---- */

static void test_known_family_on_a_bare_machine(void **state)
{
	(void)state;
	struct estimate_model model = estimate_model_of_table(&genoa);
	joules_energy energy = energy_of(&model, 1000, 1000);
	assert_near(energy.joules, 21.23); /* 10 s × (0.66 + 2.66 × 0.55) W */
	assert_near(energy.low, 16.06);    /* 10 s × (0.44 + 2.12 × 0.55) W */
	assert_near(energy.high, 39.31);   /* 10 s × (2.16 + 3.22 × 0.55) W */
	assert_int_equal(energy.flags, 0);
}

/* Haswell: full 3.81 [3.68 – 4.23] W, tighter than ±15 % */
static void test_bare_band_is_never_tighter_than_15_percent(void **state)
{
	(void)state;
	struct estimate_model model = estimate_model_of_table(&haswell);
	joules_energy energy = energy_of(&model, 1000, 0);
	assert_near(energy.joules, 38.1);
	assert_near(energy.low, 38.1 * 0.85);
	assert_near(energy.high, 38.1 * 1.15);
}

static void test_guest_band_is_never_tighter_than_50_percent(void **state)
{
	(void)state;
	struct estimate_model model = estimate_model_of_table(&genoa_guest);
	joules_energy energy = energy_of(&model, 1000, 1000);
	assert_near(energy.joules, 21.23);
	assert_near(energy.low, 10.615);
	assert_near(energy.high, 39.31); /* the family's own end is wider */
	energy = energy_of(&model, 2000, 0);
	assert_near(energy.joules, 33.2);
	assert_near(energy.low, 16.6);
	assert_near(energy.high, 53.8);
}

static void test_unknown_family_is_a_factor_of_two_and_a_half(void **state)
{
	(void)state;
	struct cpu guest = laptop;
	guest.is_virtual = true;
	struct estimate_model models[] = { estimate_model_of_table(&laptop), estimate_model_of_table(&guest) };
	for (size_t i = 0; i < 2; i++) {
		joules_energy energy = energy_of(&models[i], 500, 500);
		assert_near(energy.joules, 10.0 * (0.62 + 2.29 * 0.48)); /* the mean of 0.41 and 0.55 */
		assert_near(energy.low, energy.joules / 2.5);
		assert_near(energy.high, energy.joules * 2.5);
	}
}

static void test_few_busy_ticks_leave_all_open(void **state)
{
	(void)state;
	struct estimate_model model = estimate_model_of_table(&genoa);
	joules_energy energy = energy_of(&model, 9, 1991);
	assert_near(
	    energy.joules, 10.0 * (0.66 + 2.66 * 0.25 * 0.045)); /* 0.45 % busy: 4.5 % of the way to the first point */
	assert_near(energy.low, 4.4);                            /* idle at the 10th percentile */
	assert_near(energy.high, 53.8);                          /* full load at the 90th */
	energy = energy_of(&model, 10, 1990);
	assert_true(energy.high < 30.0);

	struct estimate_model guest = estimate_model_of_table(&genoa_guest);
	energy = energy_of(&guest, 0, 2000);
	assert_near(energy.joules, 6.6);
	assert_near(energy.low, 3.3); /* never tighter than the guest's ±50 % */
	assert_near(energy.high, 53.8);

	struct estimate_model unknown = estimate_model_of_table(&laptop);
	energy = energy_of(&unknown, 0, 1000);
	assert_near(energy.low, 6.2 / 2.5);
	assert_near(energy.high, 29.1 * 2.5);
}

/* Not a tick, neither busy nor idle: one of the two threads is what runs. */
static void test_no_tick_at_all_is_one_busy_thread(void **state)
{
	(void)state;
	struct estimate_model model = estimate_model_of_table(&genoa);
	joules_energy energy = energy_between(&model, 0.004, 0, 0);
	assert_near(energy.joules, 0.004 * 2.123);
	assert_near(energy.low, 0.004 * 0.44);
	assert_near(energy.high, 0.004 * 5.38);
	assert_int_equal(energy.flags, JOULES_BELOW_TICK);
}

static void test_below_tick_is_less_than_two_ticks(void **state)
{
	(void)state;
	struct estimate_model model = estimate_model_of_table(&genoa);
	assert_int_equal(energy_between(&model, 0.0199, 2, 2).flags, JOULES_BELOW_TICK);
	assert_int_equal(energy_between(&model, 0.0201, 2, 2).flags, 0);
}

static void test_no_time_is_no_energy(void **state)
{
	(void)state;
	struct estimate_model model = estimate_model_of_table(&genoa);
	joules_energy energy = energy_between(&model, 0.0, 1, 0);
	assert_true(energy.joules == 0.0 && energy.low == 0.0 && energy.high == 0.0);
	assert_int_equal(energy.flags, JOULES_BELOW_TICK);
}

static void assert_invalid(joules_energy energy)
{
	assert_true(isnan(energy.joules) && isnan(energy.low) && isnan(energy.high));
	assert_int_equal(energy.flags, JOULES_INVALID);
}

static void test_backward_is_invalid(void **state)
{
	(void)state;
	struct estimate_model model = estimate_model_of_table(&genoa);
	struct estimate_reading begin = reading_at(5.0, 100, 100);
	static const struct {
		double seconds;
		uint64_t busy, idle;
	} bad[] = { { 1.0, 99, 200 }, { 1.0, 200, 90 }, { -1.0, 200, 200 }, { -5.0, 100, 100 } };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct estimate_reading end = reading_at(5.0 + bad[i].seconds, bad[i].busy, bad[i].idle);
		assert_invalid(estimate_energy(&model, &begin, &end, bad[i].seconds, 100.0));
	}
	struct estimate_reading end = reading_at(6.0, 200, 200);
	assert_invalid(estimate_energy(&model, &begin, &end, (double)NAN, 100.0));
	/* the kernel takes back a tick of iowait a CPU: not a reset */
	end = reading_at(6.0, 300, 98);
	assert_near(estimate_energy(&model, &begin, &end, 1.0, 100.0).joules, 3.32);
}

/* ---- counts that do not fit the time ---- */

/* On two threads, in ten seconds: 2 × (1000 + 1) + 2 ticks of each kind, and twice that of all. */
static void test_the_most_ticks_that_can_be(void **state)
{
	(void)state;
	struct estimate_model model = estimate_model_of_table(&genoa);
	static const struct {
		uint64_t busy, idle, steal;
		bool possible;
	} cases[] = {
		{ 2004, 0, 0, true },
		{ 2005, 0, 0, false },
		{ 0, 2004, 0, true },
		{ 0, 2005, 0, false },
		{ 0, 0, 2004, true },
		{ 0, 0, 2005, false },
		{ 1400, 1300, 1308, true },
		{ 1400, 1300, 1309, false },
		{ UINT64_MAX / 4, 0, 0, false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct estimate_reading begin = reading_at(0.0, 7, 7), end = begin;
		end.before_ns = end.after_ns = 10000000000;
		end.time.busy += cases[i].busy;
		end.time.idle += cases[i].idle;
		end.time.steal += cases[i].steal;
		joules_energy energy = estimate_energy(&model, &begin, &end, 10.0, 100.0);
		if (!cases[i].possible)
			assert_invalid(energy);
		else
			assert_false(energy.flags & JOULES_INVALID);
	}
}

/* What fits in is counted from before the first read to after the second: either may have been kept waiting. */
static void test_time_is_from_outer_end_to_outer_end(void **state)
{
	(void)state;
	struct estimate_model model = estimate_model_of_table(&genoa);
	struct estimate_reading begin = reading_at(2.0, 0, 0), end = reading_at(3.0, 240, 0);
	assert_invalid(estimate_energy(&model, &begin, &end, 1.0, 100.0));
	begin.before_ns -= 100000000;
	end.after_ns += 100000000;
	assert_near(estimate_energy(&model, &begin, &end, 1.0, 100.0).joules, 3.32);
}

/* One of four threads went offline meanwhile: the counts before that are of four. */
static void test_threads_are_the_larger_number(void **state)
{
	(void)state;
	struct estimate_model model = estimate_model_of_table(&genoa);
	struct estimate_reading few = reading_at(0.0, 0, 0), many = reading_at(10.0, 3900, 0);
	assert_invalid(estimate_energy(&model, &few, &many, 10.0, 100.0));
	few.time.threads = 3;
	assert_invalid(estimate_energy(&model, &few, &many, 10.0, 100.0));
	many.time.threads = 4;
	assert_true(estimate_energy(&model, &few, &many, 10.0, 100.0).joules > 0.0);
	few.time.threads = 4;
	many.time.threads = 3;
	assert_true(estimate_energy(&model, &few, &many, 10.0, 100.0).joules > 0.0);
}

/* Half of the time went to other guests: the threads were busy for half of it, not for all. */
static void test_steal_is_no_load(void **state)
{
	(void)state;
	struct estimate_model model = estimate_model_of_table(&genoa_guest);
	struct estimate_reading begin = reading_at(0.0, 50, 50), end = reading_at(10.0, 1050, 50);
	end.time.steal = 1000;
	joules_energy energy = estimate_energy(&model, &begin, &end, 10.0, 100.0), half = energy_of(&model, 1000, 1000);
	assert_near(energy.joules, 21.23);
	assert_near(energy.low, half.low);
	assert_near(energy.high, half.high);
}

/* The value stays how busy it was of what was counted; the band reaches to what the uncounted may have been. */
static void test_missing_ticks_widen_the_band(void **state)
{
	(void)state;
	struct estimate_model model = estimate_model_of_table(&genoa);
	joules_energy energy = energy_of(&model, 500, 500); /* half of the time of two threads */
	assert_near(energy.joules, 21.23);
	assert_near(energy.low, 10.0 * (0.44 + 2.12 * 0.37));   /* all of it idle: 25 % busy */
	assert_near(energy.high, 10.0 * (2.16 + 3.22 * 0.745)); /* all of it busy: 75 % */
	energy = energy_of(&model, 0, 0);                       /* gVisor counts nothing */
	assert_near(energy.joules, 21.23);
	assert_near(energy.low, 4.4);
	assert_near(energy.high, 53.8);
}

/* Busy time is sampled at ticks, idle time is exact: a healthy kernel was driven to 1.34 times the time. */
static void test_surplus_ticks_widen_the_band(void **state)
{
	(void)state;
	struct estimate_model model = estimate_model_of_table(&genoa);
	joules_energy energy = energy_of(&model, 1600, 1000);
	assert_near(energy.joules, 10.0 * (0.66 + 2.66 * estimate_curve_at(estimate_curve_amd, 1600.0 / 2600.0)));
	assert_near(energy.low, 10.0 * (0.44 + 2.12 * 0.55));  /* the idle ticks are right: 50 % busy */
	assert_near(energy.high, 10.0 * (2.16 + 3.22 * 0.79)); /* the busy ticks are: 80 % */
}

static void test_band_holds_its_value(void **state)
{
	(void)state;
	struct estimate_model models[] = {
		estimate_model_of_table(&genoa),
		estimate_model_of_table(&genoa_guest),
		estimate_model_of_table(&haswell),
		estimate_model_of_table(&laptop),
		estimate_model_of_watts(&genoa, 40, 180),
		estimate_model_of_watts(&laptop, 40, 40),
	};
	for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
		double before = 0.0;
		for (uint64_t busy = 0; busy <= 1000; busy++) {
			joules_energy energy = energy_of(&models[i], busy, 1000 - busy);
			assert_true(energy.low <= energy.joules && energy.joules <= energy.high && energy.low > 0.0);
			assert_true(energy.joules >= before); /* more work never takes less */
			before = energy.joules;
		}
	}
}

/* ---- the user's own watts: 40 W idle, 180 W at full load ---- */

static void test_watts_of_the_user(void **state)
{
	(void)state;
	struct estimate_model model = estimate_model_of_watts(&genoa_guest, 40.0, 180.0);
	joules_energy energy = energy_of(&model, 1000, 1000);
	assert_near(energy.joules, 1170.0);      /* 10 s × (40 + 140 × 0.55) W, whatever the number of threads */
	assert_near(energy.low, 1170.0 - 224.0); /* two standard deviations of the curve: 0.16 × 140 W */
	assert_near(energy.high, 1170.0 + 224.0);
	energy = energy_of(&model, 2000, 0);
	assert_near(energy.joules, 1800.0);
	assert_near(energy.low, 1530.0);
	assert_near(energy.high, 1800.0 * 1.15); /* above full load only by the doubt about the watts themselves */
	energy = energy_of(&model, 0, 2000);
	assert_near(energy.low, 400.0 * 0.85);
	assert_near(energy.high, 1800.0); /* too few busy ticks */
}

static void test_watts_of_the_user_without_a_curve(void **state)
{
	(void)state;
	struct estimate_model model = estimate_model_of_watts(&laptop, 10.0, 110.0);
	joules_energy energy = energy_of(&model, 500, 500);
	assert_near(energy.joules, 580.0);
	assert_near(energy.low, 350.0); /* 0.23 × 100 W */
	assert_near(energy.high, 810.0);
}

/* ---- the device ---- */

static const char guest_cpuinfo[] =
    "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\nflags\t\t: fpu hypervisor\n\n"
    "processor\t: 1\n\n";

/* A clock that moves only when told to. */
static int64_t now_ns;

static int64_t virtual_now(void)
{
	return now_ns;
}

static void virtual_sleep(int64_t ns)
{
	now_ns += ns;
}

static const struct clock_source virtual_source = { virtual_now, virtual_now, virtual_now, virtual_sleep };

static void pass(double seconds)
{
	now_ns += (int64_t)(seconds * 1e9);
}

static int setup_guest(void **state)
{
	if (fake_root_setup(state) != 0)
		return -1;
	now_ns = 1000000000000;
	clock_source_set(&virtual_source);
	fake_root_write("proc/cpuinfo", guest_cpuinfo);
	fake_root_write("proc/stat", "cpu  1000 0 0 9000 0 0 0 0 0 0\n");
	fake_root_write("sys/kernel/x", "");
	return 0;
}

static int teardown_guest(void **state)
{
	clock_source_set(NULL);
	return fake_root_teardown(state);
}

static joules_options options_of_root(void)
{
	joules_options options = JOULES_OPTIONS_INIT;
	options.sysroot = fake_root;
	return options;
}

static const joules_domain *find_domain(const joules_list *list)
{
	for (size_t i = 0; i < joules_list_device_count(list); i++) {
		const joules_device *device = joules_list_device(list, i);
		if (strcmp(device->name, "estimate") == 0) {
			assert_int_equal(device->domain_count, 1);
			return device->domains[0];
		}
	}
	fail_msg("no device 'estimate' in the list");
	return NULL;
}

static void test_domain(void **state)
{
	(void)state;
	joules_options options = options_of_root();
	joules_list *list;
	assert_int_equal(joules_list_new(&list, &options), JOULES_OK);
	const joules_domain *domain = find_domain(list);
	assert_string_equal(domain->name, "estimated_cpu");
	assert_int_equal(domain->kind, JOULES_KIND_MODEL);
	assert_int_equal(domain->source, JOULES_ESTIMATED);
	assert_int_equal(domain->method, JOULES_METHOD_MODEL);
	assert_int_equal(domain->gain, JOULES_GAIN_ESTIMATED);
	assert_int_equal(domain->part, JOULES_PART_MACHINE);
	assert_string_equal(domain->scope, "wall share: CPU, memory, fans, power supply");
	assert_true(domain->available);
	assert_null(domain->reason);
	assert_null(domain->parent);
	char path[128];
	snprintf(path, sizeof path, "%s/proc/stat", fake_root);
	assert_string_equal(domain->path, path);
	long ticks = sysconf(_SC_CLK_TCK);
	assert_near(domain->tick_s * (double)ticks, 1.0);
	joules_list_free(list);
}

/* Says what is wrong, names the file, and what to do. */
static void assert_unavailable(const joules_options *options, const char *in_reason, const char *in_cure)
{
	joules_list *list;
	assert_int_equal(joules_list_new(&list, options), JOULES_OK);
	const joules_domain *domain = find_domain(list);
	assert_false(domain->available);
	assert_non_null(domain->reason);
	assert_non_null(domain->cure);
	assert_non_null(strstr(domain->reason, in_reason));
	assert_non_null(strstr(domain->cure, in_cure));
	joules_list_free(list);
}

static void test_unavailable(void **state)
{
	(void)state;
	joules_options options = options_of_root();
	fake_root_write("proc/stat", "garbage\n");
	assert_unavailable(&options, "/proc/stat: it contains no CPU times", "proc");
	fake_root_write("proc/stat", "");
	assert_unavailable(&options, "/proc/stat: it contains no CPU times", "proc");
	char path[128];
	snprintf(path, sizeof path, "%s/proc/stat", fake_root);
	assert_int_equal(unlink(path), 0);
	assert_unavailable(&options, "/proc/stat: No such file", "proc");
}

/* Without threads the table is of no use; the user's watts need none. */
static void test_no_processor_listed(void **state)
{
	(void)state;
	joules_options options = options_of_root();
	fake_root_write("proc/cpuinfo", "");
	assert_unavailable(&options, "proc/cpuinfo", "--estimate-watts");
	options.settings = "estimate.watts=40:180";
	joules_list *list;
	assert_int_equal(joules_list_new(&list, &options), JOULES_OK);
	assert_true(find_domain(list)->available);
	joules_list_free(list);
}

static joules_status open_device(const joules_options *options, void **estimate)
{
	joules_domain domain = JOULES_DOMAIN_INIT;
	domain.name = "estimated_cpu";
	const joules_domain *domains[] = { &domain };
	return estimate_device.open(NULL, options, domains, 1, estimate);
}

static void test_refused_watts(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "40", ":", "40:", ":180", "40:0", "0:0", "180:40", "-1:40", "40:-1",
		"nan:40", "40:inf", "40:1e7", "a:b", "40:180:200", "40 :180" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char settings[64];
		(void)snprintf(settings, sizeof settings, "estimate.watts=%s", bad[i]);
		joules_options options = options_of_root();
		options.settings = settings;
		joules_meter *meter;
		assert_int_equal(joules_meter_open(&meter, &options), JOULES_INVALID_ARGUMENT);
		assert_null(meter);
		assert_non_null(strstr(joules_error_message(), settings));
		assert_non_null(strstr(joules_error_message(), "--estimate-watts 40:180"));
	}
}

static joules_energy between(void *estimate, const char *first, const char *second, double seconds)
{
	joules_raw begin, end;
	fake_root_write("proc/stat", first);
	estimate_device.read(estimate, (joules_raw *[]){ &begin });
	assert_true(begin.ok);
	pass(seconds);
	fake_root_write("proc/stat", second);
	estimate_device.read(estimate, (joules_raw *[]){ &end });
	assert_true(end.ok);
	joules_energy energy = JOULES_ENERGY_NONE;
	estimate_device.model(estimate, 0, &begin, &end, seconds, &energy);
	return energy;
}

static void test_device_reads_and_models(void **state)
{
	(void)state;
	joules_options options = options_of_root();
	void *estimate;
	assert_int_equal(open_device(&options, &estimate), JOULES_OK);
	/* nice, system, irq and softirq are work; steal and iowait are none; guest is in user: 1000 busy, 1000 not */
	joules_energy energy =
	    between(estimate, "cpu  1000 0 0 9000 0 0 0 0 0 0\n", "cpu  1500 100 300 9200 100 50 50 700 200 0\n", 10.0);
	assert_near(energy.joules, 21.23);
	assert_near(energy.low, 10.615);
	assert_near(energy.high, 39.31);

	joules_raw raw;
	fake_root_write("proc/stat", "");
	estimate_device.read(estimate, (joules_raw *[]){ &raw });
	assert_false(raw.ok);
	assert_int_not_equal(raw.error, 0);
	estimate_device.close(estimate);
	estimate_device.close(NULL);
}

/* ---- counts that were seen on machines ---- */

/* Between two texts of stat, so many seconds apart, beside a cpuinfo of two threads. */
static joules_energy captured(const char *first, const char *second, double seconds)
{
	joules_options options = options_of_root();
	void *estimate;
	fake_root_write("proc/stat", first);
	assert_int_equal(open_device(&options, &estimate), JOULES_OK);
	joules_energy energy = between(estimate, first, second, seconds);
	estimate_device.close(estimate);
	return energy;
}

#define FOUR "cpu0 1 0 0 1\ncpu1 1 0 0 1\ncpu2 1 0 0 1\ncpu3 1 0 0 1\nintr 7\n"
#define THREE "cpu0 1 0 0 1\ncpu1 1 0 0 1\ncpu2 1 0 0 1\nintr 7\n"

/* Fully busy; cpu3 goes offline, and its idle time is counted otherwise from then on: 2.12 W were said for 8.0 W. */
static void test_a_cpu_goes_offline(void **state)
{
	(void)state;
	assert_invalid(
	    captured("cpu  9000 0 0 700000 0 0 0 0 0 0\n" FOUR, "cpu  9400 0 0 3300000 0 0 0 0 0 0\n" THREE, 1.0));
	/* and back */
	assert_invalid(
	    captured("cpu  9000 0 0 3300000 0 0 0 0 0 0\n" THREE, "cpu  9400 0 0 700000 0 0 0 0 0 0\n" FOUR, 1.0));
	/* without the jump it is four busy threads */
	joules_energy energy =
	    captured("cpu  9000 0 0 700000 0 0 0 0 0 0\n" FOUR, "cpu  9400 0 0 700000 0 0 0 0 0 0\n" THREE, 1.0);
	assert_near(energy.joules, 4 * 1.66);
}

static void test_more_busy_than_there_is_time(void **state)
{
	(void)state;
	assert_invalid(captured("cpu  9000 0 0 700000 0 0 0 0 0 0\n" FOUR, "cpu  9800 0 0 700000 0 0 0 0 0 0\n" FOUR, 1.0));
}

/* cpuinfo is a container's (lxcfs), with two threads; stat is the machine's, with 64, all busy. */
static void test_cpuinfo_and_stat_of_two_machines(void **state)
{
	(void)state;
	char first[4096] = "cpu  0 0 0 0 0 0 0 0 0 0\n", second[4096] = "cpu  64000 0 0 0 0 0 0 0 0 0\n";
	for (int i = 0; i < 64; i++) {
		char line[32];
		snprintf(line, sizeof line, "cpu%d 1 0 0 1\n", i);
		strcat(first, line);
		strcat(second, line);
	}
	joules_energy energy = captured(first, second, 10.0);
	assert_near(energy.joules, 10.0 * 64 * 1.66);
}

static void test_half_of_the_time_was_stolen(void **state)
{
	(void)state;
	joules_energy energy =
	    captured("cpu  9000 0 0 700000 0 0 0 40 0 0\n" FOUR, "cpu  9200 0 0 700000 0 0 0 240 0 0\n" FOUR, 1.0);
	assert_near(energy.joules, 4 * (0.33 + 1.33 * 0.55));
}

/* Time that was waited for a disk becomes idle time when the wait is over (fs/proc/stat.c, get_iowait_time): their sum
 * goes on. Where it does not, nobody knows how idle the machine was. */
static void test_iowait_falls(void **state)
{
	(void)state;
	joules_energy energy =
	    captured("cpu  9000 0 0 700000 6000 0 0 0 0 0\n" FOUR, "cpu  9200 0 0 705200 1000 0 0 0 0 0\n" FOUR, 1.0);
	assert_near(energy.joules, 4 * (0.33 + 1.33 * 0.55));
	assert_invalid(
	    captured("cpu  9000 0 0 700000 6000 0 0 0 0 0\n" FOUR, "cpu  9200 0 0 700200 1000 0 0 0 0 0\n" FOUR, 1.0));
}

static void test_device_with_the_users_watts(void **state)
{
	(void)state;
	joules_options options = options_of_root();
	options.settings = "estimate.watts=40:180";
	void *estimate;
	assert_int_equal(open_device(&options, &estimate), JOULES_OK);
	joules_energy energy = between(estimate, "cpu  0 0 0 0\n", "cpu  500 0 500 1000\n", 10.0);
	assert_near(energy.joules, 1170.0);
	estimate_device.close(estimate);
}

static void test_open_fails_with_the_file(void **state)
{
	(void)state;
	char path[128];
	snprintf(path, sizeof path, "%s/proc/stat", fake_root);
	assert_int_equal(unlink(path), 0);
	joules_options options = options_of_root();
	void *estimate = NULL;
	assert_int_equal(open_device(&options, &estimate), JOULES_IO);
	assert_null(estimate);
	assert_non_null(strstr(joules_error_message(), "proc/stat"));
}

/* All the way: the default choice on a root without any counter is the estimate, and its power is the model's. */
static void test_meter_uses_it_by_itself(void **state)
{
	(void)state;
	joules_options options = options_of_root();
	joules_meter *meter;
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
	assert_int_equal(joules_meter_domain_count(meter), 1);
	assert_string_equal(joules_meter_domain(meter, 0)->name, "estimated_cpu");
	assert_int_equal(joules_meter_start(meter, "foo"), JOULES_OK);
	fake_root_write("proc/stat", "cpu  2000 0 0 10000 0 0 0 0 0 0\n");
	pass(10.0);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_trace *trace;
	joules_sample *sample = NULL;
	assert_int_equal(joules_meter_trace(meter, &trace), JOULES_OK);
	assert_int_equal(joules_trace_sample(trace, 0, &sample), JOULES_OK);
	joules_source source;
	joules_energy total = *joules_sample_total(sample, &source);
	assert_int_equal(source, JOULES_ESTIMATED);
	assert_near(total.joules / sample->duration_s, 2.123);
	/* a trace keeps the doubts in single precision */
	assert_true(fabs(total.low / sample->duration_s - 1.0615) < 1e-6);
	assert_true(fabs(total.high / sample->duration_s - 3.931) < 1e-6);
	joules_sample_free(sample);
	joules_trace_unref(trace);
	joules_meter_close(meter);
}

static void test_never_is_never(void **state)
{
	(void)state;
	joules_options options = options_of_root();
	options.estimate = JOULES_ESTIMATE_NEVER;
	joules_meter *meter = NULL;
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_NO_DEVICE);
	assert_null(meter);
}

int main(void)
{
#define GUEST(name) cmocka_unit_test_setup_teardown(name, setup_guest, teardown_guest)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_neoverse_n1_is_altra_but_not_on_amazon),
		cmocka_unit_test(test_unknown_family_has_the_median_of_the_table),
		cmocka_unit_test(test_curves_rise_from_0_to_1),
		cmocka_unit_test(test_curve_between_and_beyond_its_points),
		cmocka_unit_test(test_known_family_on_a_bare_machine),
		cmocka_unit_test(test_bare_band_is_never_tighter_than_15_percent),
		cmocka_unit_test(test_guest_band_is_never_tighter_than_50_percent),
		cmocka_unit_test(test_unknown_family_is_a_factor_of_two_and_a_half),
		cmocka_unit_test(test_few_busy_ticks_leave_all_open),
		cmocka_unit_test(test_no_tick_at_all_is_one_busy_thread),
		cmocka_unit_test(test_below_tick_is_less_than_two_ticks),
		cmocka_unit_test(test_no_time_is_no_energy),
		cmocka_unit_test(test_backward_is_invalid),
		cmocka_unit_test(test_the_most_ticks_that_can_be),
		cmocka_unit_test(test_time_is_from_outer_end_to_outer_end),
		cmocka_unit_test(test_threads_are_the_larger_number),
		cmocka_unit_test(test_steal_is_no_load),
		cmocka_unit_test(test_missing_ticks_widen_the_band),
		cmocka_unit_test(test_surplus_ticks_widen_the_band),
		cmocka_unit_test(test_band_holds_its_value),
		cmocka_unit_test(test_watts_of_the_user),
		cmocka_unit_test(test_watts_of_the_user_without_a_curve),
		GUEST(test_domain),
		GUEST(test_unavailable),
		GUEST(test_no_processor_listed),
		GUEST(test_refused_watts),
		GUEST(test_device_reads_and_models),
		GUEST(test_a_cpu_goes_offline),
		GUEST(test_more_busy_than_there_is_time),
		GUEST(test_cpuinfo_and_stat_of_two_machines),
		GUEST(test_half_of_the_time_was_stolen),
		GUEST(test_iowait_falls),
		GUEST(test_device_with_the_users_watts),
		GUEST(test_open_fails_with_the_file),
		GUEST(test_meter_uses_it_by_itself),
		GUEST(test_never_is_never),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
