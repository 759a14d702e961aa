/* SPDX-License-Identifier: MIT */
#ifndef JOULES_CLI_PEAK_H
#define JOULES_CLI_PEAK_H

#include <stdbool.h>

#include <joules/joules.h>

/* Of --every: the step of a run with the highest power. */
struct peak {
	joules_energy energy;
	double begin_s, duration_s; /* from the run's begin */
	double watts;
};

/* False: no step is long enough, or the trace cannot be read. */
bool peak_of(const joules_trace *trace, double every_s, struct peak *peak);

#endif
