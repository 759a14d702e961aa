/* SPDX-License-Identifier: MIT */
/* Runs to other formats, as `joules run -o` would have written them then. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"
#include "history/parts.h"

static int output_error(const char *output, joules_status status)
{
	bool usage = status == JOULES_INVALID_ARGUMENT || status == JOULES_UNKNOWN_FORMAT;
	char *shown = joules_output_shown(output);
	cli_error("history", 0, "-o %s: %s", shown ? shown : "an output", joules_error_message());
	free(shown);
	return usage ? EXIT_USAGE : EXIT_UNABLE;
}

/* What could not be stored, the handler keeps: closing tries again, and says it once. Other handlers get it all the
 * same. */
static int write_runs(joules_store *store, const joules_runs *runs, joules_handler *const *handlers, size_t count)
{
	for (size_t i = 0; i < joules_runs_count(runs); i++) {
		const joules_run *run = joules_runs_at(runs, i);
		joules_trace *trace = NULL;
		joules_status status = joules_store_trace(store, run->id, &trace);
		if (status)
			return history_error(status);
		if (run->truncated)
			cli_error("history", 0, "run %lld has more samples than are kept: only the first %zu are written",
			    (long long)run->id, joules_trace_count(trace));
		for (size_t h = 0; h < count && status != JOULES_INCONSISTENT; h++)
			status = joules_handler_process(handlers[h], trace);
		joules_trace_unref(trace);
		if (status == JOULES_INCONSISTENT)
			return history_error(status);
	}
	return EXIT_DONE;
}

static int export_to(const struct request *request, joules_store *store, const joules_runs *runs)
{
	joules_handler **handlers = calloc(request->output_count, sizeof(joules_handler *));
	if (!handlers)
		return cli_error("history", EXIT_UNABLE, "out of memory");
	int status = EXIT_DONE;
	size_t open = 0;
	for (; open < request->output_count && status == EXIT_DONE; open++) {
		joules_status failed = joules_handler_open(&handlers[open], request->outputs[open]);
		if (failed)
			status = output_error(request->outputs[open], failed);
	}
	if (status == EXIT_DONE)
		status = write_runs(store, runs, handlers, request->output_count);
	for (size_t i = 0; i < open; i++) {
		joules_status failed = joules_handler_close(handlers[i]);
		if (failed && status == EXIT_DONE)
			status = output_error(request->outputs[i], failed);
	}
	free(handlers);
	return status;
}

int history_export(const struct request *request)
{
	if (request->output_count == 0)
		return cli_error("history", EXIT_USAGE,
		    "an output is missing: joules history export [FILTER] -o FORMAT:TARGET, e.g. -o csv:-");
	joules_store *store = NULL;
	joules_runs *runs = NULL;
	int status = request_open(request, JOULES_STORE_READ, &store);
	if (status == EXIT_DONE)
		status = request_runs(request, store, &runs);
	if (status == EXIT_DONE)
		status = export_to(request, store, runs);
	joules_runs_free(runs);
	joules_store_close(store);
	return status;
}
