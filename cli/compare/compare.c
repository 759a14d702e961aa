/* SPDX-License-Identifier: MIT */
/* joules compare: which of several commands takes less energy. In this folder:
 *   arguments  the command line        subjects  lines, parameters, words        order     of each round, drawn anew
 *   values     metrics of the runs     verdict   pure statistics                 findings  all comparisons of a session
 *   from       earlier runs instead    earlier   a report of such                kept      the same from the history
 *   summary    of earlier runs         remarks   notes on results                report    in every format
 * How commands run and are measured is in measure/. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli.h"
#include "compare/arguments.h"
#include "compare/findings.h"
#include "compare/from.h"
#include "compare/order.h"
#include "compare/remarks.h"
#include "compare/report.h"
#include "measure/remarks.h"
#include "measure/rounds.h"

enum { LOOKS = 4 };

struct comparing {
	struct arguments arguments;
	struct session session;
	struct reports reports;
	struct metric metric;
	struct order order;
	size_t *sequence;
	double alpha;
};

/* ---- before anything runs ---- */

static bool find_metric(struct comparing *comparing)
{
	const char *name = comparing->arguments.metric;
	bool found = metric_find(&comparing->session, name, &comparing->metric);
	if (found && comparing->metric.kind == METRIC_ABOVE_IDLE && comparing->arguments.until > 0) {
		cli_error("compare", 0, "--until needs a ratio, and above-idle has none: leave out one of them");
		return false;
	}
	if (found && (comparing->metric.kind != METRIC_ABOVE_IDLE || comparing->arguments.plan.idle_s > 0))
		return true;
	if (found)
		cli_error("compare", 0, "--metric above-idle: give --idle SECONDS too, which measures the idle machine");
	else
		cli_error("compare", 0, "--metric %s: give total, time, power, above-idle, or a domain that is measured", name);
	return false;
}

static bool open_all(struct comparing *comparing, int *status)
{
	struct arguments *arguments = &comparing->arguments;
	struct session *session = &comparing->session;
	if (!session_open(session))
		return false;
	if (!find_metric(comparing)) {
		*status = EXIT_USAGE;
		return false;
	}
	int stream = arguments->plan.hides_output ? STDOUT_FILENO : STDERR_FILENO;
	if (!reports_open(&comparing->reports, &arguments->plan, stream))
		return false;
	comparing->sequence = calloc(arguments->plan.command_count, sizeof *comparing->sequence);
	if (!comparing->sequence) {
		cli_error("compare", 0, "out of memory");
		return false;
	}
	comparing->order = order_from(arguments->seed);
	comparing->alpha = arguments->until > 0 ? ALPHA_LOOKS : ALPHA_ONCE;
	bool draws = !arguments->plan.quiet && !reports_hold_notes(&comparing->reports);
	int file = arguments->plan.report ? comparing->reports.own.fd : -1;
	return session_begin(session, file, true, draws) && reports_are_apart(&comparing->reports, &session->outputs);
}

/* ---- rounds ---- */

static bool add_round(struct comparing *comparing, bool warm_up)
{
	order_draw(&comparing->order, comparing->sequence, comparing->arguments.plan.command_count);
	return rounds_add(&comparing->session, comparing->sequence, warm_up);
}

static bool warm_up(struct comparing *comparing, double *seconds)
{
	bool go_on = true;
	for (uint64_t i = 0; go_on && i < comparing->arguments.plan.warmups; i++) {
		int64_t begin = clock_monotonic_ns();
		go_on = add_round(comparing, true);
		*seconds = (double)(clock_monotonic_ns() - begin) * 1e-9;
	}
	return go_on;
}

/* Fixed before the first measured round: a number that follows the results would find what is not there. */
static uint64_t choose_rounds(const struct comparing *comparing, double seconds)
{
	const struct plan *plan = &comparing->arguments.plan;
	if (plan->rounds > 0)
		return plan->rounds;
	return rounds_that_fit(seconds, plan->command_count - 1, comparing->alpha);
}

/* Of every command there is a difference, or an interval as narrow as was asked for. */
static bool is_enough(const struct comparing *comparing)
{
	struct findings findings;
	bool enough = comparisons_of(
	    &findings, &comparing->session, comparing->arguments.reference, &comparing->metric, comparing->alpha);
	for (size_t i = 0; enough && i < findings.count; i += findings.metrics) {
		const struct comparison *comparison = &findings.list[i].comparison;
		bool found = comparison->verdict == VERDICT_LESS || comparison->verdict == VERDICT_MORE;
		enough = found || half_of(comparison) <= comparing->arguments.until;
	}
	comparisons_free(&findings);
	return enough;
}

static void run_all(struct comparing *comparing)
{
	struct session *session = &comparing->session;
	double seconds = 0.0;
	if (!rounds_begin(session))
		return;
	bool go_on = warm_up(comparing, &seconds);
	uint64_t rounds = choose_rounds(comparing, seconds);
	int looks = comparing->arguments.until > 0 ? LOOKS : 1;
	session->planned = session->plan->warmups + rounds * (uint64_t)looks;
	progress_plan(&session->machine.progress, session->planned);
	for (int look = 0; go_on && look < looks; look++) {
		for (uint64_t i = 0; go_on && i < rounds; i++)
			go_on = add_round(comparing, false);
		if (go_on && looks > 1 && is_enough(comparing))
			break;
	}
	if (go_on)
		session->planned = session->round;
	rounds_end(session);
}

/* ---- after ---- */

static int status_of(const struct comparing *comparing, const struct findings *findings)
{
	const struct session *session = &comparing->session;
	if (session->machine.signals.stop)
		return 128 + session->machine.signals.stop;
	if (session->exit_status != 0 || !findings->basis.measured)
		return EXIT_UNABLE;
	return comparisons_status(findings, comparing->arguments.fail_if);
}

static int conclude(struct comparing *comparing)
{
	struct session *session = &comparing->session;
	struct notes *notes = &session->notes;
	struct findings findings;
	int status = EXIT_UNABLE;
	if (comparisons_of(&findings, session, comparing->arguments.reference, &comparing->metric, comparing->alpha)) {
		if (findings.basis.rounds > 0)
			compare_remarks(session, &findings, notes);
		else
			reports_spare_people(&comparing->reports);
		compare_report(&comparing->reports, &comparing->arguments, session, &findings);
		status = status_of(comparing, &findings);
	} else {
		notes_add_error(notes, "out of memory");
	}
	comparisons_free(&findings);
	notes->quiet = session->plan->quiet;
	notes_print(notes);
	return status;
}

static int compare(struct comparing *comparing)
{
	struct session *session = &comparing->session;
	int status = EXIT_UNABLE;
	if (!open_all(comparing, &status))
		return status;
	run_all(comparing);
	outputs_close(&session->outputs, &session->notes);
	if (session->done == 0 && session->machine.signals.stop) {
		marks_close(&session->machine.marks);
		return signals_die(&session->machine.signals);
	}
	return conclude(comparing);
}

int cmd_compare(int argc, char **argv)
{
	struct comparing comparing = { .reports = REPORTS_NONE };
	int status;
	bool ok = compare_arguments(&comparing.arguments, argc, argv, &status);
	if (ok && comparing.arguments.stored_count > 0) {
		status = compare_stored(&comparing.arguments);
	} else if (ok) {
		comparing.session = (struct session)SESSION_NONE(&comparing.arguments.plan);
		status = compare(&comparing);
		session_free(&comparing.session);
		reports_close(&comparing.reports);
		free(comparing.sequence);
	}
	arguments_free(&comparing.arguments);
	return status;
}
