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
	domain->covers = gpu->way.module ? JOULES_COVERS_MODULE : JOULES_COVERS_GPU;
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

/* An instance has no value of its own: energy and power are the whole GPU's (nvml.h). */
static void describe_scope(char scope[64], const struct gpu *gpu)
{
	const char *whole = gpu->way.module ? "module" : "gpu";
	if (gpu->instance_count > 0)
		(void)snprintf(scope, 64, "%s, %zu instance%s", whole, gpu->instance_count, gpu->instance_count > 1 ? "s" : "");
	else
		(void)snprintf(scope, 64, "%s", whole);
}

static struct nvml_problem problem_of(joules_reason code, const char *reason, const char *cure)
{
	struct nvml_problem problem = { .reason_code = code, .cure = cure };
	(void)snprintf(problem.reason, sizeof problem.reason, "%s", reason);
	return problem;
}

/* It could be opened, and answers no way of measuring it. */
static struct nvml_problem problem_of_way(int code)
{
	if (code == NVML_NOT_SUPPORTED || code == NVML_FUNCTION_NOT_FOUND || code == NVML_SUCCESS)
		return problem_of(
		    JOULES_REASON_UNSUPPORTED, "this GPU has neither an energy counter nor a power reading", NULL);
	struct nvml_problem problem = nvml_problem_of(code);
	/* It is this process's GPU: that alone is refused. */
	if (problem.reason_code == JOULES_REASON_FOREIGN)
		problem.reason_code = JOULES_REASON_PERMISSION;
	return problem;
}

static struct nvml_problem problem_of_gpu(const struct gpus *gpus, const struct gpu *gpu)
{
	if (gpu->handle)
		return problem_of_way(gpu->way.code);
	if (gpu->code != NVML_SUCCESS)
		return nvml_problem_of(gpu->code);
	if (gpu->suspended)
		return problem_of(
		    JOULES_REASON_ASLEEP, "it is suspended, and Joules does not wake it", "name it to wake it and measure it");
	if (*gpus->problem.reason)
		return gpus->problem;
	return problem_of(JOULES_REASON_UNREAD, "Joules did not ask it, because only other domains are named", NULL);
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
		.instances = (unsigned)gpu->instance_count,
	};
	joules_domain domain = JOULES_DOMAIN_INIT;
	char name[32], scope[64] = "gpu";
	(void)snprintf(name, sizeof name, "nvidia_gpu_%u", gpu->index);
	domain.name = name;
	domain.part = JOULES_PART_GPU;
	domain.covers = JOULES_COVERS_GPU;
	domain.scope = scope;
	domain.gpu = &facts;
	domain.may_block = true;
	domain.unit_known = false; /* until it is known how the GPU is measured */
	if (gpu->handle && gpu->way.call != CALL_NONE) {
		describe_way(&domain, gpu, highest_power(nvml, gpu));
		describe_scope(scope, gpu);
		return joules_discovery_add(found, &domain);
	}
	struct nvml_problem problem = problem_of_gpu(gpus, gpu);
	domain.available = false;
	domain.reason_code = problem.reason_code;
	domain.reason = problem.reason;
	domain.cure = problem.cure;
	domain.command = problem.command;
	return joules_discovery_add(found, &domain);
}
