/* SPDX-License-Identifier: MIT */
/* The readings whose bounds are still open, in the order in which they were read. Each counter has its place in the
 * queue: the first reading that still waits for it. A move takes that place on, so a read costs the same however many
 * wait. The meter's lock is held in all of these. */
#ifndef JOULES_METER_QUEUE_H
#define JOULES_METER_QUEUE_H

#include "meter/state.h"

/* At the end, if anything of it is open. It has just been stamped. */
void queue_add(joules_meter *meter, struct joules_reading *reading);
/* No longer waits. */
void queue_remove(joules_meter *meter, struct joules_reading *reading);
/* This domain's counter has moved, or its count is broken: closes what that closes. */
void queue_moved(joules_meter *meter, size_t domain);
/* Closes what can be closed by now of this one reading, also because a counter stood still. True if nothing is open any
 * more. */
bool queue_close(joules_meter *meter, struct joules_reading *reading);

#endif
