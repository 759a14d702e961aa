/* SPDX-License-Identifier: MIT */
/* The Python package that came with this command: are its names pyJoules.* still its own? */
#ifndef JOULES_CLI_DOCTOR_PYTHON_H
#define JOULES_CLI_DOCTOR_PYTHON_H

struct doctor;

void doctor_python(struct doctor *doctor);

#endif
