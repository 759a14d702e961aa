/* SPDX-License-Identifier: MIT */
/* Starting the measured command, and reaping it and the orphans of its tree. */
#ifndef JOULES_CLI_CHILD_H
#define JOULES_CLI_CHILD_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "measure/signals.h"

struct child_setup {
	char *const *argv;
	int input_fd;  /* its standard input; -1: ours */
	int output_fd; /* its standard output; -1: ours */
};

/* The pid once exec has succeeded, which is when the new program begins. 0 and *error: exec failed. -1 and *error: no
 * process. */
pid_t child_spawn(const struct child_setup *setup, const struct signals *signals, int *error);

/* Processes below us. */
struct children {
	double adopted_s; /* CPU seconds of the orphans that we reaped, and of what they had reaped */
};

/* From here on orphans of our tree come to us, so that their CPU time can be told. */
void children_adopt(void);
/* Reaps all that have ended; true if `child` was among them. */
bool children_reap(struct children *children, pid_t child, int *status, struct rusage *usage);
/* CPU seconds of our tree so far, `child` (already reaped, or 0) not among them. */
double children_cpu_s(const struct children *children);

double timeval_s(struct timeval time);
double rusage_cpu_s(const struct rusage *usage);

#endif
