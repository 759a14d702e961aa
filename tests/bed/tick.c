/* SPDX-License-Identifier: MIT */
#include "tick.h"

#include <string.h>

#define MILLION 1000000

/* What was seen of real counters, interval by interval: mean, standard deviation, extremes and the grid's residual.
 * rome: tud-zih-energy/2021-rome-ee, package of an EPYC 7502 (1.00001 ms, residual 2.3 µs, most within 0.65 µs, a few
 * up to 171 µs). bdw, icx, knl: lukalt/icpe-2024-rapl-validation. Broadwell-EP 1.0009 ms, residual 31 µs; its DRAM
 * misses 0.7 % of the ticks. Ice Lake-SP 0.9998 ms with intervals of about 0.85 and 1.4 ms (27 %), 0.613 … 2.833; DRAM
 * 37 % long ones. Knights Landing 1.0010 ms, residual 24 µs; its DRAM has extra ticks 5 µs after the regular one and
 * misses some. vmsr: qemu-vmsr-helper renews a guest's counters once a second. nvml: the energy counter of NVIDIA GPUs,
 * about every 100 ms. */
static const struct {
	const char *name;
	struct tick tick;
} presets[] = {
	{ "none", { .period_ns = 0 } },
	{ "exact", { .period_ns = 1000000 } },
	{ "rome", { .period_ns = 1000010, .noise_ns = 250, .spread_ns = 171000, .spread_ppm = 540 } },
	{ "bdw", { .period_ns = 1000900, .noise_ns = 31000 } },
	{ "bdw-dram",
	    { .period_ns = 1000900, .noise_ns = 31000, .missed_ppm = 7000, .doubled_ppm = 200, .doubled_gap_ns = 5000 } },
	{ "knl", { .period_ns = 1001000, .noise_ns = 20000 } },
	{ "knl-dram",
	    { .period_ns = 1001000,
	        .noise_ns = 20000,
	        .missed_ppm = 14000,
	        .doubled_ppm = 50000,
	        .doubled_gap_ns = 5000 } },
	{ "icx",
	    { .period_ns = 999800,
	        .spread_ns = 120000,
	        .spread_ppm = MILLION,
	        .saw_ns = 550000,
	        .saw_step_ppm = 272727,
	        .missed_ppm = 300 } },
	{ "icx-dram",
	    { .period_ns = 999900,
	        .spread_ns = 140000,
	        .spread_ppm = MILLION,
	        .saw_ns = 500000,
	        .saw_step_ppm = 370000,
	        .doubled_ppm = 1000,
	        .doubled_gap_ns = 5000 } },
	{ "vmsr", { .period_ns = 1000000000, .noise_ns = 1000000 } },
	{ "nvml", { .period_ns = 100000000, .noise_ns = 1000000 } },
};

const char *tick_names(void)
{
	return "none exact rome bdw bdw-dram knl knl-dram icx icx-dram vmsr nvml";
}

/* splitmix64 (Steele, Lea, Flood 2014): every bit of the result depends on every bit of the input. */
uint64_t bed_hash(uint64_t seed, uint64_t number)
{
	uint64_t z = seed + (number + 1) * 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

bool tick_preset(const char *name, uint64_t seed, struct tick *tick)
{
	for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
		if (strcmp(presets[i].name, name) != 0)
			continue;
		*tick = presets[i].tick;
		tick->seed = seed;
		if (tick->period_ns > 0)
			tick->phase_ns = (int64_t)(bed_hash(seed, 0x7068617365) % (uint64_t)tick->period_ns);
		return true;
	}
	return false;
}

/* A draw below a million for tick k; `what` keeps the draws of one tick apart. */
static uint32_t draw(const struct tick *tick, int64_t k, uint64_t what)
{
	return (uint32_t)(bed_hash(tick->seed ^ (what << 56), (uint64_t)k) % MILLION);
}

/* The sum of four 16-bit numbers has the standard deviation 65535 / √3 and the mean 131070. */
static int64_t noise(const struct tick *tick, int64_t k)
{
	uint64_t bits = bed_hash(tick->seed, (uint64_t)k);
	int64_t sum = (int64_t)(bits & 0xffff) + (int64_t)(bits >> 16 & 0xffff) + (int64_t)(bits >> 32 & 0xffff) +
	    (int64_t)(bits >> 48);
	return (sum - 131070) * tick->noise_ns / 37837;
}

static int64_t spread(const struct tick *tick, int64_t k)
{
	if (tick->spread_ns == 0 || draw(tick, k, 1) >= tick->spread_ppm)
		return 0;
	return ((int64_t)draw(tick, k, 2) * 2 - MILLION) * tick->spread_ns / MILLION;
}

static int64_t floor_mod(int64_t a, int64_t b)
{
	int64_t rest = a % b;
	return rest < 0 ? rest + b : rest;
}

static int64_t time_of(const struct tick *tick, int64_t k)
{
	int64_t saw = tick->saw_ns * floor_mod(k * (int64_t)tick->saw_step_ppm, MILLION) / MILLION;
	return k * tick->period_ns + tick->phase_ns - saw + noise(tick, k) + spread(tick, k);
}

/* Never two in a row, so that tick_longest() can promise something. */
static bool missed(const struct tick *tick, int64_t k)
{
	return tick->missed_ppm > 0 && draw(tick, k, 3) < tick->missed_ppm && draw(tick, k - 1, 3) >= tick->missed_ppm;
}

static bool doubled(const struct tick *tick, int64_t k)
{
	return tick->doubled_ppm > 0 && draw(tick, k, 4) < tick->doubled_ppm;
}

static int64_t number_near(const struct tick *tick, int64_t ns)
{
	return (ns - tick->phase_ns - floor_mod(ns - tick->phase_ns, tick->period_ns)) / tick->period_ns;
}

int64_t tick_last(const struct tick *tick, int64_t ns)
{
	if (tick->period_ns == 0)
		return ns;
	for (int64_t k = number_near(tick, ns) + 2;; k--) {
		int64_t at = time_of(tick, k);
		if (at > ns || missed(tick, k))
			continue;
		return doubled(tick, k) && at + tick->doubled_gap_ns <= ns ? at + tick->doubled_gap_ns : at;
	}
}

int64_t tick_next(const struct tick *tick, int64_t ns)
{
	if (tick->period_ns == 0)
		return ns;
	for (int64_t k = number_near(tick, ns) - 2;; k++) {
		int64_t at = time_of(tick, k);
		if (missed(tick, k))
			continue;
		if (at > ns)
			return at;
		if (doubled(tick, k) && at + tick->doubled_gap_ns > ns)
			return at + tick->doubled_gap_ns;
	}
}

int64_t tick_longest(const struct tick *tick)
{
	int64_t jitter = 2 * (4 * tick->noise_ns + tick->spread_ns) + tick->saw_ns;
	return tick->period_ns * (tick->missed_ppm > 0 ? 2 : 1) + jitter;
}

void tick_print_json(const struct tick *tick, FILE *out)
{
	fprintf(out,
	    "{\"period_ns\": %lld, \"phase_ns\": %lld, \"noise_ns\": %lld, \"spread_ns\": %lld, \"spread_ppm\": %u, "
	    "\"saw_ns\": %lld, "
	    "\"saw_step_ppm\": %u, \"missed_ppm\": %u, \"doubled_ppm\": %u, \"doubled_gap_ns\": %lld, \"seed\": %llu, "
	    "\"longest_ns\": %lld}",
	    (long long)tick->period_ns, (long long)tick->phase_ns, (long long)tick->noise_ns, (long long)tick->spread_ns,
	    tick->spread_ppm, (long long)tick->saw_ns, tick->saw_step_ppm, tick->missed_ppm, tick->doubled_ppm,
	    (long long)tick->doubled_gap_ns, (unsigned long long)tick->seed, (long long)tick_longest(tick));
}
