/* SPDX-License-Identifier: MIT */
/* joules run: open everything, run the command, report, and leave with its status. In this folder: its command line
 * (arguments), its report in both forms, and the tables of that (rows). How a command is measured is in measure/. */
#include <unistd.h>

#include "cli.h"
#include "measure/plan.h"
#include "measure/rounds.h"
#include "measure/session.h"
#include "run/arguments.h"
#include "run/report.h"

static bool open_all(struct session *session, struct reports *reports)
{
	const struct plan *plan = session->plan;
	if (!session_open(session) || !reports_open(reports, plan, plan->quiet ? -1 : STDERR_FILENO))
		return false;
	bool draws = !plan->quiet && !reports_hold_notes(reports);
	return session_begin(session, reports->own.path ? reports->own.fd : -1, reports_are_wanted(reports), draws) &&
	    reports_are_apart(reports, &session->outputs);
}

static void run_all(struct session *session)
{
	const struct plan *plan = session->plan;
	if (!rounds_begin(session))
		return;
	bool go_on = true;
	for (uint64_t i = 0; go_on && i < session->planned; i++)
		go_on = rounds_add(session, NULL, i < plan->warmups);
	rounds_end(session);
}

/* Notes follow the report; in JSON they are in it. Errors met while it was written can only go to standard error, and
 * those met before the command started: then only other reports are written, whose readers wait for one. */
static void tell(struct session *session, struct reports *reports)
{
	struct notes *notes = &session->notes;
	bool told = session->done > 0 && reports_are_wanted(reports);
	if (session->done == 0)
		destination_close(&reports->own);
	if (told || (reports->count > 0 && !session->machine.signals.stop))
		report_write(reports, session);
	notes->quiet = !told || session->plan->quiet;
	notes_print(notes);
}

static int run(const struct plan *plan)
{
	struct session session = SESSION_NONE(plan);
	struct reports reports = REPORTS_NONE;
	int status = EXIT_RUN_FAILED;
	if (open_all(&session, &reports)) {
		run_all(&session);
		outputs_close(&session.outputs, &session.notes);
		tell(&session, &reports);
		status = session.exit_status;
		if (session.done == 0 && session.machine.signals.stop) {
			marks_close(&session.machine.marks);
			status = signals_die(&session.machine.signals);
		}
	}
	session_free(&session);
	reports_close(&reports);
	return status;
}

int cmd_run(int argc, char **argv)
{
	struct plan plan;
	int status;
	if (arguments_parse(&plan, argc, argv, &status))
		status = run(&plan);
	plan_free(&plan);
	return status;
}
