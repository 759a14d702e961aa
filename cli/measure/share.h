/* SPDX-License-Identifier: MIT */
/* The share of the machine's busy CPU time that the child's process tree had, and the energy that this stands for. */
#ifndef JOULES_CLI_SHARE_H
#define JOULES_CLI_SHARE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#include <joules/joules.h>

struct children;

/* The part of the total that is the child's; the share of the machine's busy CPU time that its process tree had. */
struct share {
	bool known;
	double cpu; /* 0 … 1 */
	double low; /* the same with one busy tick more or less */
	double high;
	double busy_ticks; /* the machine's; 0: not known */
};

/* Both clocks at one moment. */
struct share_moment {
	bool known;
	uint64_t busy_ticks;
	double tree_s; /* without the running child, whose time comes with its end */
};

struct share_moment share_begin(int busy_fd, const struct children *children);
/* After the child was reaped. */
struct share share_end(
    int busy_fd, const struct children *children, const struct share_moment *begin, const struct rusage *child);

/* The share of the energy of CPUs and memory in the sample, with its band. INVALID (all NAN) where there is none. */
joules_energy share_energy(const struct share *share, const joules_sample *sample, joules_source source);

#endif
