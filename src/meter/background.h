/* SPDX-License-Identifier: MIT */
/* The one thread that a meter may have. */
#ifndef JOULES_METER_BACKGROUND_H
#define JOULES_METER_BACKGROUND_H

#include "meter/state.h"

void background_prepare(joules_meter *meter); /* at open */
void background_need(joules_meter *meter);    /* by each verb that reads: starts the thread where it does not run */
/* The thread settles what was read until now; it is started where it does not run. NO_MEMORY. */
joules_status background_settle(joules_meter *meter);
void background_end(joules_meter *meter); /* at close */

#endif
