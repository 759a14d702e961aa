/* SPDX-License-Identifier: MIT */
/* What CUDA_VISIBLE_DEVICES selects. NVML ignores the variable; CUDA programs do not. */
#ifndef JOULES_DEVICES_NVIDIA_VISIBLE_H
#define JOULES_DEVICES_NVIDIA_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>

/* A GPU that CUDA could use, in PCI order. */
struct visible_gpu {
	const char *uuid;             /* NULL: unknown */
	const char *const *instances; /* UUIDs of its MIG instances */
	size_t instance_count;
	bool visible; /* the answer */
};

/* CUDA's rules: numbers, or UUIDs that may be cut short, separated by commas; the list ends at the first word that
 * names nothing; one that names a device twice is empty, and so is a UUID that fits two. An instance selects the GPU
 * that it is part of. NULL: all are visible. */
void visible_select(const char *value, struct visible_gpu *gpus, size_t count);

#endif
