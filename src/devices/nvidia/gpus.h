/* SPDX-License-Identifier: MIT */
/* Which GPUs there are, which of them may be asked, and what each answers. */
#ifndef JOULES_DEVICES_NVIDIA_GPUS_H
#define JOULES_DEVICES_NVIDIA_GPUS_H

#include <joules/joules.h>

#include "devices/nvidia/nvml.h"
#include "devices/nvidia/pci.h"
#include "devices/nvidia/way.h"

enum { GPU_MOST = 64, GPU_INSTANCES = 16 };

struct gpu {
	unsigned index;                                 /* NVML's; of one that was not asked: its place in PCI order */
	nvml_device handle;                             /* NULL: not asked, or refused */
	int code;                                       /* why it was refused */
	char name[NVML_TEXT], uuid[NVML_TEXT], pci[32]; /* "": unknown */
	bool mig, suspended, visible;
	char (*instances)[NVML_TEXT]; /* UUIDs of its MIG instances, "": unknown; NULL: not divided, or not known */
	size_t instance_count;
	struct gpu_way way;
};

struct gpus {
	size_t count;
	struct gpu items[GPU_MOST];
	bool asked;                  /* NVML was */
	struct nvml_problem problem; /* reason "" if there was none */
	struct pci_gpus on_bus;
};

/* NULL without memory. */
struct gpus *gpus_find(const joules_options *options);
void gpus_free(struct gpus *gpus);

#endif
