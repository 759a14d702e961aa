/* SPDX-License-Identifier: MIT */
/* The share of the machine's busy CPU time that the child's process tree had, and the energy that this stands for. */
#ifndef JOULES_CLI_SHARE_H
#define JOULES_CLI_SHARE_H

#include "run/run.h"

/* Both clocks at one moment. */
struct share_moment {
	bool known;
	uint64_t busy_ticks;
	double tree_s; /* without the running child, whose time comes with its end */
};

struct share_moment share_begin(const struct series *series);
/* After the child was reaped. */
struct share share_end(const struct series *series, const struct share_moment *begin, const struct rusage *child);

/* The share of the energy of CPUs and memory in the sample, with its band. INVALID (all NAN) where there is none. */
joules_energy share_energy(const struct share *share, const joules_sample *sample, joules_source source);

#endif
