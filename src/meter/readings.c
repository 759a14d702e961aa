/* SPDX-License-Identifier: MIT */
/* The public verbs of free readings. */
#include <math.h>
#include <stdlib.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/status.h"
#include "meter/background.h"
#include "meter/look.h"
#include "meter/queue.h"
#include "meter/reading.h"
#include "model/trace.h"

joules_status joules_reading_new(joules_meter *meter, joules_reading **reading)
{
	if (!meter || !reading)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_reading_new: meter and reading must not be NULL");
	*reading = reading_new(meter);
	return *reading ? JOULES_OK : fail_memory();
}

void joules_reading_free(joules_reading *reading)
{
	reading_free(reading);
}

joules_status joules_read(joules_meter *meter, joules_reading *reading)
{
	UNCANCELLED;
	if (!meter || !reading || reading->meter != meter)
		return joules_fail(
		    JOULES_INVALID_ARGUMENT, "joules_read: the reading must come from joules_reading_new() of this meter");
	background_need(meter);
	reading_take(meter, reading);
	reading->wall_ns = clock_wall_ns();
	return JOULES_OK;
}

double joules_reading_value(const joules_reading *reading, size_t domain)
{
	if (!reading || !reading->stamp_ns || domain >= reading->meter->domains->count || !reading->points[domain].ok)
		return (double)NAN;
	const joules_domain *what = reading->meter->domains->items[domain];
	const struct point *point = &reading->points[domain];
	switch (what->kind) {
	case JOULES_KIND_COUNTER:
		return (double)(point->units + point->past.origin) * what->unit_j;
	case JOULES_KIND_JOULES:
		return point->level;
	case JOULES_KIND_MODEL:
	default:
		return (double)NAN;
	}
}

joules_status joules_settle(joules_meter *meter, joules_reading *reading, double seconds)
{
	if (!meter || !reading || reading->meter != meter || !reading->stamp_ns || isnan(seconds))
		return joules_fail(
		    JOULES_INVALID_ARGUMENT, "joules_settle: needs a reading that joules_read() of this meter has filled");
	return look_on(meter, reading, seconds);
}

/* What closes of it meanwhile is no change to whoever holds it. */
static struct joules_reading *inner(const joules_reading *reading)
{
	return (struct joules_reading *)(uintptr_t)reading;
}

joules_status joules_between(
    joules_meter *meter, const joules_reading *begin, const joules_reading *end, joules_sample **sample)
{
	UNCANCELLED;
	if (!meter || !begin || !end || !sample || begin->meter != meter || end->meter != meter)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_between: both readings must come from this meter");
	if (!begin->stamp_ns || !end->stamp_ns || end->stamp_ns < begin->stamp_ns)
		return joules_fail(
		    JOULES_INVALID_ARGUMENT, "joules_between: both readings must be filled, and begin must be the earlier one");
	size_t count = meter->domains->count;
	struct increment few[16], *increments = count <= 16 ? few : calloc(count, sizeof *increments);
	if (!increments)
		return fail_memory();
	joules_status status = sample_prepare(sample, meter->domains);
	if (status)
		goto done;
	reading_models(meter, begin, end, increments);
	pthread_mutex_lock(&meter->lock);
	(void)queue_close(meter, inner(begin));
	(void)queue_close(meter, inner(end));
	reading_difference(meter, begin, end, increments);
	pthread_mutex_unlock(&meter->lock);
	(*sample)->timestamp = (double)begin->wall_ns / 1e9;
	(*sample)->duration_s = reading_seconds(begin, end);
	for (size_t i = 0; i < count; i++)
		sample_set(*sample, i, energy_of_increment(meter->domains->items[i], &increments[i]));
done:
	if (increments != few)
		free(increments);
	return status;
}
