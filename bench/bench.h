/* SPDX-License-Identifier: MIT */
/* What the programs of the bench share: a clock, and a device that costs next to nothing. */
#ifndef JOULES_BENCH_H
#define JOULES_BENCH_H

#include <stdint.h>
#include <time.h>

#include <joules/joules.h>

#define BENCH_DOMAINS 4

static inline int64_t bench_now_ns(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Ends the program with the message of the library where a status is not OK. */
void bench_check(joules_status status, const char *what);

/* A meter on a device of the caller's own kind, with BENCH_DOMAINS counters that move at every read. */
joules_meter *bench_open(void);

/* A trace of so many samples of it. The caller's: joules_trace_unref(). */
joules_trace *bench_measure(long samples);

#endif
