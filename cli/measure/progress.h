/* SPDX-License-Identifier: MIT */
/* The progress bar, of one line: on standard error while the idle machine is measured (nothing of the command runs),
 * and during a series on the terminal, unless the command's output goes there. A pipe may end there (| tee), and counts
 * as the terminal. */
#ifndef JOULES_CLI_PROGRESS_H
#define JOULES_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/signals.h"

struct progress {
	bool enabled;
	int series_fd;     /* -1: no bar during the series */
	bool shared;       /* the command's errors may come there */
	const char *phase; /* of a phase that lasts a known time */
	double phase_s;
	int64_t begun_ns;
	int64_t drawn_ns;
	uint64_t done, all; /* runs; all is 0 until it is known */
	uint64_t commands;  /* runs of a round */
	double mean_j;      /* of the runs so far; NAN: none */
	bool visible;
};

/* hides_output: what the command writes shows up nowhere. rounds: 0 where they are not known yet. */
void progress_open(struct progress *progress, bool enabled, bool hides_output, uint64_t rounds, size_t commands);
/* Now they are. */
void progress_plan(struct progress *progress, uint64_t rounds);
void progress_close(struct progress *progress);
/* So many runs are done, and took that much each. */
void progress_step(struct progress *progress, uint64_t done, double mean_j);
void progress_draw(struct progress *progress); /* if it is time to */
/* How long until it is time to draw; -1: never. */
int64_t progress_wait_ns(const struct progress *progress);
void progress_clear(struct progress *progress);

/* A phase without the command; progress_sleep() draws, and is false after a signal that says stop. */
void progress_phase(struct progress *progress, const char *what, double seconds);
bool progress_sleep(struct progress *progress, struct signals *signals, double seconds);

#endif
