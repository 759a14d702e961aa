/* SPDX-License-Identifier: MIT */
/* The machine: all that is open while commands run and are measured. */
#ifndef JOULES_CLI_MACHINE_H
#define JOULES_CLI_MACHINE_H

#include <stdbool.h>

#include <joules/joules.h>

#include "measure/child.h"
#include "measure/hidden.h"
#include "measure/marks.h"
#include "measure/progress.h"
#include "measure/signals.h"

struct notes;

struct machine {
	joules_meter *meter;
	struct signals signals;
	struct marks marks;
	struct progress progress; /* closed until progress_open() */
	struct children children;
	struct hidden hidden; /* where outputs of commands go, where they are not shown */
	int busy_fd;          /* the CPU time of all, /proc/stat; -1: nobody asks for a command's share */
	int64_t every_ns;     /* a sample ends after so long, without a mark; 0: never */
	bool settles;         /* somebody will read the values, so their bounds are waited for */
};

#define MACHINE_CLOSED \
	{ .hidden = { -1, -1 }, \
		.signals = { .fd = -1 }, \
		.marks = { .fd = -1 }, \
		.progress = { .series_fd = -1 }, \
		.busy_fd = -1 }

/* The counters, while all rights are there. False after saying what is wrong. Start from MACHINE_CLOSED, release with
 * machine_close() in any case. */
bool machine_open_meter(struct machine *machine, const joules_options *options);
/* All else; sysroot NULL: no shares. From here on signals only come through machine->signals. False after saying what
 * is wrong. */
bool machine_open(struct machine *machine, const char *sysroot, struct notes *notes);
void machine_close(struct machine *machine);

#endif
