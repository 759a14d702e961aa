/* SPDX-License-Identifier: MIT */
/* What options->domains and CUDA_VISIBLE_DEVICES ask of this device, known before NVML is touched. */
#ifndef JOULES_DEVICES_NVIDIA_WISH_H
#define JOULES_DEVICES_NVIDIA_WISH_H

#include <stdbool.h>

#include "devices/nvidia/nvml.h"
#include "devices/nvidia/pci.h"

/* What the names in options->domains ask of this device. */
struct wish {
	bool nothing;      /* there are names, and none is a GPU's: NVML is left alone */
	bool named;        /* some name is a GPU's */
	bool device;       /* "nvidia" or "nvidia_visible" */
	bool visible;      /* "nvidia_visible" */
	const char *names; /* options->domains */
};
struct wish wish_of(const char *names);
/* Is "nvidia_gpu_<index>" among the names? */
bool wish_has_index(const struct wish *wish, unsigned index);
/* Does that GPU's number stand among the names? Under nvidia_visible the numbers in CUDA_VISIBLE_DEVICES count too. */
bool wish_wants_index(const struct wish *wish, unsigned index);
/* Must NVML be asked? PCI decides, where it can say. */
bool wish_needs_library(const struct wish *wish, const struct pci_gpus *on_bus);

/* "nvidia_visible"; "GPU-…", whole or cut short. */
bool wish_is_visible(const char *name);
bool wish_is_uuid(const char *name);
/* The next of the names that is a UUID, or the beginning of one; false at the end. */
bool wish_next_uuid(const char **at, char name[NVML_TEXT]);
/* CUDA_VISIBLE_DEVICES; NULL if it is not set. */
const char *wish_cuda_devices(void);

#endif
