/* SPDX-License-Identifier: MIT */
/* A domain: its unit, tick, wrap and calibration, or why it cannot be read. */
#ifndef JOULES_CLI_DOCTOR_DOMAIN_H
#define JOULES_CLI_DOCTOR_DOMAIN_H

#include <joules/joules.h>

struct doctor;

void doctor_domain(struct doctor *doctor, const joules_domain *domain);

#endif
