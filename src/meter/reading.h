/* SPDX-License-Identifier: MIT */
/* Reading all devices at one moment, and the difference of two such moments. */
#ifndef JOULES_METER_READING_H
#define JOULES_METER_READING_H

#include "meter/state.h"

struct joules_reading *reading_new(joules_meter *meter);
void reading_free(struct joules_reading *reading);

/* Reads all devices; reading may be NULL: a look, which only helps the open ones. */
void reading_take(joules_meter *meter, struct joules_reading *reading);
/* The same, and returns with the meter's lock held. */
void reading_take_held(joules_meter *meter, struct joules_reading *reading);

double reading_seconds(const struct joules_reading *begin, const struct joules_reading *end);
/* The MODEL domains' part of a difference. Takes the devices' locks, as calls of a device never overlap: before the
 * meter's, and nothing that changes later is looked at. */
void reading_models(
    joules_meter *meter, const struct joules_reading *begin, const struct joules_reading *end, struct increment *out);
/* The other domains' part. The meter's lock is held by the caller where readings may still be open. */
void reading_difference(const joules_meter *meter, const struct joules_reading *begin, const struct joules_reading *end,
    struct increment *out);

#endif
