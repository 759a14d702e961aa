/* SPDX-License-Identifier: MIT */
/* How far a RAPL counter is calibrated, by vendor and generation of the processor. */
#ifndef JOULES_DEVICES_RAPL_GAIN_H
#define JOULES_DEVICES_RAPL_GAIN_H

#include <joules/joules.h>

#include "base/cpu.h"

/* The class of the counter of this part; UNKNOWN where nobody has published a comparison with an instrument. */
joules_gain gain_of(const struct cpu *cpu, joules_part part);

#endif
