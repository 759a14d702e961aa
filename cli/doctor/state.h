/* SPDX-License-Identifier: MIT */
/* What the parts of `joules doctor` share: the machine as it was found, and the findings so far. */
#ifndef JOULES_CLI_DOCTOR_STATE_H
#define JOULES_CLI_DOCTOR_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include <joules/joules.h>

#include "base/cpu.h"
#include "doctor/findings.h"

struct watch;

/* Of a processor, its memory or its platform. */
static inline bool is_processors(joules_part part)
{
	return part >= JOULES_PART_PACKAGE && part <= JOULES_PART_PLATFORM;
}

struct doctor {
	const char *root; /* the sysroot in use */
	const joules_list *list;
	struct cpu cpu;
	struct watch *watches; /* one for each available counter of the list */
	size_t watch_count;
	size_t forbidden; /* domains that this process may not read */
	struct findings findings;
};

#endif
