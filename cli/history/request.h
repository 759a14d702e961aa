/* SPDX-License-Identifier: MIT */
/* What `joules history` was asked for: which store, and which of its runs. */
#ifndef JOULES_CLI_HISTORY_REQUEST_H
#define JOULES_CLI_HISTORY_REQUEST_H

#include <joules/joules.h>

#include "base/text.h"

/* An argument that is an existing file is the store, any other chooses runs. */
struct request {
	const char *file;   /* NULL: the history */
	struct text filter; /* all that were given, which all must hold; empty: all runs */
	const char **outputs;
	size_t output_count;
	bool json;
};

#define REQUEST_NONE { .file = NULL }

/* *store is NULL where there is a history that has no runs yet. Else EXIT_DONE, or the exit status after saying what is
 * wrong. */
int request_open(const struct request *request, joules_store_access access, joules_store **store);
/* The runs; an empty list of a NULL store. Likewise. */
int request_runs(const struct request *request, joules_store *store, joules_runs **runs);

/* After a function of the library that failed: bad usage or not, by what it says. */
int history_error(joules_status status);

#endif
