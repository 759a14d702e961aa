/* SPDX-License-Identifier: MIT */
/* Zones of dies that show one and the same register. */
#ifndef JOULES_DEVICES_RAPL_DIES_H
#define JOULES_DEVICES_RAPL_DIES_H

#include "devices/rapl/domain.h"

/*
 * AMD's and Hygon's register is the socket's, and kernels name one zone a die (first-generation EPYC and Threadripper)
 * or a core complex die (CPUID leaf 0x80000026, from kernel commit 63edbaa48a57 on, mended in 6.12). Such zones become
 * one package; their cores stay cores of a die. Intel's dies have a register each. It is checked, not believed: zones
 * whose values differ by more than the time between two reads explains stay dies.
 */
void dies_merge(struct zones *zones, const struct rapl_machine *machine);

#endif
