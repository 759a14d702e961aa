/* SPDX-License-Identifier: MIT */
/* One measurement on a meter: start, record, resume, stop, and the trace that grows from it. The meter's own verbs are one recorder;
 * each JOULES_SCOPE is another. Recorders of one meter do not disturb each other. */
#ifndef JOULES_METER_RECORDER_H
#define JOULES_METER_RECORDER_H

#include <joules/joules.h>

struct recorder;

joules_status recorder_new(joules_meter *meter, struct recorder **recorder);
void recorder_free(struct recorder *recorder); /* before the meter is closed; NULL is fine */

/* As the meter's verbs of the public header. */
joules_status recorder_start(struct recorder *recorder, const char *tag);
joules_status recorder_record(struct recorder *recorder, const char *tag);
joules_status recorder_resume(struct recorder *recorder, const char *tag);
joules_status recorder_stop(struct recorder *recorder);
joules_status recorder_settle(struct recorder *recorder, double seconds);
joules_status recorder_trace(struct recorder *recorder, joules_trace **trace);

#endif
