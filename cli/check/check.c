/* SPDX-License-Identifier: MIT */
/* joules check: does a command stay within its limits? In this folder:
 *   arguments  the command line     rules  a rule as it is given     judge  the ruling, from numbers alone
 *   rulings    of a session on all rules                             report    in every format
 *   baseline   what earlier sessions used
 * How commands run and are measured is in measure/, how two are compared in compare/. */
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "check/arguments.h"
#include "check/report.h"
#include "check/rulings.h"
#include "cli.h"
#include "compare/order.h"
#include "compare/verdict.h"
#include "measure/remarks.h"
#include "measure/rounds.h"

struct checking {
	struct check_arguments arguments;
	struct session session;
	struct reports reports;
	struct order order;
	struct baseline baseline;
};

/* ---- before anything runs ---- */

static bool know_all(const struct checking *checking)
{
	const struct check_arguments *arguments = &checking->arguments;
	for (size_t i = 0; i < arguments->budget_count; i++) {
		if (budget_is_known(&arguments->budgets[i], &checking->session))
			continue;
		cli_error("check", 0, "--budget %s: %s is not measured here; joules list shows the domains",
		    arguments->budgets[i].text, arguments->budgets[i].name);
		return false;
	}
	return true;
}

static bool open_all(struct checking *checking, int *status)
{
	const struct plan *plan = &checking->arguments.plan;
	struct session *session = &checking->session;
	if (!session_open(session))
		return false;
	const struct check_arguments *arguments = &checking->arguments;
	if (!know_all(checking) ||
	    (arguments->baseline && !baseline_open(&checking->baseline, arguments->baseline, arguments->saves, session))) {
		*status = EXIT_USAGE;
		return false;
	}
	if (!reports_open(&checking->reports, plan, plan->quiet ? -1 : STDERR_FILENO))
		return false;
	bool draws = !plan->quiet && !reports_hold_notes(&checking->reports);
	return session_begin(session, plan->report ? checking->reports.own.fd : -1, true, draws) &&
	    reports_are_apart(&checking->reports, &session->outputs);
}

/* ---- rounds ---- */

static bool add_round(struct checking *checking, bool warm_up)
{
	size_t sequence[2];
	order_draw(&checking->order, sequence, checking->arguments.plan.command_count);
	return rounds_add(&checking->session, sequence, warm_up);
}

static void run_all(struct checking *checking)
{
	struct session *session = &checking->session;
	const struct plan *plan = session->plan;
	double seconds = 0.0;
	if (!rounds_begin(session))
		return;
	bool go_on = true;
	for (uint64_t i = 0; go_on && i < plan->warmups; i++) {
		int64_t begin = clock_monotonic_ns();
		go_on = add_round(checking, true);
		seconds = (double)(clock_monotonic_ns() - begin) * 1e-9;
	}
	uint64_t rounds = plan->rounds > 0 ? plan->rounds : rounds_that_fit(seconds, 1, ALPHA_ONCE);
	session->planned = plan->warmups + rounds;
	progress_plan(&session->machine.progress, session->planned);
	for (uint64_t i = 0; go_on && i < rounds; i++)
		go_on = add_round(checking, false);
	rounds_end(session);
}

/* ---- after ---- */

static bool was_measured(const struct session *session)
{
	for (size_t i = 0; i < session->results[0].count; i++)
		if (session->results[0].runs[i].whole)
			return true;
	return false;
}

/* A command that failed has not done what the limit is for. False: there is a verdict. */
static bool has_no_verdict(struct session *session, struct text *why)
{
	if (!session_broke_off(session, why) && !was_measured(session))
		text_add(why, "nothing was measured");
	if (why->length > 0 && !session->machine.signals.stop)
		notes_add_error(&session->notes, "%s, so there is no verdict", text_string(why));
	return why->length > 0;
}

static int status_of(enum ruled ruled, bool undecided_passes)
{
	if (ruled == RULED_EXCEEDED)
		return EXIT_EXCEEDED;
	return ruled == RULED_UNDECIDED && !undecided_passes ? EXIT_UNDECIDED : EXIT_DONE;
}

/* For programs also why there is no verdict: a check without a report looks as if it had not been there. */
static int judge(struct checking *checking, const char *why_not)
{
	struct session *session = &checking->session;
	struct rulings rulings;
	int status = EXIT_UNABLE;
	if (!rulings_of(&rulings, &checking->arguments, &checking->baseline, session, why_not)) {
		notes_add_error(&session->notes, "out of memory");
		rulings_free(&rulings);
		return status;
	}
	if (why_not)
		reports_spare_people(&checking->reports);
	else
		status = status_of(rulings.all, checking->arguments.undecided_passes);
	if (!why_not && checking->arguments.saves)
		baseline_save(&checking->baseline, session, session->results[0].count, &rulings.energy);
	check_report(&checking->reports, &checking->arguments, session, &rulings);
	rulings_free(&rulings);
	return status;
}

static int check(struct checking *checking)
{
	struct session *session = &checking->session;
	struct text why = TEXT_INIT;
	int status = EXIT_UNABLE;
	if (!open_all(checking, &status))
		return status;
	run_all(checking);
	outputs_close(&session->outputs, &session->notes);
	if (session->done == 0 && session->machine.signals.stop) {
		marks_close(&session->machine.marks);
		return signals_die(&session->machine.signals);
	}
	status = judge(checking, has_no_verdict(session, &why) ? text_string(&why) : NULL);
	if (session->machine.signals.stop)
		status = 128 + session->machine.signals.stop;
	session->notes.quiet = session->plan->quiet;
	notes_print(&session->notes);
	text_free(&why);
	return status;
}

int cmd_check(int argc, char **argv)
{
	struct checking checking = { .reports = REPORTS_NONE, .baseline = BASELINE_NONE };
	int status;
	if (check_arguments(&checking.arguments, argc, argv, &status)) {
		checking.session = (struct session)SESSION_NONE(&checking.arguments.plan);
		checking.order = order_from(order_seed());
		status = check(&checking);
		session_free(&checking.session);
		reports_close(&checking.reports);
		baseline_free(&checking.baseline);
	}
	check_arguments_free(&checking.arguments);
	return status;
}
