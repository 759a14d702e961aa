/* SPDX-License-Identifier: MIT */
#include "devices/nvidia/way.h"

#include <string.h>

#include "base/clock.h"

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
