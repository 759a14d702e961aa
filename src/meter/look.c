/* SPDX-License-Identifier: MIT */
#include "meter/look.h"

#include <math.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/status.h"
#include "meter/queue.h"
#include "meter/reading.h"
#include "model/standstill.h"

/* Often at first (a processor's counter moves each millisecond), then after an eighth of the time already waited, which
 * loses at most that part of a slower tick. Whatever tick a counter is said to have: a virtual machine's may be fast or
 * slow. */
#define FIRST_S 1e-4
#define LAST_S 1e-2
#define PART 8.0
/* A tick that is to be learned is seen from one move to the next, so closely that the looks do not matter. */
#define LEARNING_PART 50.0

/* Looking on for one more move tells how often such a counter moves; no longer than its give-up time, and once. */
static bool awaits_tick(const struct counter *counter, const struct joules_reading *reading)
{
	return counter->domain->tick_varies && !counter->tick.learned &&
	    (double)(counter->read_ns - reading->stamp_ns) * 1e-9 < counter->settle_s;
}

/* The same of a counter that cannot stand still: only its pace tells a freeze between two later reads from a slow tick
 * (standstill.h). Most often the next reading's own looks see that move. */
static bool awaits_pace(const struct counter *counter, const struct joules_reading *reading)
{
	return counter_must_move(counter->domain) && counter->moves.count == 1 &&
	    (double)(counter->read_ns - reading->stamp_ns) * 1e-9 < counter->settle_s;
}

/* Is something to be expected of this domain? One that failed, then or now, would be waited for in vain; and one that
 * may stand still, or of which nobody needs the value, only until its give-up time. */
static bool is_awaited(const joules_meter *meter, size_t domain, const struct joules_reading *reading)
{
	const struct counter *counter = &meter->counters[domain];
	const struct point *point = &reading->points[domain];
	if (!point->ok || !counter->now.ok)
		return false;
	if (point->settled)
		return awaits_tick(counter, reading) || awaits_pace(counter, reading);
	return standstill_is_awaited(counter) || (double)(counter->begin_ns - reading->stamp_ns) * 1e-9 < counter->settle_s;
}

bool look_is_settled(joules_meter *meter, struct joules_reading *reading)
{
	pthread_mutex_lock(&meter->lock);
	(void)queue_close(meter, reading);
	bool settled = true;
	for (size_t i = 0; i < meter->domains->count && settled; i++)
		settled = !is_awaited(meter, i, reading);
	pthread_mutex_unlock(&meter->lock);
	return settled;
}

double look_pause_s(joules_meter *meter, const struct joules_reading *reading)
{
	double waited_s = (double)(clock_monotonic_ns() - reading->stamp_ns) * 1e-9;
	double pause_s = fmin(fmax(waited_s / PART, FIRST_S), LAST_S);
	pthread_mutex_lock(&meter->lock);
	for (size_t i = 0; i < meter->domains->count; i++)
		if (awaits_tick(&meter->counters[i], reading))
			pause_s = fmax(fmin(pause_s, meter->counters[i].tick.seconds / LEARNING_PART), FIRST_S);
	pthread_mutex_unlock(&meter->lock);
	return pause_s;
}

double look_limit_s(const joules_meter *meter)
{
	double longest_s = STUCK_S;
	for (size_t i = 0; i < meter->domains->count; i++)
		longest_s = fmax(longest_s, meter->domains->items[i]->settle_s);
	return longest_s * 2.0 + 0.1;
}

/* True once it is settled. */
static bool look(joules_meter *meter, struct joules_reading *reading)
{
	UNCANCELLED;
	if (look_is_settled(meter, reading))
		return true;
	reading_take(meter, NULL);
	return look_is_settled(meter, reading);
}

joules_status look_on(joules_meter *meter, struct joules_reading *reading, double seconds)
{
	int64_t begin_ns = clock_monotonic_ns();
	double limit_s = fmin(seconds, look_limit_s(meter));
	while (!look(meter, reading)) {
		if ((double)(clock_monotonic_ns() - begin_ns) * 1e-9 >= limit_s)
			return seconds > limit_s
			    ? JOULES_OK
			    : joules_fail(JOULES_NOT_SETTLED, "a counter has not moved yet; settle again, or for longer");
		clock_sleep_ns((int64_t)(look_pause_s(meter, reading) * 1e9));
	}
	return JOULES_OK;
}
