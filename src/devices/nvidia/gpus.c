/* SPDX-License-Identifier: MIT */
#include "devices/nvidia/gpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "devices/nvidia/visible.h"
#include "devices/nvidia/wish.h"

/* ---- asking one GPU ---- */

/* PCI's way of writing it: NVML's has eight digits in front. */
static void write_address(const struct nvml *nvml, struct gpu *gpu)
{
	struct nvml_pci pci;
	if (!nvml->pci || nvml->pci(gpu->handle, &pci) != NVML_SUCCESS)
		return;
	(void)snprintf(gpu->pci, sizeof gpu->pci, "%04x:%02x:%02x.0", pci.domain, pci.bus, pci.device);
}

static void find_instances(const struct nvml *nvml, struct gpu *gpu)
{
	unsigned most = 0;
	if (!nvml->mig_count || !nvml->mig_by_index || nvml->mig_count(gpu->handle, &most) != NVML_SUCCESS)
		return;
	gpu->instances = calloc(GPU_INSTANCES, sizeof *gpu->instances);
	for (unsigned i = 0; gpu->instances && i < most && gpu->instance_count < GPU_INSTANCES; i++) {
		nvml_device instance;
		char *uuid = gpu->instances[gpu->instance_count];
		if (nvml->mig_by_index(gpu->handle, i, &instance) != NVML_SUCCESS)
			continue; /* a place that is not taken */
		if (!nvml->uuid || nvml->uuid(instance, uuid, NVML_TEXT) != NVML_SUCCESS)
			*uuid = '\0';
		gpu->instance_count++;
	}
}

static void ask(const struct nvml *nvml, struct gpu *gpu)
{
	unsigned current, pending;
	gpu->suspended = false;
	if (!nvml->name || nvml->name(gpu->handle, gpu->name, sizeof gpu->name) != NVML_SUCCESS)
		*gpu->name = '\0';
	if (!nvml->uuid || nvml->uuid(gpu->handle, gpu->uuid, sizeof gpu->uuid) != NVML_SUCCESS)
		*gpu->uuid = '\0';
	gpu->name[sizeof gpu->name - 1] = gpu->uuid[sizeof gpu->uuid - 1] = '\0';
	write_address(nvml, gpu);
	gpu->mig = nvml->mig_mode && nvml->mig_mode(gpu->handle, &current, &pending) == NVML_SUCCESS && current == 1;
	if (gpu->mig)
		find_instances(nvml, gpu);
	gpu->way = gpu_way_find(nvml, gpu->handle, gpu->name);
}

static void open_by_index(const struct nvml *nvml, struct gpu *gpu)
{
	gpu->code = nvml->by_index(gpu->index, &gpu->handle);
	if (gpu->code == NVML_SUCCESS)
		ask(nvml, gpu);
	else
		gpu->handle = NULL;
}

/* ---- asking all that may be asked ---- */

static struct gpu *add(struct gpus *gpus, unsigned index, const struct pci_gpu *on_bus)
{
	struct gpu *gpu = &gpus->items[gpus->count++];
	gpu->index = index;
	if (on_bus) {
		memcpy(gpu->pci, on_bus->address, sizeof on_bus->address);
		gpu->suspended = on_bus->suspended;
	}
	return gpu;
}

/* NVML counts the GPUs in PCI order, those included that this process may not open: where both see as many, places are
 * numbers. */
static void ask_in_order(struct gpus *gpus, const struct nvml *nvml, const struct wish *wish, unsigned count)
{
	bool same = count == gpus->on_bus.count;
	for (unsigned i = 0; i < count && gpus->count < GPU_MOST; i++) {
		struct gpu *gpu = add(gpus, i, same ? &gpus->on_bus.items[i] : NULL);
		if (!gpu->suspended || wish_wants_index(wish, i))
			open_by_index(nvml, gpu);
	}
}

static bool has_index(const struct gpus *gpus, unsigned index)
{
	for (size_t i = 0; i < gpus->count; i++)
		if (gpus->items[i].index == index)
			return true;
	return false;
}

/* The two see different GPUs, and some sleep: those that are awake are asked for by address. */
static void ask_by_address(struct gpus *gpus, const struct nvml *nvml, const struct wish *wish)
{
	const struct pci_gpus *on_bus = &gpus->on_bus;
	for (unsigned i = 0; i < on_bus->count && gpus->count < GPU_MOST; i++) {
		nvml_device handle;
		unsigned index = i;
		if (on_bus->items[i].suspended && !wish_wants_index(wish, i))
			continue;
		int code = nvml->by_pci(on_bus->items[i].address, &handle);
		if (code == NVML_NOT_FOUND)
			continue;
		if (code == NVML_SUCCESS && nvml->index)
			(void)nvml->index(handle, &index);
		struct gpu *gpu = add(gpus, index, &on_bus->items[i]);
		gpu->code = code;
		gpu->handle = code == NVML_SUCCESS ? handle : NULL;
		if (gpu->handle)
			ask(nvml, gpu);
	}
	for (unsigned i = 0; i < on_bus->count && gpus->count < GPU_MOST; i++) {
		unsigned index = i;
		if (!on_bus->items[i].suspended || wish_wants_index(wish, i))
			continue;
		while (has_index(gpus, index))
			index++;
		(void)add(gpus, index, &on_bus->items[i]);
	}
}

/* Does one of the UUIDs among the names fit none of the GPUs known so far? Then it may be that of one that sleeps. */
static bool lacks_uuid(const char *names, const struct gpus *gpus)
{
	char uuid[NVML_TEXT];
	for (const char *at = names; wish_next_uuid(&at, uuid);) {
		bool found = false;
		for (size_t i = 0; i < gpus->count && !found; i++)
			found = strncasecmp(gpus->items[i].uuid, uuid, strlen(uuid)) == 0;
		if (!found)
			return true;
	}
	return false;
}

static void wake_for_uuid(struct gpus *gpus, const struct nvml *nvml, const struct wish *wish)
{
	bool wake = lacks_uuid(wish->names, gpus) || (wish->visible && lacks_uuid(wish_cuda_devices(), gpus));
	for (size_t i = 0; wake && i < gpus->count; i++)
		if (gpus->items[i].suspended && !gpus->items[i].handle)
			open_by_index(nvml, &gpus->items[i]);
}

/* NVML cannot be asked: what PCI shows is all that is known. */
static void show_bus(struct gpus *gpus)
{
	for (unsigned i = 0; i < gpus->on_bus.count && gpus->count < GPU_MOST; i++)
		(void)add(gpus, i, &gpus->on_bus.items[i]);
}

/* NVML and how many GPUs it counts; NULL: *problem says why. */
static const struct nvml *count_gpus(unsigned *count, struct nvml_problem *problem)
{
	const struct nvml *nvml = nvml_get(problem);
	if (!nvml)
		return NULL;
	int code = nvml->count(count);
	if (code == NVML_UNINITIALIZED && nvml_init_again())
		code = nvml->count(count);
	if (code == NVML_SUCCESS)
		return nvml;
	*problem = nvml_problem_of(code);
	return NULL;
}

static void ask_all(struct gpus *gpus, const struct wish *wish)
{
	unsigned count = 0;
	const struct nvml *nvml = count_gpus(&count, &gpus->problem);
	if (!nvml) {
		if (!gpus->problem.no_driver)
			show_bus(gpus);
		return;
	}
	bool some_sleep = pci_awake(&gpus->on_bus) < gpus->on_bus.count;
	if (some_sleep && count != gpus->on_bus.count && nvml->by_pci)
		ask_by_address(gpus, nvml, wish);
	else
		ask_in_order(gpus, nvml, wish, count);
	wake_for_uuid(gpus, nvml, wish);
}

/* ---- what CUDA sees ---- */

/* Of the GPUs that this process may open: CUDA does not count the others, NVML does. */
static void set_visible(struct gpus *gpus)
{
	struct visible_gpu seen[GPU_MOST] = { { NULL } };
	struct gpu *of[GPU_MOST];
	const char *instances[GPU_MOST][GPU_INSTANCES];
	size_t count = 0;
	for (size_t i = 0; i < gpus->count; i++) {
		struct gpu *gpu = &gpus->items[i];
		if (gpu->code == NVML_NO_PERMISSION || gpu->code == NVML_OPERATING_SYSTEM)
			continue;
		for (size_t j = 0; j < gpu->instance_count; j++)
			instances[count][j] = gpu->instances[j];
		seen[count] =
		    (struct visible_gpu){ *gpu->uuid ? gpu->uuid : NULL, instances[count], gpu->instance_count, false };
		of[count++] = gpu;
	}
	visible_select(wish_cuda_devices(), seen, count);
	for (size_t i = 0; i < count; i++)
		of[i]->visible = seen[i].visible;
}

static int compare(const void *a, const void *b)
{
	const struct gpu *first = a, *second = b;
	return (first->index > second->index) - (first->index < second->index);
}

struct gpus *gpus_find(const joules_options *options)
{
	struct wish wish = wish_of(options->domains);
	struct gpus *gpus = calloc(1, sizeof *gpus);
	if (!gpus)
		return NULL;
	pci_find_gpus(&gpus->on_bus, options->sysroot);
	gpus->asked = wish_needs_library(&wish, &gpus->on_bus);
	if (gpus->asked)
		ask_all(gpus, &wish);
	else
		show_bus(gpus);
	qsort(gpus->items, gpus->count, sizeof *gpus->items, compare);
	set_visible(gpus);
	return gpus;
}

void gpus_free(struct gpus *gpus)
{
	for (size_t i = 0; gpus && i < gpus->count; i++)
		free(gpus->items[i].instances);
	free(gpus);
}
