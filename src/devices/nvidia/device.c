/* SPDX-License-Identifier: MIT */
/* The device `nvidia`: each GPU is a domain, a reading is one call of NVML for each of them, one after the other. */
#include "devices/nvidia/nvidia.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/status.h"
#include "base/why.h"
#include "devices/nvidia/domain.h"
#include "devices/nvidia/gpus.h"
#include "devices/nvidia/integral.h"
#include "devices/nvidia/select.h"
#include "model/domains.h"

/* ---- discover ---- */

static joules_status explain_absence(joules_discovery *found, const struct gpus *gpus)
{
	joules_absence absence = JOULES_ABSENCE_INIT;
	const struct pci_gpus *on_bus = &gpus->on_bus;
	char reason[128];
	if (*gpus->problem.reason) {
		absence.reason_code = gpus->problem.reason_code;
		absence.reason = gpus->problem.reason;
		absence.cure = gpus->problem.cure;
		absence.command = gpus->problem.command;
		return joules_discovery_absent(found, &absence);
	}
	absence.reason = gpus->asked ? "NVIDIA's driver is loaded, but it finds no GPU" : "no NVIDIA GPU";
	if (gpus->asked)
		absence.cure = "in a container, start it with the GPU (docker run --gpus all)";
	if (*on_bus->foreign) {
		(void)snprintf(reason, sizeof reason, "NVIDIA's driver has no GPU: %s belongs to the driver %s",
		    on_bus->foreign, on_bus->driver);
		absence.reason_code = JOULES_REASON_FOREIGN;
		absence.reason = reason;
	}
	return joules_discovery_absent(found, &absence);
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
		status = nvidia_add_domain(found, gpus, &gpus->items[i], nvml);
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

static joules_status fail_problem(const char *name, const struct nvml_problem *problem)
{
	struct text why = TEXT_INIT;
	why_add(&why, problem->reason, problem->cure, problem->command);
	joules_status status = joules_fail(
	    reason_is_refusal(problem->reason_code) ? JOULES_NO_PERMISSION : JOULES_IO, "%s: %s", name, text_string(&why));
	text_free(&why);
	return status;
}

static joules_status open_gpu(const struct nvml *nvml, const joules_domain *domain, struct opened *gpu)
{
	gpu->index = (unsigned)strtoul(strrchr(domain->name, '_') + 1, NULL, 10);
	(void)snprintf(gpu->uuid, sizeof gpu->uuid, "%s", domain->gpu && domain->gpu->uuid ? domain->gpu->uuid : "");
	int code = find_handle(nvml, gpu);
	if (code == NVML_SUCCESS) {
		gpu->way = gpu_way_again(nvml, gpu->handle, domain->method, domain->covers == JOULES_COVERS_MODULE);
		return JOULES_OK;
	}
	struct nvml_problem problem = nvml_problem_of(code);
	return fail_problem(domain->name, &problem);
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
		return false;
	if (regular)
		integral_poll(&gpu->integral, watts, now_ns);
	else
		integral_add(&gpu->integral, watts, now_ns);
	return true;
}

static joules_status open_all(
    void *context, const joules_options *options, const joules_domain *const *domains, size_t count, void **state)
{
	(void)context;
	(void)options;
	struct nvml_problem problem;
	const struct nvml *nvml = nvml_get(&problem);
	if (!nvml)
		return fail_problem("nvidia", &problem);
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
	raw->gap_s = gpu->integral.gap_s;
	gpu->integral.gap_s = 0.0;
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
	.part = JOULES_PART_GPU,
	.discover = discover,
	.open = open_all,
	.read = read_all,
	.close = close_all,
	.poll = poll_all,
	.poll_s = poll_wait,
	.forked = forked,
	.select = nvidia_select,
};
