/* SPDX-License-Identifier: MIT */
/* The -o outputs: opened before the command runs, given each run's trace, saved at the end. */
#ifndef JOULES_CLI_OUTPUTS_H
#define JOULES_CLI_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include <joules/joules.h>

struct notes;

struct output {
	char *shown; /* the argument, without the secrets of an address */
	joules_handler *handler;
};

struct outputs {
	struct output *list;
	size_t count;
	joules_store *store; /* the history, where what a server does not take is marked; NULL: there is none */
};

/* Opens them all and asks whether they can take the meter's traces. `report_fd` is a file that is none of theirs (-1:
 * none). False after saying on standard error what is wrong. */
bool outputs_open(struct outputs *outputs, const char *const *arguments, size_t count, const joules_meter *meter,
    int report_fd, struct notes *notes);
/* One of them writes to that file. */
bool outputs_have(const struct outputs *outputs, int fd);
void outputs_process(const struct outputs *outputs, joules_trace *trace);
/* Saves and closes; what could not be stored becomes an error among the notes, and what a server did not take is kept
 * (unsent.h). */
void outputs_close(struct outputs *outputs, struct notes *notes);

#endif
