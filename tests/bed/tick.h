/* SPDX-License-Identifier: MIT */
/* When a counter moves. Real counters do so about every millisecond on a grid, with the jitter of their part; between
 * two ticks they stand still. Everything follows from the seed, in whole nanoseconds, so that another program
 * (truth.py) finds the same ticks. */
#ifndef BED_TICK_H
#define BED_TICK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Tick k comes at k × period + phase − saw × frac(k × saw step) + noise(k) + spread(k). */
struct tick {
	int64_t period_ns; /* 0: the counter is exact at every moment */
	int64_t phase_ns;
	int64_t noise_ns;       /* standard deviation of a sum of four uniform numbers: never beyond 3.46 of it */
	int64_t spread_ns;      /* evenly within ± this, */
	uint32_t spread_ppm;    /* in so many of a million ticks */
	int64_t saw_ns;         /* intervals of two lengths, this far apart: */
	uint32_t saw_step_ppm;  /* the share of the long ones */
	uint32_t missed_ppm;    /* ticks left out, never two in a row */
	uint32_t doubled_ppm;   /* ticks followed by another one */
	int64_t doubled_gap_ns; /* after this time */
	uint64_t seed;
};

/* A named kind of tick (tick_names()), its phase drawn from the seed. False if there is none of that name. */
bool tick_preset(const char *name, uint64_t seed, struct tick *tick);
const char *tick_names(void);

/* The last tick at or before ns, and the first one after it; ns itself where period_ns is 0. */
int64_t tick_last(const struct tick *tick, int64_t ns);
int64_t tick_next(const struct tick *tick, int64_t ns);

/* No interval between two ticks is longer. */
int64_t tick_longest(const struct tick *tick);

void tick_print_json(const struct tick *tick, FILE *out);

/* A number that looks random and depends on both arguments alone. */
uint64_t bed_hash(uint64_t seed, uint64_t number);

#endif
