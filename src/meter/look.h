/* SPDX-License-Identifier: MIT */
/* Looking: reading on until every counter has moved, which closes the bounds of a reading. */
#ifndef JOULES_METER_LOOK_H
#define JOULES_METER_LOOK_H

#include "meter/state.h"

/* Is there nothing more to see? Closes what can be closed by now. */
bool look_is_settled(joules_meter *meter, struct joules_reading *reading);
/* Reads on until the reading is settled, at most `seconds` (0: looks once). NOT_SETTLED where the time is over before.
 */
joules_status look_on(joules_meter *meter, struct joules_reading *reading, double seconds);
/* Seconds to wait before the next look for this reading. The one policy for it. */
double look_pause_s(joules_meter *meter, const struct joules_reading *reading);
/* After how long looking ends for good. */
double look_limit_s(const joules_meter *meter);

#endif
