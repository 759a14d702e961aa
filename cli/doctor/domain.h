/* SPDX-License-Identifier: MIT */
/* A domain: its unit, tick, wrap and calibration, or why it cannot be read. */
#ifndef JOULES_CLI_DOCTOR_DOMAIN_H
#define JOULES_CLI_DOCTOR_DOMAIN_H

#include <joules/joules.h>

#include "doctor/findings.h"

struct doctor;

void doctor_domain(struct doctor *doctor, const joules_domain *domain);

/* A device or domain that is not there, in the library's words. */
void doctor_unavailable(
    struct doctor *doctor, enum finding_level level, const char *about, const char *reason, const char *cure);

#endif
