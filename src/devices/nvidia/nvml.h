/* SPDX-License-Identifier: MIT */
/* NVML without its header: what Joules calls of libnvidia-ml.so.1, opened when first needed, never closed. The ABI is
 * that of NVML 13.3's public nvml.h; names are the explicit ones (its macros turn nvmlInit into nvmlInit_v2, dlsym()
 * does not). */
#ifndef JOULES_DEVICES_NVIDIA_NVML_H
#define JOULES_DEVICES_NVIDIA_NVML_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/nvidia/codes.h"

enum { NVML_TEXT = 96 }; /* NVML_DEVICE_NAME_V2_BUFFER_SIZE, NVML_DEVICE_UUID_V2_BUFFER_SIZE */

typedef struct nvml_device_opaque *nvml_device;

/* nvmlFieldValue_t */
struct nvml_field {
	uint32_t id;
	uint32_t scope;
	int64_t timestamp_us;
	int64_t latency_us;
	int32_t type;   /* of value */
	int32_t result; /* a return code of its own */
	union {
		double real;
		unsigned int u32;
		unsigned long ul;
		unsigned long long u64;
		long long i64;
		int i32;
		unsigned short u16;
	} value;
};
_Static_assert(sizeof(struct nvml_field) == 40, "nvmlFieldValue_t has 40 bytes");

enum {
	FIELD_TOTAL_ENERGY = 83,   /* mJ */
	FIELD_POWER_AVERAGE = 185, /* mW over 1 s; Ampere (except GA100) and newer */
	FIELD_POWER_INSTANT = 186, /* mW */
	SCOPE_GPU = 0,
	SCOPE_MODULE = 1, /* GPU, Grace and what else is on a superchip */
};

/* nvmlPciInfo_t */
struct nvml_pci {
	char legacy[16];
	unsigned domain, bus, device, device_id, subsystem_id;
	char id[32];
};
_Static_assert(sizeof(struct nvml_pci) == 68, "nvmlPciInfo_t has 68 bytes");

/* The functions; all but the first four may be NULL. They may be called from any thread ("NVML is thread-safe",
 * nvml.h). */
struct nvml {
	int (*init)(void);
	int (*shutdown)(void);
	int (*count)(unsigned *count);
	int (*by_index)(unsigned index, nvml_device *device);
	int (*energy)(nvml_device device, unsigned long long *mj);
	int (*fields)(nvml_device device, int count, struct nvml_field *fields);
	int (*power)(nvml_device device, unsigned *mw);
	int (*by_uuid)(const char *uuid, nvml_device *device);
	int (*by_pci)(const char *id, nvml_device *device);
	int (*index)(nvml_device device, unsigned *index);
	int (*name)(nvml_device device, char *name, unsigned size);
	int (*uuid)(nvml_device device, char *uuid, unsigned size);
	int (*pci)(nvml_device device, struct nvml_pci *pci);
	int (*power_limit)(nvml_device device, unsigned *mw);
	int (*architecture)(nvml_device device, unsigned *architecture);
	int (*mig_mode)(nvml_device device, unsigned *current, unsigned *pending);
	int (*mig_count)(nvml_device device, unsigned *count);
	int (*mig_by_index)(nvml_device device, unsigned index, nvml_device *instance);
};

/* The library, opened once for the process and initialised once for it and for each forked child. NULL: *problem says
 * why. */
const struct nvml *nvml_get(struct nvml_problem *problem);
/* After a call said UNINITIALIZED: somebody else in this process has shut NVML down. False if that does not help. */
bool nvml_init_again(void);

/* One field as a number of its own unit (mW, mJ), whatever type the driver gives it. A return code. */
int nvml_read_field(const struct nvml *nvml, nvml_device device, unsigned field, unsigned scope, double *value);

#endif
