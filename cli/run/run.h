/* SPDX-License-Identifier: MIT */
/* joules run: what its parts hand to each other. One file for each idea:
 *   options      the command line            user     --user: the rights of another account
 *   signals      which go to the child       child    spawning and reaping
 *   marks        breakpoints from inside     share    the part of the energy that is the child's
 *   outputs      -o                          notes    what is said after the run
 *   measure      one run, and the idle machine       series   warm-ups, repetitions, --prepare
 *   figures      what the reports compute    report_text, report_json, progress */
#ifndef JOULES_CLI_RUN_H
#define JOULES_CLI_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <joules/joules.h>

#include "run/child.h"
#include "run/marks.h"
#include "run/notes.h"
#include "run/outputs.h"
#include "run/progress.h"
#include "run/signals.h"

struct run_options {
	joules_options meter;
	const char **outputs; /* -o, as given */
	size_t output_count;
	const char *report; /* NULL: standard error */
	const char *name;   /* tag of the first sample; never NULL */
	const char *input;
	const char *user;
	const char *prepare;
	uint64_t runs;
	uint64_t warmups;
	double idle_s; /* 0: not asked for */
	bool json;
	bool quiet;
	bool ignore_failure;
	char **command;     /* ends with NULL */
	char sysroot[4096]; /* the root in use */
};

/* False: *status is the exit status to leave with (also after --help). Release with run_options_free(). */
bool run_options_parse(struct run_options *options, int argc, char **argv, int *status);
void run_options_free(struct run_options *options);

/* The part of the total that is the child's; the share of the machine's busy CPU time that its process tree had. */
struct share {
	bool known;
	double cpu; /* 0 … 1 */
	double low; /* the same with one busy tick more or less */
	double high;
};

struct run_result {
	int status; /* of wait4() */
	struct rusage usage;
	struct share share;
	joules_trace *trace;
	joules_sample *whole; /* all samples as one */
	joules_energy total;
	joules_source total_source;
};

/* Everything of one `joules run`. */
struct series {
	const struct run_options *options;
	joules_meter *meter;
	struct outputs outputs;
	struct notes notes;
	struct signals signals;
	struct marks marks;
	struct progress progress;
	struct children children;
	int busy_fd;       /* the machine's /proc/stat, or -1 */
	int report_fd;     /* -1: no report */
	int input_fd;      /* for the next child, or -1: ours */
	bool wants_values; /* somebody will read them: settle */
	bool was_consumed; /* standard input has data that the runs did not get */
	joules_sample *idle;
	struct run_result *results;
	size_t count;
	uint64_t done; /* runs that ended, warm-ups among them */
	int exit_status;
};

/* One run of the command. A warm-up is not measured, and result only gets its status. False: it could not be started,
 * and series->exit_status says how to leave. */
bool measure_run(struct series *series, bool warm_up, struct run_result *result);
/* Measures the idle machine. False: interrupted, or it failed (said). */
bool measure_idle(struct series *series);
void run_result_clear(struct run_result *result);

/* Idle, warm-ups, then the runs; sets exit_status. */
void series_run(struct series *series);
/* 0 … 255 as a shell has it: 128 + n after signal n. */
int series_code(int wait_status);

#endif
