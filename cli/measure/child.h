/* SPDX-License-Identifier: MIT */
/* Starting the measured command, and reaping it and the orphans of its tree. */
#ifndef JOULES_CLI_CHILD_H
#define JOULES_CLI_CHILD_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "measure/signals.h"

/* Standard streams of a child; -1: ours. */
struct streams {
	int input_fd, output_fd, error_fd;
};

/* The pid once exec has succeeded, which is when the new program begins. 0 and *error: exec failed. -1 and *error: no
 * process. */
pid_t child_spawn(char *const *argv, const struct streams *streams, const struct signals *signals, int *error);

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
