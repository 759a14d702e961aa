/* SPDX-License-Identifier: MIT */
/* The clocks, in nanoseconds, behind one seam so that tests can bring their own. */
#ifndef JOULES_BASE_CLOCK_H
#define JOULES_BASE_CLOCK_H

#include <stdint.h>

struct clock_source {
	int64_t (*monotonic_ns)(void);
	int64_t (*boottime_ns)(void);
	int64_t (*wall_ns)(void);
	void (*sleep_ns)(int64_t ns);
};

int64_t clock_monotonic_ns(void);
int64_t clock_boottime_ns(void); /* as monotonic, and goes on while the machine sleeps */
int64_t clock_wall_ns(void);
void clock_sleep_ns(int64_t ns); /* goes on after a signal until the time has passed */

/* Tests only: NULL brings the real clocks back. Not while another thread reads a clock. */
void clock_source_set(const struct clock_source *replacement);

#endif
