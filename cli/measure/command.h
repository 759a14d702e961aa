/* SPDX-License-Identifier: MIT */
/* What is run: a command and its name; and what it reads. */
#ifndef JOULES_CLI_COMMAND_H
#define JOULES_CLI_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

struct notes;
struct signals;
struct streams;

struct command {
	char *const *argv; /* ends with NULL */
	const char *name;  /* tag of the first sample; never NULL */
};

/* The last part of a path: what the first sample is called by itself. */
const char *command_name(const char *path);
/* For one run; *fd is -1 where it gets ours. False: the reason is among the notes. */
bool command_open_input(const char *input, int *fd, struct notes *notes);
/* 0: it runs. Otherwise the exit status to leave with, and the reason is among the notes. */
int command_start(const struct command *command, const struct streams *streams, const struct signals *signals,
    pid_t *pid, struct notes *notes);

#endif
