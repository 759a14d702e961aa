/* SPDX-License-Identifier: MIT */
#include "devices/nvidia/domain.h"

#include <stdio.h>

/* The counter moves every 20 to 100 ms, or 10 (reports from users of pynvml, Alumet, PETSc and Zeus): where learning
 * begins. Nobody has seen it stand still for longer than what settling waits. A power is as old as the sensor's period,
 * an average a second more. */
#define COUNTER_TICK_S 0.1
#define COUNTER_SETTLE_S 0.25
#define POWER_TICK_S 0.1
#define AVERAGE_TICK_S 1.0

/* "accurate to within +/- 5 %" (nvml.h); ± 5 % is also what 70 GPUs showed in steady state (arXiv 2312.02741). */
#define POWER_ERROR 0.05

/* Short peaks go beyond the limit that the driver keeps on average. Without one: above the largest module's 2900 W
 * (GB300). */
#define PEAK_FACTOR 2.0
#define HIGHEST_POWER_W 6000.0

static double highest_power(const struct nvml *nvml, const struct gpu *gpu)
{
	unsigned mw;
	if (gpu->way.module || !nvml->power_limit || nvml->power_limit(gpu->handle, &mw) != NVML_SUCCESS || mw == 0)
		return HIGHEST_POWER_W;
	return mw * 1e-3 * PEAK_FACTOR;
}

static void describe_way(joules_domain *domain, const struct gpu *gpu, double max_power_w)
{
	bool counter = gpu->way.method == JOULES_METHOD_COUNTER;
	double tick_s = counter ? COUNTER_TICK_S : gpu->way.method == JOULES_METHOD_POWER ? POWER_TICK_S : AVERAGE_TICK_S;
	domain->kind = counter ? JOULES_KIND_COUNTER : JOULES_KIND_JOULES;
	domain->method = gpu->way.method;
	if (gpu->way.module) {
		domain->covers = JOULES_COVERS_MODULE;
		domain->scope = "module";
	}
	domain->max_power_w = max_power_w;
	domain->tick_s = tick_s;
	domain->settle_s = COUNTER_SETTLE_S;
	if (counter) {
		domain->unit_j = 1e-3;
		domain->unit_known = true;
		domain->tick_varies = true;
		domain->longest_tick_s = COUNTER_SETTLE_S;
	} else {
		domain->unit_j = max_power_w * tick_s; /* what the sensor may not have seen yet, at either end */
		domain->unit_error = POWER_ERROR;
	}
}

static void unavailable(
    joules_domain *domain, char reason[640], const char *text, const char *code_name, const char *cure)
{
	(void)snprintf(reason, 640, code_name ? "%s (NVML: %s)" : "%s", text, code_name);
	domain->available = false;
	domain->reason = reason;
	domain->cure = cure;
}

/* Why the GPU cannot be measured, if it cannot. */
static void explain(joules_domain *domain, const struct gpus *gpus, const struct gpu *gpu, char reason[640])
{
	const struct nvml_meaning *meaning = nvml_meaning(gpu->handle ? gpu->way.code : gpu->code);
	bool says_nothing = gpu->way.code == NVML_NOT_SUPPORTED || gpu->way.code == NVML_FUNCTION_NOT_FOUND ||
	    gpu->way.code == NVML_SUCCESS;
	if (gpu->handle && gpu->way.call != CALL_NONE)
		return;
	if (gpu->handle && says_nothing)
		unavailable(domain, reason, "this GPU has neither an energy counter nor a power reading", NULL, NULL);
	else if (gpu->handle || gpu->code != NVML_SUCCESS) {
		unavailable(domain, reason, meaning->reason, meaning->name, meaning->cure);
		domain->forbidden = meaning->forbidden;
	} else if (gpu->suspended)
		unavailable(domain, reason, "suspended, and left asleep", NULL, "name it to wake and measure it");
	else if (*gpus->problem.reason) {
		unavailable(domain, reason, gpus->problem.reason, NULL, gpus->problem.cure);
		domain->forbidden = gpus->problem.forbidden;
	} else
		unavailable(domain, reason, "not asked: only other domains are named", NULL, NULL);
}

joules_status nvidia_add_domain(
    joules_discovery *found, const struct gpus *gpus, const struct gpu *gpu, const struct nvml *nvml)
{
	const joules_gpu facts = {
		.size = sizeof facts,
		.product = *gpu->name ? gpu->name : NULL,
		.uuid = *gpu->uuid ? gpu->uuid : NULL,
		.pci = *gpu->pci ? gpu->pci : NULL,
		.mig = gpu->mig,
		.suspended = gpu->suspended,
		.visible = gpu->visible,
	};
	joules_domain domain = JOULES_DOMAIN_INIT;
	char name[32], reason[640];
	(void)snprintf(name, sizeof name, "nvidia_gpu_%u", gpu->index);
	domain.name = name;
	domain.part = JOULES_PART_GPU;
	domain.covers = JOULES_COVERS_GPU;
	domain.scope = "gpu";
	domain.gpu = &facts;
	domain.may_block = true;
	domain.unit_known = false; /* until it is known how the GPU is measured */
	explain(&domain, gpus, gpu, reason);
	if (domain.available)
		describe_way(&domain, gpu, highest_power(nvml, gpu));
	return joules_discovery_add(found, &domain);
}
