/* SPDX-License-Identifier: MIT */
/* Reading all devices, and closing the bounds of readings by what later reads see. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/status.h"
#include "meter/meter.h"

struct joules_reading *reading_new(joules_meter *meter)
{
	struct joules_reading *reading = calloc(1, sizeof *reading + meter->domains->count * sizeof *reading->points);
	if (reading)
		reading->meter = meter;
	return reading;
}

/* ---- the list of open readings, under the meter's lock ---- */

static void list_add(joules_meter *meter, struct joules_reading *reading)
{
	reading->listed = true;
	reading->previous = NULL;
	reading->next = meter->open_readings;
	if (reading->next)
		reading->next->previous = reading;
	meter->open_readings = reading;
}

static void list_remove(joules_meter *meter, struct joules_reading *reading)
{
	if (!reading->listed)
		return;
	reading->listed = false;
	if (reading->previous)
		reading->previous->next = reading->next;
	else
		meter->open_readings = reading->next;
	if (reading->next)
		reading->next->previous = reading->previous;
}

void reading_unlist(struct joules_reading *reading)
{
	pthread_mutex_lock(&reading->meter->lock);
	list_remove(reading->meter, reading);
	pthread_mutex_unlock(&reading->meter->lock);
}

void reading_free(struct joules_reading *reading)
{
	if (!reading)
		return;
	reading_unlist(reading);
	free(reading);
}

static bool all_settled(const struct joules_reading *reading)
{
	for (size_t i = 0; i < reading->meter->domains->count; i++)
		if (!reading->points[i].settled)
			return false;
	return true;
}

/* ---- closing bounds ---- */

/*
 * Energy at the stamp lies between the value read before it and the first changed value read after it, plus one unit.
 * The change is sought relative to a read made after the stamp (number read + 1): a value that moved between the
 * reading and the stamp proves nothing about what was spent after that move. A counter that stood still for its whole
 * give-up time is closed at its value plus one unit; but not one whose tick nobody knows: it may be slower than that,
 * or broken.
 */
static void close_point(struct point *point, const struct counter *counter, bool moved)
{
	if (point->settled || counter->now.read <= point->read)
		return;
	if (point->generation != counter->now.generation || !counter->now.ok) {
		point->settled = point->generation != counter->now.generation;
		return;
	}
	bool stood_still =
	    point->look_ns && (double)(counter->read_ns - point->look_ns) * 1e-9 >= counter->domain->settle_s;
	if ((moved && counter->now.read >= point->read + 2) || stood_still) {
		double above = counter->now.level - point->level + counter->domain->unit_j;
		if (above < point->above && (moved || !counter->domain->tick_varies))
			point->above = above;
		point->settled = true;
	} else if (!point->look_ns) {
		point->look_ns = counter->read_ns;
	}
}

/* What one domain's new value tells the readings and traces that still wait for it. The meter's lock is held. */
static void resolve(joules_meter *meter, size_t domain, bool moved)
{
	const struct counter *counter = &meter->counters[domain];
	for (struct joules_reading *reading = meter->open_readings; reading; reading = reading->next)
		close_point(&reading->points[domain], counter, moved);
	if (moved)
		for (joules_recorder *recorder = meter->recorders; recorder; recorder = recorder_next(recorder))
			recorder_resolve(recorder, domain, counter);
}

static void drop_settled(joules_meter *meter)
{
	struct joules_reading *next;
	for (struct joules_reading *reading = meter->open_readings; reading; reading = next) {
		next = reading->next;
		if (all_settled(reading))
			list_remove(meter, reading);
	}
}

/* ---- reading ---- */

void device_after_fork(struct open_device *device)
{
	if (device->forked && device->ops->forked)
		device->ops->forked(device->state);
	device->forked = false;
}

static int64_t read_device(
    joules_meter *meter, struct open_device *device, struct joules_reading *reading, int64_t begin_ns)
{
	pthread_mutex_lock(&device->lock);
	device_after_fork(device);
	device->ops->read(device->state, device->raw);
	int64_t end_ns = device->raw[device->count - 1]->end_ns;
	if (!end_ns)
		end_ns = clock_monotonic_ns();
	int64_t asleep_ns = clock_boottime_ns() - end_ns;
	pthread_mutex_lock(&meter->lock);
	if (reading)
		list_remove(meter, reading); /* what it was before is over */
	for (size_t i = 0; i < device->count; i++) {
		size_t domain = device->first + i;
		const joules_raw *raw = device->raw[i];
		bool own = raw->end_ns != 0; /* its own bracket: a slow device reads one after the other */
		int64_t from_ns = own && raw->begin_ns ? raw->begin_ns : begin_ns;
		bool moved = counter_update(&meter->counters[domain], raw, from_ns, own ? raw->end_ns : end_ns, asleep_ns);
		resolve(meter, domain, moved);
		if (!reading)
			continue;
		reading->points[domain] = meter->counters[domain].now;
		if (own)
			reading->points[domain].above +=
			    (double)(end_ns - raw->end_ns) * 1e-9 * meter->domains->items[domain]->max_power_w;
	}
	drop_settled(meter);
	pthread_mutex_unlock(&meter->lock);
	pthread_mutex_unlock(&device->lock);
	return end_ns;
}

/* The stamp comes after the last device: until then the others may have spent more, and other threads may have read
 * them again. */
static void stamp(joules_meter *meter, struct joules_reading *reading, const int64_t *ends_ns, int64_t now_ns)
{
	reading->stamp_ns = now_ns;
	for (size_t i = 0; i < meter->device_count; i++) {
		double later = (double)(now_ns - ends_ns[i]) * 1e-9;
		for (size_t j = 0; j < meter->devices[i].count; j++) {
			size_t domain = meter->devices[i].first + j;
			reading->points[domain].read = meter->counters[domain].now.read;
			reading->points[domain].above += later * meter->domains->items[domain]->max_power_w;
		}
	}
	if (!all_settled(reading))
		list_add(meter, reading);
}

void meter_read(joules_meter *meter, struct joules_reading *reading)
{
	background_need(meter);
	int64_t ends_ns[METER_DEVICES];
	int64_t now_ns = clock_monotonic_ns();
	for (size_t i = 0; i < meter->device_count; i++)
		ends_ns[i] = now_ns = read_device(meter, &meter->devices[i], reading, now_ns);
	atomic_store_explicit(&meter->latest_ns, now_ns, memory_order_relaxed);
	if (!reading)
		return;
	pthread_mutex_lock(&meter->lock);
	stamp(meter, reading, ends_ns, now_ns);
	pthread_mutex_unlock(&meter->lock);
}

/* ---- settling ---- */

/* Looking on for one more move tells how often such a counter moves; no longer than its give-up time, and once. */
static bool awaits_tick(const struct counter *counter, const struct joules_reading *reading)
{
	return counter->domain->tick_varies && !counter->tick_learned &&
	    (double)(counter->read_ns - reading->stamp_ns) * 1e-9 < counter->domain->settle_s;
}

bool reading_is_settled(joules_meter *meter, const struct joules_reading *reading)
{
	pthread_mutex_lock(&meter->lock);
	bool settled = true;
	/* A domain that failed, then or now, would be waited for in vain. */
	for (size_t i = 0; i < meter->domains->count && settled; i++)
		settled = !reading->points[i].ok || !meter->counters[i].now.ok ||
		    (reading->points[i].settled && !awaits_tick(&meter->counters[i], reading));
	pthread_mutex_unlock(&meter->lock);
	return settled;
}

/* A tenth of the fastest tick that is still waited for: a change is seen soon, and the looking costs little. Where the
 * tick is not known yet, it may be a fifth of what was said, and is to be seen in its turn. */
double reading_pause(joules_meter *meter, const struct joules_reading *reading)
{
	double period = 0.1;
	pthread_mutex_lock(&meter->lock);
	for (size_t i = 0; i < meter->domains->count; i++) {
		const struct counter *counter = &meter->counters[i];
		bool learns = awaits_tick(counter, reading);
		if ((!reading->points[i].settled || learns) && counter->now.tick_s > 0.0)
			period = fmin(period, counter->now.tick_s / (learns ? 50.0 : 10.0));
	}
	pthread_mutex_unlock(&meter->lock);
	return period;
}

double meter_settle_limit(const joules_meter *meter)
{
	double longest = 0.0;
	for (size_t i = 0; i < meter->domains->count; i++)
		longest = fmax(longest, meter->domains->items[i]->settle_s);
	return longest * 2.0 + 0.1;
}

joules_status reading_settle(joules_meter *meter, const struct joules_reading *reading, double seconds)
{
	int64_t begin_ns = clock_monotonic_ns();
	double limit = fmin(seconds, meter_settle_limit(meter));
	while (!reading_is_settled(meter, reading)) {
		meter_read(meter, NULL);
		if (reading_is_settled(meter, reading))
			break;
		if ((double)(clock_monotonic_ns() - begin_ns) * 1e-9 >= limit)
			return seconds > limit
			    ? JOULES_OK
			    : joules_fail(JOULES_NOT_SETTLED, "a counter has not moved yet; settle again, or for longer");
		clock_sleep_ns((int64_t)(reading_pause(meter, reading) * 1e9));
	}
	return JOULES_OK;
}

/* ---- differences ---- */

double reading_seconds(const struct joules_reading *begin, const struct joules_reading *end)
{
	return (double)(end->stamp_ns - begin->stamp_ns) / 1e9; /* divided: 0.15 and not 0.15000000000000002 */
}

static struct increment model_difference(
    const struct open_device *device, size_t index, const struct point *begin, const struct point *end, double seconds)
{
	if (!begin->ok || !end->ok)
		return increment_invalid();
	joules_raw from = { .ok = true }, to = { .ok = true };
	memcpy(from.model, begin->model, sizeof from.model);
	memcpy(to.model, end->model, sizeof to.model);
	joules_energy energy = JOULES_ENERGY_NONE;
	device->ops->model(device->state, index, &from, &to, seconds, &energy);
	return increment_of_energy(&energy);
}

void reading_models(
    joules_meter *meter, const struct joules_reading *begin, const struct joules_reading *end, struct increment *out)
{
	double seconds = reading_seconds(begin, end);
	for (size_t i = 0; i < meter->device_count; i++) {
		struct open_device *device = &meter->devices[i];
		if (!device->ops->model)
			continue;
		pthread_mutex_lock(&device->lock);
		for (size_t j = 0, at = device->first; j < device->count; j++, at++)
			if (meter->domains->items[at]->kind == JOULES_KIND_MODEL)
				out[at] = model_difference(device, j, &begin->points[at], &end->points[at], seconds);
		pthread_mutex_unlock(&device->lock);
	}
}

void reading_difference(const joules_meter *meter, const struct joules_reading *begin, const struct joules_reading *end,
    struct increment *out)
{
	double seconds = reading_seconds(begin, end);
	for (size_t i = 0; i < meter->domains->count; i++)
		if (meter->domains->items[i]->kind != JOULES_KIND_MODEL)
			increment_between(meter->domains->items[i], &begin->points[i], &end->points[i], seconds, &out[i]);
}

/* ---- the public verbs ---- */

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
	if (!meter || !reading || reading->meter != meter)
		return joules_fail(
		    JOULES_INVALID_ARGUMENT, "joules_read: the reading must come from joules_reading_new() of this meter");
	meter_read(meter, reading);
	reading->wall_ns = clock_wall_ns();
	return JOULES_OK;
}

joules_status joules_settle(joules_meter *meter, joules_reading *reading, double seconds)
{
	if (!meter || !reading || reading->meter != meter || !reading->stamp_ns || isnan(seconds))
		return joules_fail(
		    JOULES_INVALID_ARGUMENT, "joules_settle: needs a reading that joules_read() of this meter has filled");
	return reading_settle(meter, reading, seconds);
}

joules_status joules_between(
    joules_meter *meter, const joules_reading *begin, const joules_reading *end, joules_sample **sample)
{
	if (!meter || !begin || !end || !sample || begin->meter != meter || end->meter != meter)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_between: both readings must come from this meter");
	if (!begin->stamp_ns || !end->stamp_ns || end->stamp_ns < begin->stamp_ns)
		return joules_fail(
		    JOULES_INVALID_ARGUMENT, "joules_between: both readings must be filled, and begin be the earlier one");
	size_t count = meter->domains->count;
	struct increment few[16], *increments = count <= 16 ? few : calloc(count, sizeof *increments);
	if (!increments)
		return fail_memory();
	joules_status status = sample_prepare(sample, meter->domains);
	if (status)
		goto done;
	reading_models(meter, begin, end, increments);
	pthread_mutex_lock(&meter->lock);
	reading_difference(meter, begin, end, increments);
	pthread_mutex_unlock(&meter->lock);
	for (size_t i = 0; i < count; i++)
		sample_energies(*sample)[i] = energy_of_increment(meter->domains->items[i], &increments[i]);
	(*sample)->timestamp = (double)begin->wall_ns / 1e9;
	(*sample)->duration_s = reading_seconds(begin, end);
done:
	if (increments != few)
		free(increments);
	return status;
}
