/* SPDX-License-Identifier: MIT */
/* Which devices there are, and what each of them has found: the ground of joules_list_new() and of joules_meter_open().
 */
#ifndef JOULES_DEVICES_REGISTRY_H
#define JOULES_DEVICES_REGISTRY_H

#include <joules/joules.h>

#include "devices/discovery.h"

struct joules_list {
	struct found_device *devices;
	size_t count;
	char *sysroot; /* the resolved root */
};

/* A caller's options (NULL: none), in the struct that this library knows. */
joules_status registry_options(joules_options *known, const joules_options *options);

/* Is the device of this name one of the library's own? */
bool registry_is_built_in(const char *name);

/* Is this one a reading of the whole CPU: what makes the estimate unnecessary? */
bool registry_is_cpu_counter(const joules_domain *domain);

#endif
