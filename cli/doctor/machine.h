/* SPDX-License-Identifier: MIT */
/* Why a machine has no counter at all: a guest, a container, a module; and whether the estimate is used for it. */
#ifndef JOULES_CLI_DOCTOR_MACHINE_H
#define JOULES_CLI_DOCTOR_MACHINE_H

#include <stdbool.h>

#include <joules/joules.h>

#include "doctor/findings.h"

struct doctor;

void doctor_machine(struct doctor *doctor);
/* A counter of the processor that a container hides: doctor_machine() speaks of these. */
bool doctor_is_hidden(const joules_device *device, const joules_domain *domain);
/* A device without a domain here, in its own words. */
void doctor_absent(struct doctor *doctor, enum finding_level level, const char *about, const joules_device *device);

#endif
