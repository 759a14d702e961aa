/* SPDX-License-Identifier: MIT */
/* The ways of measuring one GPU, found by asking it, and their readings. */
#ifndef JOULES_DEVICES_NVIDIA_WAY_H
#define JOULES_DEVICES_NVIDIA_WAY_H

#include <joules/joules.h>

#include "devices/nvidia/nvml.h"

/* What to call. */
enum gpu_call { CALL_NONE, CALL_ENERGY, CALL_ENERGY_FIELD, CALL_FIELD, CALL_POWER };

struct gpu_way {
	enum gpu_call call;
	unsigned field, scope; /* CALL_FIELD */
	joules_method method;
	bool module; /* the value is the whole module's: GPU, Grace CPU, memory */
	int code;    /* CALL_NONE: the most telling of the GPU's refusals */
};

/* The first way that the GPU answers: its energy counter, its power now, its average power. One that is "not ready" is
 * asked a few times.
 */
struct gpu_way gpu_way_find(const struct nvml *nvml, nvml_device device, const char *name);

/* The way that was found before, once more: what the GPU was said to be measured by stays, though it may now answer
 * otherwise. */
struct gpu_way gpu_way_again(const struct nvml *nvml, nvml_device device, joules_method method, bool module);

/* The counter in mJ; a return code. */
int gpu_way_energy(const struct nvml *nvml, nvml_device device, const struct gpu_way *way, uint64_t *mj);
/* The power in watts; a return code. */
int gpu_way_power(const struct nvml *nvml, nvml_device device, const struct gpu_way *way, double *watts);

#endif
