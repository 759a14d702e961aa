/* SPDX-License-Identifier: MIT */
/* What both reports compute from the runs. */
#ifndef JOULES_CLI_FIGURES_H
#define JOULES_CLI_FIGURES_H

#include <stddef.h>
#include <stdint.h>

#include <joules/joules.h>

#include "run/results.h"

struct figures {
	joules_statistics duration;
	joules_statistics total;
	joules_statistics *domains; /* one for each domain */
	size_t failed;
};

/* False without memory. Release with figures_free(). */
bool figures_of(const struct results *results, struct figures *figures);
void figures_free(struct figures *figures);

/* The mean of the runs (of one run: itself): a domain's energy, or the total's (FIGURES_TOTAL). Bounds are the means of
 * the bounds. */
#define FIGURES_TOTAL SIZE_MAX
joules_energy figures_mean(const struct results *results, size_t domain);
/* The mean energy that was attributed to the command. */
joules_energy figures_attributed(const struct results *results, double *cpu_share);
/* Watts of the idle machine. NAN: not measured. */
joules_energy figures_idle_watts(const struct results *results, size_t domain);
/* The mean run's energy less what the idle machine takes in its time: each bound at its worst. */
joules_energy figures_above_idle(const struct results *results, size_t domain);

/* The larger half of low … high; NAN if a bound is missing. */
double figures_half(const joules_energy *energy);

#endif
