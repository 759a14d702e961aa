/* SPDX-License-Identifier: MIT */
/* The command line of `joules compare`. */
#ifndef JOULES_CLI_COMPARE_ARGUMENTS_H
#define JOULES_CLI_COMPARE_ARGUMENTS_H

#include <stdint.h>

#include "compare/subjects.h"
#include "measure/plan.h"

struct arguments {
	struct plan plan; /* its rounds 0: as many as a minute holds */
	struct subjects subjects;
	uint64_t seed;
	size_t reference; /* from 0 */
	double until;     /* 0.01: 1 %; 0: not asked for */
	const char *metric;
	const char **stored; /* --from, as given */
	size_t stored_count;
	bool any;            /* their machines may differ */
	const char *fail_if; /* "more", "less"; NULL: neither */
	const char *shell;   /* NULL: none */
	bool no_ci;
};

/* False: *status is the exit status to leave with (also after --help). Release with arguments_free() in any case. */
bool compare_arguments(struct arguments *arguments, int argc, char **argv, int *status);
void arguments_free(struct arguments *arguments);

#endif
