/* SPDX-License-Identifier: MIT */
/* Sends what is marked as unsent: each run to the servers that it is marked for, or all of them to one. */
#include <stdlib.h>
#include <string.h>

#include "base/uri.h"
#include "cli.h"
#include "history/parts.h"
#include "history/request.h"

/* As `joules run` waits. */
#define SERVER_TIMEOUT_S 5

/* A round of sending: the runs that are marked for `mark` (NULL: for any server) to `output`. */
struct sending {
	joules_store *store;
	const joules_runs *runs;
	const char *mark;
	const char *output;
	joules_handler *handler;
	size_t given;
};

static bool is_marked(const joules_run *run, const char *mark)
{
	for (size_t i = 0; i < run->unsent_count; i++)
		if (!mark || strcmp(run->unsent[i], mark) == 0)
			return true;
	return false;
}

static int give(struct sending *sending)
{
	for (size_t i = 0; i < joules_runs_count(sending->runs); i++) {
		const joules_run *run = joules_runs_at(sending->runs, i);
		joules_trace *trace = NULL;
		if (!is_marked(run, sending->mark))
			continue;
		joules_status status = joules_store_trace(sending->store, run->id, &trace);
		if (!status)
			status = joules_handler_process(sending->handler, trace);
		joules_trace_unref(trace);
		if (status)
			return history_error(status);
		sending->given++;
	}
	return EXIT_DONE;
}

/* What the handler still holds stays marked; it has the runs in the order in which they were given. */
static int unmark(const struct sending *sending)
{
	size_t left = 0;
	for (size_t i = 0; i < joules_runs_count(sending->runs); i++) {
		const joules_run *run = joules_runs_at(sending->runs, i);
		if (!is_marked(run, sending->mark))
			continue;
		joules_trace *held = joules_handler_unsaved(sending->handler, left, NULL);
		if (held && strcmp(joules_trace_id(held), run->uuid) == 0) {
			left++;
			continue;
		}
		joules_status status = joules_store_unsent_remove(sending->store, run->id, sending->mark);
		if (status)
			return history_error(status);
	}
	return EXIT_DONE;
}

static int say_sent(const struct sending *sending)
{
	size_t left = 0;
	while (joules_handler_unsaved(sending->handler, left, NULL))
		left++;
	char *shown = joules_output_shown(sending->output);
	struct text line = TEXT_INIT;
	size_t sent = sending->given - left;
	if (sent > 0)
		text_addf(&line, "%zu %s sent to %s\n", sent, sent == 1 ? "run" : "runs", shown ? shown : "the server");
	free(shown);
	return cli_print("history", &line);
}

static int send_given(struct sending *sending)
{
	joules_handler_timeout_set(sending->handler, SERVER_TIMEOUT_S);
	int status = give(sending);
	if (status != EXIT_DONE)
		return status;
	if (joules_handler_save(sending->handler) != JOULES_OK)
		status = cli_error("history", EXIT_UNABLE, "%s", joules_error_message());
	int unmarked = unmark(sending), said = say_sent(sending);
	return status != EXIT_DONE ? status : unmarked != EXIT_DONE ? unmarked : said;
}

static int send(struct sending *sending)
{
	char *shown = joules_output_shown(sending->output);
	joules_status failed = joules_handler_open(&sending->handler, sending->output);
	int status = EXIT_UNABLE;
	if (failed)
		cli_error("history", 0, "%s: %s", shown ? shown : "the server", joules_error_message());
	else if (!joules_handler_address(sending->handler))
		status = cli_error("history", EXIT_USAGE, "%s is not a server: joules history export writes to files", shown);
	else
		status = send_given(sending);
	joules_handler_discard(sending->handler);
	free(shown);
	return status;
}

/* The address with the password that the environment has for it. */
static int send_to_mark(joules_store *store, const joules_runs *runs, const char *mark)
{
	const char *secret = secure_getenv("JOULES_MONGODB_URI");
	struct text whole = TEXT_INIT;
	if (secret && !uri_is_unescaped(secret))
		uri_add_with_secrets_of(&whole, mark, secret);
	else
		text_add(&whole, mark);
	struct sending sending = { .store = store, .runs = runs, .mark = mark, .output = text_string(&whole) };
	int status = whole.failed ? cli_error("history", EXIT_UNABLE, "out of memory") : send(&sending);
	text_free(&whole);
	return status;
}

static bool is_first(const joules_runs *runs, size_t run, const char *mark)
{
	for (size_t i = 0; i < run; i++)
		if (is_marked(joules_runs_at(runs, i), mark))
			return false;
	return true;
}

/* One server after the other; what one of them does not take, another still may. */
static int send_all(joules_store *store, const joules_runs *runs)
{
	int status = EXIT_DONE;
	for (size_t i = 0; i < joules_runs_count(runs); i++) {
		const joules_run *run = joules_runs_at(runs, i);
		for (size_t u = 0; u < run->unsent_count; u++) {
			int sent = is_first(runs, i, run->unsent[u]) ? send_to_mark(store, runs, run->unsent[u]) : EXIT_DONE;
			status = status == EXIT_DONE ? sent : status;
		}
	}
	return status;
}

static bool is_anything_unsent(const joules_runs *runs)
{
	for (size_t i = 0; i < joules_runs_count(runs); i++)
		if (is_marked(joules_runs_at(runs, i), NULL))
			return true;
	return false;
}

static int say_nothing(void)
{
	struct text line = TEXT_INIT;
	text_add(&line, "no run is unsent\n");
	return cli_print("history", &line);
}

int history_push(const struct request *request, const char *output)
{
	joules_store *store = NULL;
	joules_runs *runs = NULL;
	int status = request_open(request, JOULES_STORE_WRITE, &store);
	if (status == EXIT_DONE)
		status = request_runs(request, store, &runs);
	if (status == EXIT_DONE && !is_anything_unsent(runs)) {
		status = say_nothing();
	} else if (status == EXIT_DONE && output) {
		struct sending sending = { .store = store, .runs = runs, .output = output };
		status = send(&sending);
	} else if (status == EXIT_DONE) {
		status = send_all(store, runs);
	}
	joules_runs_free(runs);
	joules_store_close(store);
	return status;
}
