/* SPDX-License-Identifier: MIT */
/* What the idle machine used, brought to the time that was meant. */
#ifndef JOULES_MODEL_IDLE_H
#define JOULES_MODEL_IDLE_H

#include "model/trace.h"

/* A new trace: the samples of idle, each as if it had lasted exactly as long as trace's of the same index (which idle
 * has). An idle machine's power does not change much. */
joules_status idle_scale(const joules_trace *idle, const joules_trace *trace, joules_trace **result);

#endif
