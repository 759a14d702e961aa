/* SPDX-License-Identifier: MIT */
/* Settings of devices, "DEVICE.NAME=VALUE, …". */
#ifndef JOULES_DEVICES_SETTINGS_H
#define JOULES_DEVICES_SETTINGS_H

#include "devices/discovery.h"

/* Is each a setting of one of these devices, with a value that it takes? INVALID_ARGUMENT says which is not. */
joules_status settings_check(const char *settings, const struct found_device *devices, size_t count);

/* Has each setting that the device declares a size and a name? */
bool settings_have_names(const joules_device_ops *ops);

#endif
