/* SPDX-License-Identifier: MIT */
/* One measurement on a meter: the trace that grows from start, record, resume and stop. Its verbs are in the public
 * header. */
#ifndef JOULES_METER_RECORDER_H
#define JOULES_METER_RECORDER_H

#include <joules/joules.h>

/* Seconds to wait before the next look for its latest reading. */
double recorder_pause_s(const joules_recorder *recorder);

#endif
