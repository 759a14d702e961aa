/* SPDX-License-Identifier: MIT */
/* Why a machine has no counter at all: a guest, a container, a module; and whether the estimate is used for it. */
#ifndef JOULES_CLI_DOCTOR_MACHINE_H
#define JOULES_CLI_DOCTOR_MACHINE_H

#include <stdbool.h>

#include <joules/joules.h>

struct doctor;

void doctor_machine(struct doctor *doctor);
/* Is the folder of this domain's file a link that leads nowhere, as where a container masks powercap? doctor_machine()
 * speaks of these. */
bool doctor_is_masked(const joules_domain *domain);

#endif
