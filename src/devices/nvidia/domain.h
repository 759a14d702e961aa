/* SPDX-License-Identifier: MIT */
/* What there is to say of a GPU as a domain: how it is measured, or why it cannot be. */
#ifndef JOULES_DEVICES_NVIDIA_DOMAIN_H
#define JOULES_DEVICES_NVIDIA_DOMAIN_H

#include <joules/joules.h>

#include "devices/nvidia/gpus.h"

/* Reports the GPU, readable or not. nvml: needed where some GPU has a handle. */
joules_status nvidia_add_domain(
    joules_discovery *found, const struct gpus *gpus, const struct gpu *gpu, const struct nvml *nvml);

#endif
