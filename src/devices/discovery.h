/* SPDX-License-Identifier: MIT */
/* Asking one device for its domains. */
#ifndef JOULES_DEVICES_DISCOVERY_H
#define JOULES_DEVICES_DISCOVERY_H

#include <stddef.h>

#include <joules/joules.h>

/* A device with what its discover said. */
struct found_device {
	joules_device device; /* the public view */
	const joules_device_ops *ops;
	void *context;
	joules_absence absence;  /* owned; what the device says of having no domain */
	joules_domain **domains; /* owned, each by itself */
	size_t count;
	size_t capacity;
};

/* Begins with ops and context only. A device whose discovery failed is one more that is not available; but without
 * memory nobody knows what there is. Release with found_device_clear() in any case. */
joules_status found_device_discover(struct found_device *found, const joules_options *options);
void found_device_clear(struct found_device *found);

#endif
