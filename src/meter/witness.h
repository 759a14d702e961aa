/* SPDX-License-Identifier: MIT */
/* Packages that nobody asked for, opened to tell whether a chosen part of theirs stands still because it uses nothing
 * or because it is dead. */
#ifndef JOULES_METER_WITNESS_H
#define JOULES_METER_WITNESS_H

#include "meter/choose.h"

/* Fills choice->witnesses for the domains that are chosen. */
joules_status witness_choose(struct choice *choice, const joules_list *list);

#endif
