/* SPDX-License-Identifier: MIT */
#include "compare/kept.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <joules/joules.h>

#include "base/json.h"
#include "cli.h"
#include "history/run.h"

bool kept_is_filter(const char *argument)
{
	struct stat info;
	return strchr(argument, '=') && stat(argument, &info) != 0;
}

/* Runs that `joules run` did not measure have none. A label can be anything, and is a success only as 0. */
static void add_exit_status(struct text *out, const char *label)
{
	char *end = NULL;
	long long status = label ? strtoll(label, &end, 10) : 0;
	if (label && *label && !*end)
		json_integer(out, "exit_status", status);
	else
		json_string(out, "exit_status", label);
}

static joules_status add_run(struct text *out, joules_store *store, const joules_run *run)
{
	joules_trace *trace = NULL;
	joules_sample *whole = NULL;
	joules_status status = joules_store_trace(store, run->id, &trace);
	if (!status && joules_trace_count(trace) > 0)
		status = joules_trace_sum(trace, NULL, &whole);
	json_begin_run(out, run);
	add_exit_status(out, run_label(run, "exit_status"));
	json_domains(out, whole);
	json_end_object(out);
	joules_sample_free(whole);
	joules_trace_unref(trace);
	return status;
}

static joules_status add_report(struct text *out, joules_store *store, const joules_runs *runs)
{
	joules_status status = JOULES_OK;
	json_begin_object(out, NULL);
	json_begin_object(out, "host");
	json_string(out, "name", joules_runs_at(runs, 0)->host);
	json_null(out, "cpu");
	json_null(out, "virtual");
	json_end_object(out);
	json_begin_array(out, "runs");
	for (size_t i = 0; i < joules_runs_count(runs) && !status; i++)
		status = add_run(out, store, joules_runs_at(runs, i));
	json_end_array(out);
	json_end_object(out);
	return status;
}

int kept_report(struct text *out, const char *filter)
{
	joules_store *store = NULL;
	joules_runs *runs = NULL;
	int result = EXIT_DONE;
	joules_status status = joules_store_open_history(&store, JOULES_STORE_READ);
	if (!status && store)
		status = joules_store_runs(store, filter, &runs);
	if (!status && joules_runs_count(runs) > 0)
		status = add_report(out, store, runs);
	if (status)
		result = cli_error("compare", status == JOULES_INVALID_ARGUMENT ? EXIT_USAGE : EXIT_UNABLE, "--from %s: %s",
		    filter, joules_error_message());
	else if (!store)
		result = cli_error("compare", EXIT_UNABLE,
		    "--from %s: there is no such file, and no history: it is off, or no run was kept yet", filter);
	else if (joules_runs_count(runs) == 0)
		result = cli_error(
		    "compare", EXIT_UNABLE, "--from %s: no run in the history matches (`joules history` lists them)", filter);
	joules_runs_free(runs);
	joules_store_close(store);
	return result;
}
