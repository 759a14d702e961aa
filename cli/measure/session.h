/* SPDX-License-Identifier: MIT */
/* The session: what one call of a verb measures, and all that is open meanwhile. The other ideas of this folder:
 *   plan       what was asked for              command   what is run        user      --user: another account
 *   machine    counters and all that is open   signals, marks, progress, child        its parts
 *   rounds     every command once in each      hooks     around the runs    measure   one run
 *   results    what one command has shown      share     its part           figures   what reports compute
 *   notes      what is said beside the report: caveats before anything runs, remarks on results, reasons of values
 *   outputs    -o        history    what is kept      facts, commit    what is known of a run beside its trace
 *   parts_json   members that reports for programs share */
#ifndef JOULES_CLI_SESSION_H
#define JOULES_CLI_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <joules/joules.h>

#include "measure/facts.h"
#include "measure/history.h"
#include "measure/machine.h"
#include "measure/notes.h"
#include "measure/outputs.h"
#include "measure/plan.h"
#include "measure/results.h"

struct session {
	const struct plan *plan;
	struct machine machine;
	struct outputs outputs;
	struct history history;
	struct facts facts;           /* that their readers get to know */
	struct results *results;      /* of each command, in the plan's order */
	joules_sample *idle;          /* NULL: not asked for */
	uint64_t planned;             /* rounds, those that are not measured among them */
	uint64_t round;               /* that is being measured, from 0 */
	uint64_t done;                /* runs that ended */
	int exit_status;              /* as `joules run` leaves */
	const struct command *failed; /* whose status that is; NULL: none's */
	struct notes notes;
};

#define SESSION_NONE(of) { .plan = (of), .machine = MACHINE_CLOSED, .planned = (of)->rounds + (of)->warmups }

/* Everything that can fail before the first command fails in these two, after saying what is wrong. The counters are
 * opened while all rights are there, then --user is obeyed. Start from SESSION_NONE, release with session_free() in any
 * case. */
bool session_open(struct session *session);
/* All else, once the verb has opened its report. `report_fd`: a file that is no output's (-1: none); `reports`:
 * somebody will read the values; `draws`: a progress bar may show up. */
bool session_begin(struct session *session, int report_fd, bool reports, bool draws);
/* When the first measured run began, in seconds since 1970; 0: nothing was measured. */
double session_begun(const struct session *session);
/* Whether it ended before all was measured, and why: "the command failed (exit status 7)". */
bool session_broke_off(const struct session *session, struct text *why);
void session_free(struct session *session);

#endif
