/* SPDX-License-Identifier: MIT */
/* NVIDIA's GPUs through NVML, the library of their driver. */
#ifndef JOULES_DEVICES_NVIDIA_NVIDIA_H
#define JOULES_DEVICES_NVIDIA_NVIDIA_H

#include <joules/joules.h>

extern const joules_device_ops nvidia_device;

#endif
