/* SPDX-License-Identifier: MIT */
/* Outputs of commands that are not shown: standard output goes to /dev/null, where writing costs nothing; standard
 * error to a file in memory, so that the last lines of a command that failed can be told. */
#ifndef JOULES_CLI_HIDDEN_H
#define JOULES_CLI_HIDDEN_H

#include <stdbool.h>
#include <stdint.h>

struct notes;

struct hidden {
	int null_fd, log_fd; /* -1: outputs are shown */
};

/* False and errno. */
bool hidden_open(struct hidden *hidden);
void hidden_close(struct hidden *hidden);
/* What a command wrote last becomes errors among the notes. */
void hidden_tell(const struct hidden *hidden, const char *command, int code, struct notes *notes);
/* Before the next run. */
void hidden_clear(const struct hidden *hidden);
/* From time to time gives back the memory of what was written before the last lines. */
int64_t hidden_wait_ns(const struct hidden *hidden); /* -1: never */
void hidden_trim(const struct hidden *hidden);

#endif
