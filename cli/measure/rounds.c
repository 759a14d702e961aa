/* SPDX-License-Identifier: MIT */
#include "measure/rounds.h"

#include <math.h>

#include "cli.h"
#include "measure/hooks.h"
#include "measure/measure.h"

/* False: it did not run. */
static bool measure(struct session *session, size_t command, bool warm_up, struct run_result *result)
{
	const struct plan *plan = session->plan;
	struct machine *machine = &session->machine;
	struct notes *notes = &session->notes;
	if (machine->signals.stop)
		return false;
	bool ready = hook_run("--prepare", plan->prepare, machine,
	    session->done > 0 ? ", so the command was not run again" : ", so the command was not run", notes);
	if (machine->signals.stop)
		return false;
	int failed = EXIT_RUN_FAILED;
	if (ready)
		failed = measure_run(machine, &plan->commands[command], plan->input, warm_up, result, notes);
	if (failed)
		session->exit_status = failed;
	return !failed;
}

static bool keep(struct session *session, size_t command, struct run_result *result)
{
	const struct plan *plan = session->plan;
	struct results *results = &session->results[command];
	if (result->trace && (session->outputs.count > 0 || session->history.store))
		facts_tell(&session->facts, plan, &plan->commands[command], result);
	if (!results_add(results, result)) {
		notes_add_error(&session->notes, "out of memory: run %zu is not in the report", results->count + 1);
		return false;
	}
	if (!result->trace)
		return true;
	outputs_process(&session->outputs, result->trace);
	history_keep(&session->history, command, result->round, result->trace, &session->notes);
	return true;
}

static uint64_t planned_runs(const struct session *session)
{
	return session->planned * session->plan->command_count;
}

/* What is planned is not known before the warm-ups have shown how long a round takes. */
static bool is_last(const struct session *session, bool warm_up)
{
	return !warm_up && session->done == planned_runs(session);
}

static bool goes_on(struct session *session, bool warm_up, int code)
{
	const struct plan *plan = session->plan;
	if (code == 0 || plan->ignore_failure || is_last(session, warm_up))
		return true;
	uint64_t number = warm_up ? session->round : session->round - plan->warmups;
	if (!session->machine.signals.stop)
		notes_add(&session->notes,
		    "%s %llu ended with exit status %d, so no further run was started (--ignore-failure continues)",
		    warm_up ? "warm-up" : "run", (unsigned long long)number + 1, code);
	return false;
}

/* Of the totals so far, for the progress line. */
static double mean_total(const struct results *results)
{
	double sum = 0.0;
	size_t count = 0;
	for (size_t i = 0; i < results->count; i++) {
		if (!results->runs[i].whole || isnan(results->runs[i].total.joules))
			continue;
		sum += results->runs[i].total.joules;
		count++;
	}
	return count > 0 ? sum / (double)count : (double)NAN;
}

static bool conclude(struct session *session)
{
	if (hook_run("--conclude", session->plan->conclude, &session->machine, ", so no further run was started",
	        &session->notes))
		return true;
	if (session->exit_status == 0)
		session->exit_status = EXIT_RUN_FAILED;
	return false;
}

/* False: the session ends here. */
static bool one(struct session *session, size_t command, size_t position, bool warm_up)
{
	struct results *results = &session->results[command];
	struct run_result result;
	if (!measure(session, command, warm_up, &result))
		return false;
	session->done++;
	result.round = session->round - session->plan->warmups;
	result.position = position;
	int code = exit_code(result.status);
	if (code != 0 && session->exit_status == 0) {
		session->exit_status = code;
		session->failed = &session->plan->commands[command];
	}
	if (code != 0)
		hidden_tell(&session->machine.hidden, session->plan->commands[command].name, code, &session->notes);
	hidden_clear(&session->machine.hidden);
	if (!warm_up && !keep(session, command, &result))
		return false;
	progress_step(&session->machine.progress, session->done, mean_total(results));
	return goes_on(session, warm_up, code) && conclude(session);
}

bool rounds_add(struct session *session, const size_t *order, bool warm_up)
{
	for (size_t position = 0; position < session->plan->command_count; position++)
		if (!one(session, order ? order[position] : position, position, warm_up))
			return false;
	session->round++;
	return true;
}

static bool idle(struct session *session)
{
	double seconds = session->plan->idle_s;
	if (!(seconds > 0))
		return true;
	session->idle = measure_idle(&session->machine, seconds, &session->notes);
	for (size_t i = 0; i < session->plan->command_count; i++)
		session->results[i].idle = session->idle;
	return session->idle != NULL;
}

/* Also after a signal: what --setup made is to go. */
static void clean_up(struct session *session)
{
	hook_run("--cleanup", session->plan->cleanup, &session->machine, "", &session->notes);
}

bool rounds_begin(struct session *session)
{
	struct machine *machine = &session->machine;
	bool ready = hook_run("--setup", session->plan->setup, machine, ", so nothing was run", &session->notes);
	if (ready && idle(session))
		return true;
	if (ready)
		clean_up(session);
	session->exit_status = EXIT_RUN_FAILED;
	return false;
}

void rounds_end(struct session *session)
{
	bool ignores = session->plan->ignore_failure, all_ran = session->done == planned_runs(session);
	int stop = session->machine.signals.stop;
	progress_close(&session->machine.progress);
	clean_up(session);
	if (ignores && all_ran) {
		session->exit_status = 0;
		session->failed = NULL;
	}
	if (!all_ran && stop && (session->exit_status == 0 || ignores))
		session->exit_status = 128 + stop;
}
