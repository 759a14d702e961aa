/* SPDX-License-Identifier: MIT */
/* What there is to say of a zone as a domain: name, unit, pace and calibration, or why it cannot be read. */
#ifndef JOULES_DEVICES_RAPL_DOMAIN_H
#define JOULES_DEVICES_RAPL_DOMAIN_H

#include <joules/joules.h>

#include "base/cpu.h"
#include "devices/rapl/zones.h"

/* What all its domains have in common. */
struct rapl_machine {
	const struct cpu *cpu;
	unsigned packages; /* sockets with a zone */
};

/* The longest time between two moves of a counter that the hardware makes itself. */
#define RAPL_LONGEST_TICK_S 0.0031

/* Far above what the part can take, and far below what a glitch shows. */
double rapl_highest_power(joules_part part, const struct rapl_machine *machine);

/* Reports the zone, readable or not. */
joules_status rapl_add_domain(joules_discovery *found, const struct zone *zone, const struct rapl_machine *machine);

#endif
