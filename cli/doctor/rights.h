/* SPDX-License-Identifier: MIT */
/* May this process, and others, read the counters as they should? */
#ifndef JOULES_CLI_DOCTOR_RIGHTS_H
#define JOULES_CLI_DOCTOR_RIGHTS_H

struct doctor;
struct finding;

void doctor_rights(struct doctor *doctor);
/* What keeps the user from reading the counter at `path`, and what changes that. */
void doctor_rights_cure(const char *path, struct finding *finding);

#endif
