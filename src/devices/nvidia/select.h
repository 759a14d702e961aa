/* SPDX-License-Identifier: MIT */
/* Names of GPUs beyond their numbers: a UUID, and nvidia_visible. */
#ifndef JOULES_DEVICES_NVIDIA_SELECT_H
#define JOULES_DEVICES_NVIDIA_SELECT_H

#include <joules/joules.h>

/* As joules_device_ops has it. */
joules_status nvidia_select(
    void *context, const char *name, const joules_domain *const *domains, size_t count, bool *chosen);

#endif
