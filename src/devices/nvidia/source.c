/* SPDX-License-Identifier: MIT */
#include "devices/nvidia/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* ---- choosing ---- */

/* nvmlDeviceArchitecture_t: up to Turing nvmlDeviceGetPowerUsage gives the power now, since Ampere the average of a
 * second (nvml.h; GA100, too, gives the power now, but cannot be told from the rest of Ampere by asking). */
enum { ARCHITECTURE_TURING = 6 };

static const struct power_way {
	enum gpu_call call;
	unsigned field, scope;
	joules_method method;
	bool only_old; /* up to Turing */
} power_ways[] = {
	{ CALL_FIELD, FIELD_POWER_INSTANT, SCOPE_GPU, JOULES_METHOD_POWER, false },
	{ CALL_FIELD, FIELD_POWER_INSTANT, SCOPE_MODULE, JOULES_METHOD_POWER, false },
	{ CALL_POWER, 0, SCOPE_GPU, JOULES_METHOD_POWER, true },
	{ CALL_FIELD, FIELD_POWER_AVERAGE, SCOPE_GPU, JOULES_METHOD_POWER_AVERAGE, false },
	{ CALL_POWER, 0, SCOPE_GPU, JOULES_METHOD_POWER_AVERAGE, false },
	{ CALL_FIELD, FIELD_POWER_AVERAGE, SCOPE_MODULE, JOULES_METHOD_POWER_AVERAGE, false },
};

/* "System is not in ready state" from the energy call after a good start: H100 PCIe, pynvml #54, CodeCarbon #578. */
enum { READY_TRIES = 3, READY_WAIT_NS = 5000000 };

static bool is_old(const struct nvml *nvml, nvml_device device)
{
	unsigned architecture;
	return nvml->architecture && nvml->architecture(device, &architecture) == NVML_SUCCESS &&
	    architecture <= ARCHITECTURE_TURING;
}

int gpu_way_energy(const struct nvml *nvml, nvml_device device, const struct gpu_way *way, uint64_t *mj)
{
	unsigned long long value;
	double real;
	if (way->call == CALL_ENERGY) {
		int code = nvml->energy(device, &value);
		*mj = value;
		return code;
	}
	int code = nvml_read_field(nvml, device, FIELD_TOTAL_ENERGY, SCOPE_GPU, &real);
	if (code == NVML_SUCCESS)
		*mj = (uint64_t)real;
	return code;
}

int gpu_way_power(const struct nvml *nvml, nvml_device device, const struct gpu_way *way, double *watts)
{
	double milliwatts = 0.0;
	unsigned value = 0;
	int code = NVML_FUNCTION_NOT_FOUND;
	if (way->call == CALL_FIELD) {
		code = nvml_read_field(nvml, device, way->field, way->scope, &milliwatts);
	} else if (nvml->power) {
		code = nvml->power(device, &value);
		milliwatts = value;
	}
	*watts = milliwatts * 1e-3;
	return code;
}

/* One that says more than "does not have it". */
static void keep_code(struct gpu_way *way, int code)
{
	bool says_little =
	    way->code == NVML_SUCCESS || way->code == NVML_NOT_SUPPORTED || way->code == NVML_FUNCTION_NOT_FOUND;
	if (code != NVML_SUCCESS && says_little)
		way->code = code;
}

static bool try_way(const struct nvml *nvml, nvml_device device, struct gpu_way *way, struct gpu_way *best)
{
	int code = NVML_NOT_READY;
	for (int i = 0; i < READY_TRIES && code == NVML_NOT_READY; i++) {
		uint64_t mj;
		double watts;
		if (i > 0)
			clock_sleep_ns(READY_WAIT_NS);
		code = way->method == JOULES_METHOD_COUNTER ? gpu_way_energy(nvml, device, way, &mj)
		                                            : gpu_way_power(nvml, device, way, &watts);
	}
	if (code == NVML_SUCCESS)
		*best = *way;
	else
		keep_code(best, code);
	return code == NVML_SUCCESS;
}

/* A GH200's counter is the whole module's (Zeus, pull request 172), though its other answers are a GPU's. */
static bool counts_module(const char *name)
{
	return strstr(name, "GH200") != NULL;
}

struct gpu_way gpu_way_find(const struct nvml *nvml, nvml_device device, const char *name)
{
	struct gpu_way best = { .call = CALL_NONE };
	struct gpu_way call = { .call = CALL_ENERGY, .method = JOULES_METHOD_COUNTER, .module = counts_module(name) };
	struct gpu_way field = {
		.call = CALL_ENERGY_FIELD, .method = JOULES_METHOD_COUNTER, .module = counts_module(name)
	};
	if ((nvml->energy && try_way(nvml, device, &call, &best)) || try_way(nvml, device, &field, &best))
		return best;
	bool old = is_old(nvml, device);
	for (size_t i = 0; i < sizeof power_ways / sizeof *power_ways; i++) {
		const struct power_way *power = &power_ways[i];
		struct gpu_way way = { power->call, power->field, power->scope, power->method, power->scope == SCOPE_MODULE,
			NVML_SUCCESS };
		if ((!power->only_old || old) && try_way(nvml, device, &way, &best))
			return best;
	}
	return best;
}

struct gpu_way gpu_way_again(const struct nvml *nvml, nvml_device device, joules_method method, bool module)
{
	struct gpu_way chosen = { .call = CALL_NONE, .method = method, .module = module };
	if (method == JOULES_METHOD_COUNTER) {
		uint64_t mj;
		chosen.call = CALL_ENERGY;
		int code = nvml->energy ? gpu_way_energy(nvml, device, &chosen, &mj) : NVML_FUNCTION_NOT_FOUND;
		if (code == NVML_NOT_SUPPORTED || code == NVML_FUNCTION_NOT_FOUND)
			chosen.call = CALL_ENERGY_FIELD;
		return chosen;
	}
	bool old = is_old(nvml, device);
	for (size_t i = 0; i < sizeof power_ways / sizeof *power_ways; i++) {
		const struct power_way *power = &power_ways[i];
		struct gpu_way way = { power->call, power->field, power->scope, power->method, power->scope == SCOPE_MODULE,
			NVML_SUCCESS };
		double watts;
		if (way.method != method || way.module != module || (power->only_old && !old))
			continue;
		if (chosen.call == CALL_NONE)
			chosen = way;
		if (gpu_way_power(nvml, device, &way, &watts) == NVML_SUCCESS)
			return way;
	}
	return chosen;
}

/* ---- adding power up ---- */

/* Longer than this without a good value, and the power in between is anybody's guess. */
#define LONGEST_GAP_S 1.0

/* The sensor is looked at often until it has changed a few times, then at half its period. An idle GPU's value may
 * stand still: then as if it changed each 100 ms, the longest period seen on any GPU (arXiv 2312.02741). */
#define LEARN_S 1.0
#define LEARN_WAIT_S 0.005
#define USUAL_PERIOD_S 0.1
#define SHORTEST_PERIOD_S 0.01

void integral_add(struct integral *integral, double watts, int64_t now_ns)
{
	if (integral->sample_ns && !integral->restart)
		integral->joules += (integral->watts + watts) / 2.0 * (double)(now_ns - integral->sample_ns) * 1e-9;
	integral->watts = watts;
	integral->sample_ns = now_ns;
}

static int compare(const void *a, const void *b)
{
	const double *first = a, *second = b;
	return (*first > *second) - (*first < *second);
}

static void learn(struct integral *integral, bool changed, int64_t now_ns)
{
	enum { GAPS = sizeof integral->gaps_s / sizeof *integral->gaps_s, ENOUGH = 3 };
	if (!integral->learn_ns)
		integral->learn_ns = now_ns;
	if (changed) {
		if (integral->change_ns)
			integral->gaps_s[integral->gap_count++] = (double)(now_ns - integral->change_ns) * 1e-9;
		integral->change_ns = now_ns;
	}
	if (integral->gap_count < GAPS && (double)(now_ns - integral->learn_ns) * 1e-9 < LEARN_S)
		return;
	qsort(integral->gaps_s, integral->gap_count, sizeof *integral->gaps_s, compare);
	double median = integral->gap_count >= ENOUGH ? integral->gaps_s[integral->gap_count / 2] : USUAL_PERIOD_S;
	integral->period_s = median < SHORTEST_PERIOD_S ? SHORTEST_PERIOD_S
	    : median > USUAL_PERIOD_S                   ? USUAL_PERIOD_S
	                                                : median;
}

void integral_poll(struct integral *integral, double watts, int64_t now_ns)
{
	bool changed = integral->learn_ns && (watts > integral->polled_watts || watts < integral->polled_watts);
	if (integral->period_s <= 0.0)
		learn(integral, changed, now_ns);
	integral->polled_watts = watts;
	integral_add(integral, watts, now_ns);
}

void integral_miss(struct integral *integral, int64_t now_ns)
{
	if (!integral->sample_ns || (double)(now_ns - integral->sample_ns) * 1e-9 > LONGEST_GAP_S)
		integral->restart = true;
}

double integral_wait_s(const struct integral *integral)
{
	return integral->period_s > 0.0 ? integral->period_s / 2.0 : LEARN_WAIT_S;
}
