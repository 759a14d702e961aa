/* SPDX-License-Identifier: MIT */
/* The results: what the runs of one command have shown. */
#ifndef JOULES_CLI_RESULTS_H
#define JOULES_CLI_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <joules/joules.h>

#include "measure/share.h"

struct run_result {
	int status;      /* of wait4() */
	uint64_t round;  /* from 0 */
	size_t position; /* in its round */
	struct rusage usage;
	struct share share;
	joules_trace *trace;
	joules_sample *whole; /* all samples as one; NULL: the measurement is lost */
	joules_energy total;
	joules_source total_source;
};

void run_result_clear(struct run_result *result);

struct results {
	joules_meter *meter;
	const joules_domain **domains; /* of each sample, in its order; the meter's */
	size_t domain_count;
	const joules_sample *idle; /* the idle machine, the session's; NULL: not asked for */
	double every_s;            /* --every; 0: not asked for */
	struct run_result *runs;
	size_t count;
};

/* False without memory. Start from all zero, release with results_free() before the meter is closed. */
bool results_begin(struct results *results, joules_meter *meter);
/* Takes what the run holds. False without memory: then it is cleared. */
bool results_add(struct results *results, struct run_result *result);
/* Gives back the memory that the samples between marks take. */
void results_drop_samples(struct results *results);
void results_free(struct results *results);
/* Seconds of a run; NAN: none was measured. */
double results_mean_time(const struct results *results);

enum { EXIT_CODES = 256 };
/* One of them, as a shell has it: 128 + n after signal n. */
int exit_code(int wait_status);

#endif
