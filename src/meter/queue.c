/* SPDX-License-Identifier: MIT */
#include "meter/queue.h"

#include "model/bounds.h"

static bool is_open(const struct point *point)
{
	return point->ok && !point->settled;
}

void queue_add(joules_meter *meter, struct joules_reading *reading)
{
	struct queue *queue = &meter->queue;
	size_t open = 0;
	for (size_t i = 0; i < meter->domains->count; i++) {
		if (!is_open(&reading->points[i]))
			continue;
		open++;
		if (!queue->places[i])
			queue->places[i] = reading;
	}
	reading->open = open;
	if (open == 0)
		return;
	reading->previous = queue->last;
	reading->next = NULL;
	if (queue->last)
		queue->last->next = reading;
	else
		queue->first = reading;
	queue->last = reading;
}

void queue_remove(joules_meter *meter, struct joules_reading *reading)
{
	struct queue *queue = &meter->queue;
	if (reading->open == 0)
		return;
	reading->open = 0;
	for (size_t i = 0; i < meter->domains->count; i++)
		if (queue->places[i] == reading)
			queue->places[i] = reading->next;
	if (reading->previous)
		reading->previous->next = reading->next;
	else
		queue->first = reading->next;
	if (reading->next)
		reading->next->previous = reading->previous;
	else
		queue->last = reading->previous;
}

/* One domain of it is closed; with the last one it leaves. */
static void close_one(joules_meter *meter, struct joules_reading *reading)
{
	if (reading->open == 1)
		queue_remove(meter, reading);
	else
		reading->open--;
}

void queue_moved(joules_meter *meter, size_t domain)
{
	struct queue *queue = &meter->queue;
	const struct counter *counter = &meter->counters[domain];
	struct joules_reading *reading;
	while ((reading = queue->places[domain])) {
		struct point *point = &reading->points[domain];
		if (is_open(point) && !bounds_may_close(counter, point))
			return;
		queue->places[domain] = reading->next;
		if (is_open(point) && bounds_close(counter, point, reading->stamp_ns))
			close_one(meter, reading);
	}
}

bool queue_close(joules_meter *meter, struct joules_reading *reading)
{
	for (size_t i = 0; i < meter->domains->count; i++) {
		struct point *point = &reading->points[i];
		if (is_open(point) && bounds_close(&meter->counters[i], point, reading->stamp_ns))
			close_one(meter, reading);
	}
	return reading->open == 0;
}
