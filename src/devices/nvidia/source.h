/* SPDX-License-Identifier: MIT */
/* The ways of measuring one GPU, found by asking it, and their readings. */
#ifndef JOULES_DEVICES_NVIDIA_SOURCE_H
#define JOULES_DEVICES_NVIDIA_SOURCE_H

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

/* Power added up over time, for a GPU without a counter. */
struct integral {
	double joules;
	double watts;      /* the latest */
	int64_t sample_ns; /* when it was taken; 0: none yet */
	bool restart; /* what happened since the latest reading is not known: the next reading begins at 0, which says so */
	/* How often the sensor gives a new value, found by looking often at first. */
	int64_t learn_ns;    /* when looking began; 0: not yet */
	int64_t change_ns;   /* the latest new value; 0: none yet */
	double polled_watts; /* at the latest look */
	double gaps_s[8];
	unsigned gap_count;
	double period_s; /* 0: not known yet */
};

/* Takes in the power at now_ns; trapezoids, over the real times. */
void integral_add(struct integral *integral, double watts, int64_t now_ns);
/* As above, from the thread that looks regularly: also learns the sensor's period. */
void integral_poll(struct integral *integral, double watts, int64_t now_ns);
/* The power could not be read at now_ns; after too long a gap nobody knows what was spent. */
void integral_miss(struct integral *integral, int64_t now_ns);
/* Seconds to the next look: half the sensor's period. */
double integral_wait_s(const struct integral *integral);

#endif
