/* SPDX-License-Identifier: MIT */
/* A GPU that can be measured: how, what its value covers, and what to mind. */
#ifndef JOULES_CLI_DOCTOR_GPU_H
#define JOULES_CLI_DOCTOR_GPU_H

#include <joules/joules.h>

struct doctor;

void doctor_gpu(struct doctor *doctor, const joules_domain *domain);

#endif
