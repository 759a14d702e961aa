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

static bool open_all(struct session *session, struct destination *report)
{
	const struct plan *plan = session->plan;
	if (!session_open(session) || !destination_open(report, plan->report, plan->quiet ? -1 : STDERR_FILENO))
		return false;
	bool draws = !plan->quiet && !destination_holds_notes(report, plan->json);
	return session_begin(session, report->path ? report->fd : -1, report->fd >= 0, draws);
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

/* Notes follow the report; in JSON they are in it. Errors met while it was written can only go to standard error. */
static void tell(struct session *session, const struct destination *report)
{
	struct notes *notes = &session->notes;
	bool reports = session->done > 0 && report->fd >= 0;
	if (reports)
		report_write(report, session);
	notes->quiet = !reports || session->plan->quiet;
	notes_print(notes);
}

static int run(const struct plan *plan)
{
	struct session session = SESSION_NONE(plan);
	struct destination report = DESTINATION_NONE;
	int status = EXIT_RUN_FAILED;
	if (open_all(&session, &report)) {
		run_all(&session);
		outputs_close(&session.outputs, &session.notes);
		tell(&session, &report);
		status = session.exit_status;
		if (session.done == 0 && session.machine.signals.stop) {
			marks_close(&session.machine.marks);
			status = signals_die(&session.machine.signals);
		}
	}
	session_free(&session);
	destination_close(&report);
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
