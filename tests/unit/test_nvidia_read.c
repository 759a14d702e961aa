/* SPDX-License-Identifier: MIT */
/* The device nvidia on the fake NVML: what its counters and its power say, at a clock that moves only when told to. */
#include <dirent.h>

#include "nvidia_common.h"

#include "base/clock.h"
#include "devices/nvidia/nvidia.h"
#include "devices/nvidia/nvml.h"
#include "devices/nvidia/way.h"

static void (*fake_clock)(int64_t (*clock)(void));
static double (*truth)(unsigned index, int64_t ns);
static int (*shut_down)(void);

/* ---- a clock that moves only when told to ---- */

static int64_t now_ns = 1000000000000;

static int64_t virtual_now(void)
{
	return now_ns;
}

static void virtual_sleep(int64_t ns)
{
	now_ns += ns > 0 ? ns : 0;
}

static const struct clock_source virtual_source = { virtual_now, virtual_now, virtual_now, virtual_sleep };

static void use_virtual_clock(bool on)
{
	clock_source_set(on ? &virtual_source : NULL);
	fake_clock(on ? virtual_now : NULL);
}

static int set_up_clock(void **state)
{
	if (set_up(state))
		return -1;
	find("fake_nvml_clock", &fake_clock);
	find("fake_nvml_truth", &truth);
	find("nvmlShutdown", &shut_down);
	return 0;
}

static int clean_up(void **state)
{
	(void)state;
	use_virtual_clock(false);
	return 0;
}

/* Of this process, without those of a sanitizer. */
static unsigned threads(void)
{
	unsigned count = 0;
	DIR *tasks = opendir("/proc/self/task");
	for (const struct dirent *entry; (entry = readdir(tasks));)
		count += entry->d_name[0] != '.';
	closedir(tasks);
#ifdef __SANITIZE_THREAD__
	count--;
#endif
	return count;
}

/* ---- one value ---- */

/* Whatever type the driver gives a field in. */
static void test_field_types(void **state)
{
	(void)state;
	use_virtual_clock(true);
	for (int type = 0; type < 6; type++) {
		char text[128];
		double watts = 0.0;
		nvml_device device;
		struct nvml_problem problem;
		(void)snprintf(
		    text, sizeof text, "type=%d counter_type=%d curve=constant:123.456 start_mj=0 energy=0", type, type);
		settings(text);
		const struct nvml *nvml = nvml_get(&problem);
		struct gpu_way power = { CALL_FIELD, FIELD_POWER_INSTANT, SCOPE_GPU, JOULES_METHOD_POWER, false, 0 };
		assert_int_equal(nvml->by_index(0, &device), 0);
		assert_int_equal(gpu_way_power(nvml, device, &power, &watts), 0);
		assert_near(watts, 123.456, 1e-9);
		double mj = 0.0;
		assert_int_equal(nvml_read_field(nvml, device, FIELD_TOTAL_ENERGY, SCOPE_GPU, &mj), 0);
		if (type == 0 || type == 2 || type == 3)
			assert_true(fabs(mj * 1e-3 - truth(0, now_ns)) < 20.0); /* one tick of it */
	}
	/* The call succeeds, the field does not. */
	struct nvml_problem problem;
	nvml_device device;
	double value;
	settings("instant=3");
	const struct nvml *nvml = nvml_get(&problem);
	assert_int_equal(nvml->by_index(0, &device), 0);
	assert_int_equal(nvml_read_field(nvml, device, FIELD_POWER_INSTANT, SCOPE_GPU, &value), 3);
	settings("type=9");
	assert_int_equal(nvml_read_field(nvml, device, FIELD_POWER_INSTANT, SCOPE_GPU, &value), 3);
}

/* ---- the counter ---- */

static joules_sample *last_sample(joules_meter *meter)
{
	joules_trace *trace;
	joules_sample *sample = NULL;
	assert_int_equal(joules_meter_trace(meter, &trace), JOULES_OK);
	assert_int_equal(joules_trace_sample(trace, joules_trace_count(trace) - 1, &sample), JOULES_OK);
	joules_trace_unref(trace);
	return sample;
}

static void settle(joules_meter *meter)
{
	assert_int_equal(joules_meter_settle(meter, JOULES_UNTIL_SETTLED), JOULES_OK);
}

/* Whatever the curve, the tick and the length: the truth lies within the bounds, also where nobody settled. */
static void test_bounds_hold_the_truth(void **state)
{
	(void)state;
	static const char *const curves[] = { "constant:250", "square:40:390:0.13", "ramp:50:350:1004", "constant:0" };
	static const char *const ticks[] = { "20", "100", "7", "200", "0" };
	unsigned random = 1;
	use_virtual_clock(true);
	for (size_t c = 0; c < 4; c++)
		for (size_t t = 0; t < 5; t++) {
			char text[128];
			(void)snprintf(text, sizeof text, "curve=%s tick_ms=%s phase_ms=3", curves[c], ticks[t]);
			settings(text);
			joules_meter *meter = open_meter("nvidia");
			for (int i = 0; i < 20; i++) {
				random = random * 1103515245 + 12345;
				int64_t length = 100000 + (int64_t)(random >> 8) % (i < 10 ? 100000000 : 2000000000);
				bool settled = i % 2;
				now_ns += random >> 12;
				int64_t begin = now_ns;
				assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
				if (settled && length > 600000000)
					settle(meter);
				now_ns = begin + length;
				assert_int_equal(joules_meter_stop(meter), JOULES_OK);
				if (settled)
					settle(meter);
				joules_sample *sample = last_sample(meter);
				double expected = truth(0, begin + length) - truth(0, begin);
				const joules_energy *energy = joules_sample_energy(sample, 0);
				if (!(energy->low <= expected + 2e-3 && energy->high >= expected - 2e-3))
					fail_msg("%s, %lld ns: %g is not in %g … %g", text, (long long)length, expected, energy->low,
					    energy->high);
				if (length < 2 * atoi(ticks[t]) * 1000000 && c != 3)
					assert_true(energy->flags & JOULES_BELOW_TICK || energy->joules > 0.0);
				joules_sample_free(sample);
			}
			joules_meter_close(meter);
		}
}

static joules_energy measure(joules_meter *meter, double seconds)
{
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
	now_ns += (int64_t)(seconds * 1e9);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_sample *sample = last_sample(meter);
	joules_energy energy = *joules_sample_energy(sample, 0);
	joules_sample_free(sample);
	return energy;
}

static void test_short_regions_say_so(void **state)
{
	(void)state;
	use_virtual_clock(true);
	settings("tick_ms=100");
	joules_meter *meter = open_meter("nvidia");
	joules_energy energy = measure(meter, 0.010);
	assert_true(energy.flags & JOULES_BELOW_TICK);
	assert_true(energy.high >= 2.0);
	assert_int_equal(measure(meter, 1.0).flags, 0);
	joules_meter_close(meter);
}

/* A quick counter's regions are long enough sooner than a slow one's. */
static void test_tick_is_learned(void **state)
{
	(void)state;
	use_virtual_clock(true);
	settings("tick_ms=20");
	joules_meter *meter = open_meter("nvidia");
	assert_true(measure(meter, 0.150).flags & JOULES_BELOW_TICK); /* not known yet */
	assert_int_equal(joules_meter_start(meter, "learn"), JOULES_OK);
	settle(meter);
	settle(meter);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	assert_int_equal(measure(meter, 0.150).flags, 0);
	assert_true(measure(meter, 0.015).flags & JOULES_BELOW_TICK);
	joules_meter_close(meter);
}

/* No silent zero: a counter that stood still all the time is slower than it was said to be. */
static void test_slow_counter_is_no_silent_zero(void **state)
{
	(void)state;
	use_virtual_clock(true);
	settings("tick_ms=900 curve=constant:100");
	joules_meter *meter = open_meter("nvidia");
	unsigned zeros = 0;
	assert_int_equal(joules_meter_start(meter, "first"), JOULES_OK);
	for (int i = 0; i < 40; i++) {
		now_ns += 250000000;
		assert_int_equal(joules_meter_record(meter, "x"), JOULES_OK);
	}
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_trace *trace;
	joules_sample *sample = NULL;
	assert_int_equal(joules_meter_trace(meter, &trace), JOULES_OK);
	/* From the second move of the counter on. */
	for (size_t i = 9; i < joules_trace_count(trace); i++) {
		assert_int_equal(joules_trace_sample(trace, i, &sample), JOULES_OK);
		zeros += joules_sample_energy(sample, 0)->joules <= 0.0;
		if (joules_sample_energy(sample, 0)->joules <= 0.0 &&
		    !(joules_sample_energy(sample, 0)->flags & JOULES_BELOW_TICK))
			fail_msg("sample %zu: 0 J and no flag", i);
	}
	assert_true(zeros > 5);
	joules_sample_free(sample);
	joules_trace_unref(trace);
	joules_meter_close(meter);
}

static void test_counter_that_goes_back(void **state)
{
	(void)state;
	use_virtual_clock(true);
	settings("gpus=2 0.back_at=8");
	joules_meter *meter = open_meter("nvidia");
	bool invalid = false;
	for (int i = 0; i < 8; i++) {
		joules_energy energy = measure(meter, 1.0);
		if (!(energy.flags & JOULES_INVALID)) {
			assert_near(energy.joules, 200.0, 20.1);
			continue;
		}
		assert_true(isnan(energy.joules) && isnan(energy.high));
		assert_false(invalid); /* once */
		invalid = true;
	}
	assert_true(invalid);
	joules_meter_close(meter);
}

static void test_gpu_lost_in_between(void **state)
{
	(void)state;
	static const int lost[] = { 15, 16, 999, 27, 4 };
	use_virtual_clock(true);
	for (size_t i = 0; i < sizeof lost / sizeof *lost; i++) {
		char text[64];
		(void)snprintf(
		    text, sizeof text, "gpus=2 0.energy=%d@6", lost[i]); /* two reads while opening, then three good ones */
		settings(text);
		joules_meter *meter = open_meter("nvidia");
		joules_reading *readings[6] = { NULL };
		joules_sample *sample = NULL;
		for (int r = 0; r < 6; r++) {
			assert_int_equal(joules_reading_new(meter, &readings[r]), JOULES_OK);
			assert_int_equal(joules_read(meter, readings[r]), JOULES_OK);
			now_ns += 1000000000;
		}
		assert_int_equal(joules_between(meter, readings[0], readings[5], &sample), JOULES_OK);
		assert_int_equal(joules_sample_energy(sample, 0)->flags, JOULES_PARTIAL);
		assert_near(joules_sample_energy(sample, 0)->joules, 400.0, 41.0);
		assert_true(isnan(joules_sample_energy(sample, 0)->high));
		assert_int_equal(joules_sample_energy(sample, 1)->flags, 0);
		assert_near(joules_sample_energy(sample, 1)->joules, 1000.0, 20.1);
		assert_int_equal(joules_between(meter, readings[4], readings[5], &sample), JOULES_OK);
		assert_int_equal(joules_sample_energy(sample, 0)->flags, JOULES_INVALID);
		joules_sample_free(sample);
		for (int r = 0; r < 6; r++)
			joules_reading_free(readings[r]);
		joules_meter_close(meter);
	}
}

/* A GPU that is not ready at one moment and ready at the next: the way that was found stays, and nothing else fails. */
static void test_gpu_that_changes_its_mind(void **state)
{
	(void)state;
	use_virtual_clock(true);
	settings("gpus=2 0.energy=27@2"); /* after it was found */
	joules_meter *meter = open_meter("nvidia");
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
	now_ns += 1000000000;
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_sample *sample = last_sample(meter);
	assert_int_equal(joules_sample_energy(sample, 0)->flags, JOULES_INVALID);
	assert_near(joules_sample_energy(sample, 1)->joules, 200.0, 20.1);
	joules_sample_free(sample);
	joules_meter_close(meter);
	use_virtual_clock(false); /* a thread is about to run */
	settings("gpus=1 0.energy=27#6");
	meter = open_meter("nvidia");
	assert_int_equal(joules_meter_domain(meter, 0)->method, JOULES_METHOD_POWER);
	joules_meter_close(meter);
}

/* Someone else in this process, pynvml say, shuts NVML down. */
static void test_shut_down_by_another(void **state)
{
	(void)state;
	use_virtual_clock(true);
	settings("gpus=2");
	joules_meter *meter = open_meter("nvidia");
	(void)measure(meter, 1.0);
	while (shut_down() == 0)
		;
	joules_energy energy = measure(meter, 1.0);
	assert_int_equal(energy.flags, 0);
	assert_near(energy.joules, 200.0, 20.1);
	joules_meter_close(meter);
}

static void test_each_read_has_its_own_bracket(void **state)
{
	(void)state;
	settings("gpus=3 latency_us=2000");
	joules_list *list;
	void *opened;
	joules_raw raw[3] = { { .ok = false } };
	joules_raw *const pointers[] = { &raw[0], &raw[1], &raw[2] };
	joules_options options = options_for(NULL);
	const joules_device *device = device_of(&list, NULL);
	assert_int_equal(nvidia_device.open(NULL, &options, device->domains, 3, &opened), JOULES_OK);
	int64_t begin = clock_monotonic_ns();
	nvidia_device.read(opened, pointers);
	int64_t end = clock_monotonic_ns();
	for (int i = 0; i < 3; i++) {
		assert_true(raw[i].ok);
		int64_t from = i ? raw[i].begin_ns : begin;
		assert_true(raw[i].begin_ns == (i ? raw[i - 1].end_ns : 0)); /* the first begins with the whole read */
		assert_true(raw[i].end_ns >= from + 2000000 && raw[i].end_ns <= end);
	}
	nvidia_device.close(opened);
	joules_list_free(list);
}

/* ---- power, added up ---- */

struct integrated {
	joules_list *list;
	void *opened;
};

static struct integrated integrate(const char *text)
{
	struct integrated made;
	joules_options options = options_for(NULL);
	settings(text);
	const joules_device *device = device_of(&made.list, NULL);
	assert_int_equal(nvidia_device.open(NULL, &options, device->domains, 1, &made.opened), JOULES_OK);
	return made;
}

static void end(struct integrated *made)
{
	nvidia_device.close(made->opened);
	joules_list_free(made->list);
}

/* As the background thread does. */
static void go_on(const struct integrated *made, double seconds)
{
	int64_t until = now_ns + (int64_t)(seconds * 1e9);
	while (now_ns < until) {
		now_ns += (int64_t)(nvidia_device.poll_s(made->opened) * 1e9);
		nvidia_device.poll(made->opened);
	}
}

static joules_raw read_once(const struct integrated *made)
{
	joules_raw raw = { .ok = false };
	nvidia_device.read(made->opened, (joules_raw *[]){ &raw });
	return raw;
}

/* Rising, falling and square: an integral that counts only rising power (Alumet, probe.rs:458) fails the second. */
static void test_integral(void **state)
{
	(void)state;
	static const char *const curves[] = { "constant:150", "ramp:50:350:10", "ramp:350:50:10", "square:60:300:2" };
	use_virtual_clock(true);
	for (size_t i = 0; i < 4; i++) {
		char text[128];
		(void)snprintf(
		    text, sizeof text, "energy=3 sensor_ms=20 curve=%s origin_ns=%lld", curves[i], (long long)now_ns);
		struct integrated made = integrate(text);
		double begin = read_once(&made).joules;
		int64_t begin_ns = now_ns;
		go_on(&made, 10.0);
		double joules = read_once(&made).joules - begin, expected = truth(0, now_ns) - truth(0, begin_ns);
		if (fabs(joules - expected) > 0.02 * expected)
			fail_msg("%s: %g J, not %g", curves[i], joules, expected);
		end(&made);
	}
}

static void test_poll_period(void **state)
{
	(void)state;
	use_virtual_clock(true);
	char text[128];
	(void)snprintf(text, sizeof text, "energy=3 sensor_ms=40 curve=ramp:50:350:100 origin_ns=%lld", (long long)now_ns);
	struct integrated made = integrate(text);
	assert_true(nvidia_device.poll_s(made.opened) <= 0.01); /* often at first */
	go_on(&made, 2.0);
	assert_near(nvidia_device.poll_s(made.opened), 0.020, 0.003);
	end(&made);
	made = integrate("energy=3 curve=constant:30"); /* an idle GPU's value does not change */
	go_on(&made, 2.0);
	assert_near(nvidia_device.poll_s(made.opened), 0.050, 1e-9);
	end(&made);
	made = integrate(""); /* a counter needs no polls */
	assert_near(nvidia_device.poll_s(made.opened), 0.0, 0.0);
	end(&made);
}

/* A power that cannot be read for a moment is bridged; of more than a second without a value only what was seen before
 * and after it is known. */
static void test_gap_in_power(void **state)
{
	(void)state;
	use_virtual_clock(true);
	struct integrated made = integrate("energy=3 curve=constant:100");
	go_on(&made, 2.0);
	settings("energy=3 curve=constant:100 fields=27#3");
	assert_false(read_once(&made).ok); /* the first of three */
	assert_false(read_once(&made).ok);
	go_on(&made, 0.5);
	joules_raw raw = read_once(&made);
	assert_true(raw.ok && raw.gap_s <= 0.0);
	assert_near(raw.joules, 250.0, 15.0);
	settings("energy=3 curve=constant:100 fields=15#40");
	go_on(&made, 3.0);
	joules_raw after = read_once(&made);
	assert_true(after.ok && after.gap_s > 0.0);
	assert_true(after.joules >= raw.joules && after.joules < raw.joules + 200.0);
	raw = read_once(&made);
	assert_true(raw.ok && raw.gap_s <= 0.0); /* said once */
	end(&made);
}

/* Stopped for six seconds, in which the GPU works: a trapezoid over them gave 160 J for 1608. */
static void test_stopped_while_the_gpu_works(void **state)
{
	(void)state;
	char text[128];
	use_virtual_clock(true);
	/* 20 W, from 0.5 to 6 s after now 300 W, then 20 W again */
	(void)snprintf(text, sizeof text, "energy=3 curve=square:20:300:10:0.55 sensor_ms=20 origin_ns=%lld",
	    (long long)(now_ns - 9500000000));
	struct integrated made = integrate(text);
	joules_raw begin = read_once(&made);
	assert_true(begin.gap_s <= 0.0);
	go_on(&made, 0.4);
	double seen = read_once(&made).joules;
	now_ns += 6000000000;
	go_on(&made, 0.4);
	joules_raw raw = read_once(&made);
	assert_true(raw.ok && raw.gap_s > 0.0);
	assert_near(raw.joules - seen, 0.4 * 20.0, 3.0); /* the energy seen, and not a trapezoid over what was not */
	end(&made);
}

static void test_average_power(void **state)
{
	(void)state;
	use_virtual_clock(true);
	struct integrated made = integrate("energy=3 instant=3 curve=constant:80");
	double begin = read_once(&made).joules;
	go_on(&made, 5.0);
	assert_near(read_once(&made).joules - begin, 400.0, 8.0);
	end(&made);
	/* Shorter than two of its seconds: flagged. */
	use_virtual_clock(false);
	joules_meter *meter = open_meter("nvidia");
	assert_int_equal(joules_meter_domain(meter, 0)->method, JOULES_METHOD_POWER_AVERAGE);
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
	clock_sleep_ns(20000000);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_sample *sample = last_sample(meter);
	assert_true(joules_sample_energy(sample, 0)->flags & JOULES_BELOW_TICK);
	assert_true(joules_sample_energy(sample, 0)->joules > 0.0);
	joules_sample_free(sample);
	joules_meter_close(meter);
}

/* ---- the thread ---- */

static void test_only_power_has_a_thread(void **state)
{
	(void)state;
	settings("gpus=4");
	joules_meter *meter = open_meter("nvidia");
	assert_int_equal(threads(), 1);
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	assert_int_equal(threads(), 1);
	joules_meter_close(meter);
	settings("gpus=4 energy=3");
	meter = open_meter("nvidia");
	assert_int_equal(threads(), 2); /* from open on, one for all four */
	joules_meter_close(meter);
	assert_int_equal(threads(), 1);
}

/* In real time, with the thread: bounds hold. */
static void test_thread_adds_up(void **state)
{
	(void)state;
	settings("gpus=2 energy=3 curve=square:60:300:0.06 sensor_ms=10");
	joules_meter *meter = open_meter("nvidia");
	joules_reading *begin, *later;
	joules_sample *sample = NULL;
	assert_int_equal(joules_reading_new(meter, &begin), JOULES_OK);
	assert_int_equal(joules_reading_new(meter, &later), JOULES_OK);
	assert_int_equal(joules_read(meter, begin), JOULES_OK);
	int64_t begin_ns = clock_monotonic_ns();
	clock_sleep_ns(400000000);
	int64_t end_ns = clock_monotonic_ns();
	assert_int_equal(joules_read(meter, later), JOULES_OK);
	assert_int_equal(joules_between(meter, begin, later, &sample), JOULES_OK);
	double expected = truth(0, end_ns) - truth(0, begin_ns);
	for (size_t i = 0; i < 2; i++)
		assert_true(
		    joules_sample_energy(sample, i)->low <= expected && joules_sample_energy(sample, i)->high >= expected);
	joules_sample_free(sample);
	joules_reading_free(begin);
	joules_reading_free(later);
	joules_meter_close(meter);
}

/* ---- fork ---- */

static int read_in_child(joules_meter *meter, joules_reading *before, bool power)
{
	joules_reading *begin = NULL, *later = NULL;
	joules_sample *sample = NULL;
	if (threads() != 1)
		return 1; /* the thread stayed in the parent */
	if (joules_reading_new(meter, &begin) || joules_reading_new(meter, &later) || joules_read(meter, begin))
		return 2;
	if (threads() != (power ? 2U : 1U))
		return 3;
	clock_sleep_ns(300000000);
	if (joules_read(meter, later) || joules_between(meter, begin, later, &sample))
		return 4;
	/* 200 W, by a counter of 0.1 s */
	if (!(fabs(joules_sample_energy(sample, 0)->joules - 200.0 * sample->duration_s) < 21.0))
		return 5;
	if (joules_between(meter, before, later, &sample))
		return 6;
	/* The counter counts for both; what the power adds up to is the child's own. */
	if (power ? !(joules_sample_energy(sample, 0)->flags & JOULES_INVALID)
	          : joules_sample_energy(sample, 0)->flags & (JOULES_INVALID | JOULES_PARTIAL))
		return 7;
	joules_sample_free(sample);
	joules_reading_free(begin);
	joules_reading_free(later);
	joules_meter_close(meter);
	return threads() == 1 ? 0 : 8;
}

static void fork_between(const char *text, bool power)
{
	joules_reading *before;
	settings(text);
	joules_meter *meter = open_meter("nvidia");
	assert_int_equal(joules_reading_new(meter, &before), JOULES_OK);
	clock_sleep_ns(50000000);
	assert_int_equal(joules_read(meter, before), JOULES_OK);
	pid_t child = fork();
	if (child == 0)
		_exit(read_in_child(meter, before, power));
	int result = child_status(child);
	if (result)
		fail_msg("%s: check %d in the child", text, result);
	/* The parent goes on as if nothing had happened. */
	joules_sample *sample = NULL;
	joules_reading *after;
	assert_int_equal(joules_reading_new(meter, &after), JOULES_OK);
	assert_int_equal(joules_read(meter, after), JOULES_OK);
	assert_int_equal(joules_between(meter, before, after, &sample), JOULES_OK);
	assert_int_equal(joules_sample_energy(sample, 0)->flags & (JOULES_INVALID | JOULES_PARTIAL), 0);
	assert_true(joules_sample_energy(sample, 0)->joules > 39.0);
	joules_sample_free(sample);
	joules_reading_free(before);
	joules_reading_free(after);
	joules_meter_close(meter);
}

static void test_fork_with_counter(void **state)
{
	(void)state;
	fork_between("gpus=2", false);
}

static void test_fork_with_power(void **state)
{
	(void)state;
#ifdef __SANITIZE_THREAD__
	return; /* it knows no threads that start in a fork of a process with threads; the other builds run this */
#endif
	fork_between("gpus=2 energy=3", true);
}

/* In the child the driver is gone: values are missing, nothing crashes. */
static void test_fork_where_init_fails(void **state)
{
	(void)state;
	settings("gpus=1");
	joules_meter *meter = open_meter("nvidia");
	pid_t child = fork();
	if (child == 0) {
		joules_energy energy;
		if (configure("gpus=1 init=18") || joules_meter_start(meter, "x") || joules_meter_stop(meter))
			_exit(1);
		joules_trace *trace = NULL;
		joules_sample *sample = NULL;
		if (joules_meter_trace(meter, &trace) || joules_trace_sample(trace, 0, &sample))
			_exit(2);
		energy = *joules_sample_energy(sample, 0);
		_exit(energy.flags & JOULES_INVALID && isnan(energy.joules) ? 0 : 3);
	}
	assert_int_equal(child_status(child), 0);
	joules_meter_close(meter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_field_types, clean_up),
		cmocka_unit_test_teardown(test_bounds_hold_the_truth, clean_up),
		cmocka_unit_test_teardown(test_short_regions_say_so, clean_up),
		cmocka_unit_test_teardown(test_tick_is_learned, clean_up),
		cmocka_unit_test_teardown(test_slow_counter_is_no_silent_zero, clean_up),
		cmocka_unit_test_teardown(test_counter_that_goes_back, clean_up),
		cmocka_unit_test_teardown(test_gpu_lost_in_between, clean_up),
		cmocka_unit_test_teardown(test_gpu_that_changes_its_mind, clean_up),
		cmocka_unit_test_teardown(test_shut_down_by_another, clean_up),
		cmocka_unit_test_teardown(test_each_read_has_its_own_bracket, clean_up),
		cmocka_unit_test_teardown(test_integral, clean_up),
		cmocka_unit_test_teardown(test_poll_period, clean_up),
		cmocka_unit_test_teardown(test_gap_in_power, clean_up),
		cmocka_unit_test_teardown(test_stopped_while_the_gpu_works, clean_up),
		cmocka_unit_test_teardown(test_average_power, clean_up),
		cmocka_unit_test_teardown(test_only_power_has_a_thread, clean_up),
		cmocka_unit_test_teardown(test_thread_adds_up, clean_up),
		cmocka_unit_test_teardown(test_fork_with_counter, clean_up),
		cmocka_unit_test_teardown(test_fork_with_power, clean_up),
		cmocka_unit_test_teardown(test_fork_where_init_fails, clean_up),
	};
	return cmocka_run_group_tests(tests, set_up_clock, tear_down);
}
