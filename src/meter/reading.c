/* SPDX-License-Identifier: MIT */
#include "meter/reading.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "meter/queue.h"
#include "model/standstill.h"

struct joules_reading *reading_new(joules_meter *meter)
{
	size_t count = meter->domains->count, models = meter->has_models ? count : 0;
	struct joules_reading *reading =
	    calloc(1, sizeof *reading + count * sizeof *reading->points + models * sizeof *reading->models);
	if (!reading)
		return NULL;
	reading->meter = meter;
	if (models > 0)
		reading->models = (void *)(reading->points + count);
	return reading;
}

void reading_free(struct joules_reading *reading)
{
	if (!reading)
		return;
	pthread_mutex_lock(&reading->meter->lock);
	queue_remove(reading->meter, reading);
	pthread_mutex_unlock(&reading->meter->lock);
	free(reading);
}

/* ---- reading ---- */

__thread bool device_works;

/* A read, and the clocks around it. What takes longer than that may have slept, or waited for the processor. */
#define USUAL_READ_NS 100000

/* How much CLOCK_BOOTTIME is ahead: never too much, as the other clock is read after it; and the tightest of some. */
static int64_t least_asleep(void)
{
	int64_t least_ns = INT64_MIN; /* a time namespace may put it behind */
	for (int tries = 0; tries < 4; tries++) {
		int64_t boottime_ns = clock_boottime_ns(), ahead_ns = boottime_ns - clock_monotonic_ns();
		least_ns = ahead_ns > least_ns ? ahead_ns : least_ns;
	}
	return least_ns;
}

/*
 * The time after a read, and how long the machine has slept until then: CLOCK_BOOTTIME − CLOCK_MONOTONIC, which changes
 * with a sleep only. So one look at the former says both, but where more time seems to have passed than a read takes;
 * then both are read. The device's lock is held.
 */
static int64_t end_of_read(struct open_device *device, int64_t begin_ns)
{
	int64_t own_ns = device->raw[device->count + device->witness_count - 1]->end_ns;
	int64_t end_ns = clock_boottime_ns() - device->asleep_ns;
	if (device->asleep_known && end_ns >= begin_ns && end_ns - begin_ns <= USUAL_READ_NS)
		return own_ns ? own_ns : end_ns;
	end_ns = clock_monotonic_ns();
	int64_t asleep_ns = least_asleep();
	if (!device->asleep_known || asleep_ns > device->asleep_ns)
		device->asleep_ns = asleep_ns;
	device->asleep_known = true;
	return own_ns ? own_ns : end_ns;
}

static bool update(struct counter *counter, const joules_raw *raw, int64_t begin_ns, int64_t end_ns, int64_t asleep_ns)
{
	if (raw->end_ns == 0)
		return counter_update(counter, raw, begin_ns, end_ns, asleep_ns);
	/* Its own bracket: a slow device reads one after the other. */
	return counter_update(counter, raw, raw->begin_ns ? raw->begin_ns : begin_ns, raw->end_ns, asleep_ns);
}

/* What one device gave, into its counters. The meter's lock is held. */
static void update_counters(joules_meter *meter, const struct open_device *device, int64_t begin_ns, int64_t end_ns)
{
	int64_t asleep_ns = device->asleep_ns;
	struct counter *witnesses = meter->counters + meter->domains->count + device->first_witness;
	for (size_t i = 0; i < device->witness_count; i++)
		(void)update(&witnesses[i], device->raw[device->count + i], begin_ns, end_ns, asleep_ns);
	for (size_t i = 0; i < device->count; i++)
		if (update(&meter->counters[device->first + i], device->raw[i], begin_ns, end_ns, asleep_ns))
			queue_moved(meter, device->first + i);
	for (size_t i = device->first; i < device->first + device->count; i++)
		if (standstill_judge(&meter->counters[i]))
			queue_moved(meter, i);
}

/* The meter's lock is held. */
static void fill(joules_meter *meter, const struct open_device *device, struct joules_reading *reading, int64_t end_ns)
{
	struct point *point = &reading->points[device->first];
	const struct counter *counter = &meter->counters[device->first];
	for (size_t i = 0; i < device->count; i++, point++, counter++) {
		const joules_raw *raw = device->raw[i];
		counter_copy(counter, point);
		point->stamped = point->read;
		if (raw->end_ns)
			point->above += (double)(end_ns - raw->end_ns) * 1e-9 * counter->domain->max_power_w;
		if (reading->models)
			memcpy(reading->models[device->first + i].values, raw->model, sizeof raw->model);
	}
}

/* The stamp comes after the last device: until then the others may have spent more, and other threads may have read
 * them again. The meter's lock is held. */
static void stamp(joules_meter *meter, struct joules_reading *reading, const int64_t *ends_ns, int64_t now_ns)
{
	reading->stamp_ns = now_ns;
	for (size_t i = 0; i + 1 < meter->device_count; i++) {
		double later = (double)(now_ns - ends_ns[i]) * 1e-9;
		for (size_t j = 0; j < meter->devices[i].count; j++) {
			size_t domain = meter->devices[i].first + j;
			/* One more read of an earlier device may be under way: its value is older than the stamp. */
			reading->points[domain].stamped = meter->counters[domain].now.read + 1;
			reading->points[domain].above += later * meter->domains->items[domain]->max_power_w;
		}
	}
	queue_add(meter, reading);
}

void reading_take_held(joules_meter *meter, struct joules_reading *reading)
{
	int64_t ends_ns[METER_DEVICES];
	int64_t now_ns = clock_monotonic_ns();
	for (size_t i = 0; i < meter->device_count; i++) {
		struct open_device *device = &meter->devices[i];
		int64_t begin_ns = now_ns;
		pthread_mutex_lock(&device->lock);
		device_after_fork(device);
		device_read(device);
		now_ns = end_of_read(device, begin_ns);
		ends_ns[i] = now_ns;
		pthread_mutex_lock(&meter->lock);
		if (reading && i == 0)
			queue_remove(meter, reading); /* what it was before is over */
		update_counters(meter, device, begin_ns, now_ns);
		if (reading)
			fill(meter, device, reading, now_ns);
		if (reading && i + 1 == meter->device_count)
			stamp(meter, reading, ends_ns, now_ns);
		pthread_mutex_unlock(&device->lock);
		if (i + 1 < meter->device_count)
			pthread_mutex_unlock(&meter->lock);
	}
	atomic_store_explicit(&meter->latest_ns, now_ns, memory_order_relaxed);
}

void reading_take(joules_meter *meter, struct joules_reading *reading)
{
	reading_take_held(meter, reading);
	pthread_mutex_unlock(&meter->lock);
}

/* ---- differences ---- */

double reading_seconds(const struct joules_reading *begin, const struct joules_reading *end)
{
	return (double)(end->stamp_ns - begin->stamp_ns) / 1e9; /* divided: 0.15 and not 0.15000000000000002 */
}

static struct increment model_difference(const struct open_device *device, size_t index,
    const struct joules_reading *begin, const struct joules_reading *end, double seconds)
{
	size_t domain = device->first + index;
	const struct point *from_point = &begin->points[domain], *to_point = &end->points[domain];
	if (!from_point->ok || !to_point->ok || from_point->generation != to_point->generation)
		return increment_lacking(reason_between(from_point, to_point));
	joules_raw from = { .ok = true }, to = { .ok = true };
	memcpy(from.model, begin->models[domain].values, sizeof from.model);
	memcpy(to.model, end->models[domain].values, sizeof to.model);
	joules_energy energy = JOULES_ENERGY_NONE;
	device->ops->model(device->state, index, &from, &to, seconds, &energy);
	return increment_of_energy(&energy);
}

void reading_models(
    joules_meter *meter, const struct joules_reading *begin, const struct joules_reading *end, struct increment *out)
{
	UNCANCELLED;
	double seconds = reading_seconds(begin, end);
	for (size_t i = 0; i < meter->device_count; i++) {
		struct open_device *device = &meter->devices[i];
		if (!device->ops->model)
			continue;
		pthread_mutex_lock(&device->lock);
		for (size_t j = 0, at = device->first; j < device->count; j++, at++)
			if (meter->domains->items[at]->kind == JOULES_KIND_MODEL)
				out[at] = model_difference(device, j, begin, end, seconds);
		pthread_mutex_unlock(&device->lock);
	}
}

void reading_difference(const joules_meter *meter, const struct joules_reading *begin, const struct joules_reading *end,
    struct increment *out)
{
	increments_between((const joules_domain *const *)meter->domains->items, meter->domains->count, begin->points,
	    end->points, reading_seconds(begin, end), out);
}
