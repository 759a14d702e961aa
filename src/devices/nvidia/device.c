/* SPDX-License-Identifier: MIT */
/* The device `nvidia`: each GPU is a domain, a reading is one call of NVML for each of them, one after the other. */
#include "devices/nvidia/nvidia.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/status.h"
#include "devices/nvidia/gpus.h"

/* ---- discover ---- */

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
	domain->scope = gpu->way.module ? "module" : "gpu";
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

static joules_status add_gpu(
    joules_discovery *found, const struct gpus *gpus, const struct gpu *gpu, const struct nvml *nvml)
{
	joules_domain domain = JOULES_DOMAIN_INIT;
	char name[32], reason[640];
	(void)snprintf(name, sizeof name, "nvidia_gpu_%u", gpu->index);
	domain.name = name;
	domain.part = JOULES_PART_GPU;
	domain.scope = "gpu";
	domain.unit_known = false; /* until it is known how the GPU is measured */
	domain.model = *gpu->name ? gpu->name : NULL;
	domain.uuid = *gpu->uuid ? gpu->uuid : NULL;
	domain.pci = *gpu->pci ? gpu->pci : NULL;
	domain.mig = gpu->mig;
	domain.suspended = gpu->suspended;
	domain.visible = gpu->visible;
	explain(&domain, gpus, gpu, reason);
	if (domain.available)
		describe_way(&domain, gpu, highest_power(nvml, gpu));
	return joules_discovery_add(found, &domain);
}

static joules_status explain_absence(joules_discovery *found, const struct gpus *gpus)
{
	char reason[640];
	const struct pci_gpus *on_bus = &gpus->on_bus;
	if (*gpus->problem.reason)
		return joules_discovery_absent(found, gpus->problem.reason, gpus->problem.cure);
	if (*on_bus->foreign)
		(void)snprintf(reason, sizeof reason, "no GPU that NVIDIA's driver has: %s belongs to the driver %s",
		    on_bus->foreign, on_bus->driver);
	else
		(void)snprintf(
		    reason, sizeof reason, gpus->asked ? "NVIDIA's driver is here, and counts no GPU" : "no NVIDIA GPU");
	return joules_discovery_absent(
	    found, reason, gpus->asked ? "in a container start it with the GPU (docker run --gpus all)" : NULL);
}

static joules_status discover(void *context, const joules_options *options, joules_discovery *found)
{
	(void)context;
	struct nvml_problem problem;
	struct gpus *gpus = gpus_find(options);
	if (!gpus)
		return fail_memory();
	bool any_open = false;
	for (size_t i = 0; i < gpus->count; i++)
		any_open |= gpus->items[i].handle != NULL;
	const struct nvml *nvml = any_open ? nvml_get(&problem) : NULL;
	joules_status status = gpus->count == 0 ? explain_absence(found, gpus) : JOULES_OK;
	for (size_t i = 0; i < gpus->count && !status; i++)
		status = add_gpu(found, gpus, &gpus->items[i], nvml);
	gpus_free(gpus);
	return status;
}

/* ---- open, read, poll, close ---- */

struct opened {
	nvml_device handle;
	struct gpu_way way;
	struct integral integral; /* where the way is a power */
	unsigned index;
	char uuid[NVML_TEXT];
};

struct nvidia {
	const struct nvml *nvml;
	size_t count;
	bool polls; /* some way is a power */
	struct opened gpus[];
};

/* By UUID where there is one: after a reset the numbers may have moved. */
static int find_handle(const struct nvml *nvml, struct opened *gpu)
{
	int code = NVML_FUNCTION_NOT_FOUND;
	if (nvml->by_uuid && *gpu->uuid)
		code = nvml->by_uuid(gpu->uuid, &gpu->handle);
	return code == NVML_SUCCESS ? code : nvml->by_index(gpu->index, &gpu->handle);
}

static joules_status open_gpu(const struct nvml *nvml, const joules_domain *domain, struct opened *gpu)
{
	gpu->index = (unsigned)strtoul(strrchr(domain->name, '_') + 1, NULL, 10);
	(void)snprintf(gpu->uuid, sizeof gpu->uuid, "%s", domain->uuid ? domain->uuid : "");
	int code = find_handle(nvml, gpu);
	if (code == NVML_SUCCESS) {
		gpu->way =
		    gpu_way_again(nvml, gpu->handle, domain->method, domain->scope && strcmp(domain->scope, "module") == 0);
		return JOULES_OK;
	}
	const struct nvml_meaning *meaning = nvml_meaning(code);
	return joules_fail(meaning->forbidden ? JOULES_NO_PERMISSION : JOULES_IO, "%s: %s (NVML: %s)%s%s", domain->name,
	    meaning->reason, meaning->name, meaning->cure ? "; " : "", meaning->cure ? meaning->cure : "");
}

static void close_all(void *state)
{
	free(state);
}

/* One look at the power; the trapezoid goes on to this moment. False, and *code, if it could not be read. */
static bool look(const struct nvml *nvml, struct opened *gpu, bool regular, int *code)
{
	double watts;
	*code = gpu->handle ? gpu_way_power(nvml, gpu->handle, &gpu->way, &watts) : NVML_UNINITIALIZED;
	int64_t now_ns = clock_monotonic_ns();
	if (*code != NVML_SUCCESS)
		integral_miss(&gpu->integral, now_ns);
	else if (regular)
		integral_poll(&gpu->integral, watts, now_ns);
	else
		integral_add(&gpu->integral, watts, now_ns);
	return *code == NVML_SUCCESS;
}

static joules_status open_all(
    void *context, const joules_options *options, const joules_domain *const *domains, size_t count, void **state)
{
	(void)context;
	(void)options;
	struct nvml_problem problem;
	const struct nvml *nvml = nvml_get(&problem);
	if (!nvml)
		return joules_fail(
		    JOULES_IO, "%s%s%s", problem.reason, problem.cure ? "; " : "", problem.cure ? problem.cure : "");
	struct nvidia *nvidia = calloc(1, sizeof *nvidia + count * sizeof *nvidia->gpus);
	if (!nvidia)
		return fail_memory();
	nvidia->nvml = nvml;
	for (; nvidia->count < count; nvidia->count++) {
		struct opened *gpu = &nvidia->gpus[nvidia->count];
		joules_status status = open_gpu(nvml, domains[nvidia->count], gpu);
		if (status) {
			close_all(nvidia);
			return status;
		}
		int code;
		if (gpu->way.method == JOULES_METHOD_COUNTER)
			continue;
		nvidia->polls = true;
		(void)look(nvml, gpu, true, &code);
	}
	*state = nvidia;
	return JOULES_OK;
}

static int read_gpu(const struct nvml *nvml, struct opened *gpu, joules_raw *raw)
{
	int code;
	if (!gpu->handle)
		return NVML_UNINITIALIZED;
	if (gpu->way.method == JOULES_METHOD_COUNTER)
		return gpu_way_energy(nvml, gpu->handle, &gpu->way, &raw->count);
	if (!look(nvml, gpu, false, &code))
		return code;
	/* A step back to 0 makes every interval across it invalid. */
	if (gpu->integral.restart) {
		gpu->integral.restart = false;
		gpu->integral.joules = 0.0;
	}
	raw->joules = gpu->integral.joules;
	return code;
}

/* Another part of this process has shut NVML down, and every handle with it. */
static int read_again(const struct nvidia *nvidia, struct opened *gpu, joules_raw *raw)
{
	if (!nvml_init_again() || find_handle(nvidia->nvml, gpu) != NVML_SUCCESS)
		return NVML_UNINITIALIZED;
	return read_gpu(nvidia->nvml, gpu, raw);
}

static void read_all(void *state, joules_raw *const raw[])
{
	struct nvidia *nvidia = state;
	int64_t now_ns = 0; /* the first begins with the whole read */
	for (size_t i = 0; i < nvidia->count; i++) {
		raw[i]->begin_ns = now_ns;
		int code = read_gpu(nvidia->nvml, &nvidia->gpus[i], raw[i]);
		if (code == NVML_UNINITIALIZED)
			code = read_again(nvidia, &nvidia->gpus[i], raw[i]);
		raw[i]->end_ns = now_ns = clock_monotonic_ns();
		raw[i]->ok = code == NVML_SUCCESS;
		raw[i]->error = raw[i]->ok ? 0 : nvml_meaning(code)->error;
	}
}

static void poll_all(void *state)
{
	struct nvidia *nvidia = state;
	int code;
	for (size_t i = 0; i < nvidia->count; i++)
		if (nvidia->gpus[i].way.method != JOULES_METHOD_COUNTER)
			(void)look(nvidia->nvml, &nvidia->gpus[i], true, &code);
}

static double poll_wait(void *state)
{
	const struct nvidia *nvidia = state;
	double shortest = 0.0;
	for (size_t i = 0; nvidia->polls && i < nvidia->count; i++) {
		double wait = integral_wait_s(&nvidia->gpus[i].integral);
		if (nvidia->gpus[i].way.method != JOULES_METHOD_COUNTER && (shortest <= 0.0 || wait < shortest))
			shortest = wait;
	}
	return shortest;
}

/* NVML is not inherited; and nobody looked at the power since the fork: the child's sums are its own. */
static void forked(void *state)
{
	struct nvidia *nvidia = state;
	struct nvml_problem problem;
	bool ready = nvml_get(&problem) != NULL;
	for (size_t i = 0; i < nvidia->count; i++) {
		struct opened *gpu = &nvidia->gpus[i];
		if (!ready || find_handle(nvidia->nvml, gpu) != NVML_SUCCESS)
			gpu->handle = NULL; /* the parent's is worth nothing here; reads will say so */
		gpu->integral.restart = true;
	}
}

const joules_device_ops nvidia_device = {
	.size = sizeof nvidia_device,
	.name = "nvidia",
	.discover = discover,
	.open = open_all,
	.read = read_all,
	.close = close_all,
	.poll = poll_all,
	.poll_s = poll_wait,
	.forked = forked,
};
