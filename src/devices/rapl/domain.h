/* SPDX-License-Identifier: MIT */
/* What there is to say of a zone as a domain: name, unit, pace and calibration, or why it cannot be read. */
#ifndef JOULES_DEVICES_RAPL_DOMAIN_H
#define JOULES_DEVICES_RAPL_DOMAIN_H

#include <joules/joules.h>

#include "base/cpu.h"
#include "devices/rapl/zones.h"

/* Reports the zone, readable or not. */
joules_status rapl_add_domain(joules_discovery *found, const struct zone *zone, const struct cpu *cpu);

#endif
