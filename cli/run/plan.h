/* SPDX-License-Identifier: MIT */
/* The plan: what `joules run` was asked for. Nothing changes it once the command line is read. */
#ifndef JOULES_CLI_PLAN_H
#define JOULES_CLI_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <joules/joules.h>

#include "run/command.h"

struct plan {
	/* what is run */
	struct command command;
	bool withholds_input; /* runs in a series do not get our standard input */
	const char *prepare;
	const char *user;
	uint64_t runs;
	uint64_t warmups;
	bool ignore_failure;
	/* what is measured */
	joules_options meter; /* its sysroot is the one in use */
	char *settings;       /* its settings */
	double idle_s;        /* 0: not asked for */
	/* what comes out */
	const char **outputs; /* -o, as given */
	size_t output_count;
	const char *report; /* NULL: standard error */
	bool json;
	bool quiet;
};

/* Reads the command line. False: *status is the exit status to leave with (also after --help). Release with
 * plan_free(). */
bool plan_parse(struct plan *plan, int argc, char **argv, int *status);
void plan_free(struct plan *plan);

#endif
