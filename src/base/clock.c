/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

static int64_t now(clockid_t id)
{
	struct timespec time;
	clock_gettime(id, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t real_monotonic(void)
{
	return now(CLOCK_MONOTONIC);
}

static int64_t real_boottime(void)
{
	return now(CLOCK_BOOTTIME);
}

static int64_t real_wall(void)
{
	return now(CLOCK_REALTIME);
}

static void real_sleep(int64_t ns)
{
	if (ns <= 0)
		return;
	/* To a point in time, so that signals do not lengthen it. */
	int64_t until = real_monotonic() + ns;
	struct timespec time = { until / 1000000000, until % 1000000000 };
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
		;
}

static const struct clock_source real = { real_monotonic, real_boottime, real_wall, real_sleep };
static const struct clock_source *source = &real;

int64_t clock_monotonic_ns(void)
{
	return source->monotonic_ns();
}

int64_t clock_boottime_ns(void)
{
	return source->boottime_ns();
}

int64_t clock_wall_ns(void)
{
	return source->wall_ns();
}

void clock_sleep_ns(int64_t ns)
{
	source->sleep_ns(ns);
}

void clock_source_set(const struct clock_source *replacement)
{
	source = replacement ? replacement : &real;
}
