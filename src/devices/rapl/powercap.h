/* SPDX-License-Identifier: MIT */
/* Reading through powercap: one descriptor and one pread of energy_uj for each domain. */
#ifndef JOULES_DEVICES_RAPL_POWERCAP_H
#define JOULES_DEVICES_RAPL_POWERCAP_H

#include <stdbool.h>

#include <joules/joules.h>

#include "devices/rapl/zones.h"

/* Does its energy_uj give a number to this process? */
bool powercap_is_readable(const struct zone *zone);

/* As joules_device_ops has them. */
joules_status powercap_open(
    void *context, const joules_options *options, const joules_domain *const *domains, size_t count, void **state);
void powercap_read(void *state, joules_raw *const raw[]);
void powercap_close(void *state);

#endif
