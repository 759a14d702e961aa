/* SPDX-License-Identifier: MIT */
/* RAPL through the kernel's powercap files: Intel and AMD. */
#ifndef JOULES_DEVICES_RAPL_H
#define JOULES_DEVICES_RAPL_H

#include <joules/joules.h>

extern const joules_device_ops rapl_device;

#endif
