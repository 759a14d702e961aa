/* SPDX-License-Identifier: MIT */
/* What one count of a RAPL register is worth, recovered from max_energy_range_uj; and counts recovered from energy_uj.
 * Pure arithmetic. */
#ifndef JOULES_DEVICES_RAPL_UNIT_H
#define JOULES_DEVICES_RAPL_UNIT_H

#include <stdbool.h>
#include <stdint.h>

struct rapl_unit {
	bool known;         /* false: values are µJ, taken as they come */
	double joules;      /* of one count */
	double error;       /* relative doubt about it */
	uint64_t modulus;   /* counts at which it wraps, 0: unknown */
	uint64_t numerator; /* count = ceil(energy_uj × numerator / denominator) */
	uint64_t denominator;
};

/* range_uj 0: unknown (missing, unreadable or garbled). */
struct rapl_unit rapl_unit_of_range(uint64_t range_uj);

uint64_t rapl_count(const struct rapl_unit *unit, uint64_t energy_uj);

#endif
