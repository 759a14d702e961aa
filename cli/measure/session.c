/* SPDX-License-Identifier: MIT */
#include "measure/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "measure/caveats.h"
#include "measure/user.h"

static bool begin_results(struct session *session)
{
	size_t count = session->plan->command_count;
	session->results = calloc(count, sizeof *session->results);
	bool ok = session->results != NULL;
	for (size_t i = 0; ok && i < count; i++) {
		ok = results_begin(&session->results[i], session->machine.meter);
		session->results[i].every_s = session->plan->every_s;
	}
	if (!ok)
		cli_error(cli_verb, 0, "out of memory");
	return ok;
}

/* A pipe is not opened: closing it again would take its writer's reader away. */
static bool check_input(const char *input)
{
	struct stat pipe;
	if (!input)
		return true;
	bool is_pipe = stat(input, &pipe) == 0 && S_ISFIFO(pipe.st_mode);
	int fd = is_pipe ? faccessat(AT_FDCWD, input, R_OK, AT_EACCESS) : open(input, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		cli_error(cli_verb, 0, "--input %s: %s", input, strerror(errno));
	else if (!is_pipe)
		close(fd);
	return fd >= 0;
}

bool session_open(struct session *session)
{
	const struct plan *plan = session->plan;
	if (!machine_open_meter(&session->machine, &plan->meter) || !begin_results(session))
		return false;
	caveats_of_counters(plan, session->machine.meter, &session->notes);
	if (plan->user && !user_become(plan->user))
		return false;
	caveats_of_command(plan, &session->notes);
	return check_input(plan->input);
}

bool session_begin(struct session *session, int report_fd, bool reports, bool draws)
{
	const struct plan *plan = session->plan;
	struct machine *machine = &session->machine;
	if (!outputs_open(&session->outputs, plan->outputs, plan->output_count, machine->meter, report_fd, &session->notes))
		return false;
	/* The outputs have a copy of their own: no password is inherited by what runs now. */
	(void)unsetenv("JOULES_MONGODB_URI");
	machine->every_ns = (int64_t)(plan->every_s * 1e9);
	if (plan->hides_output && !hidden_open(&machine->hidden)) {
		cli_error(cli_verb, 0, "/dev/null: %s", strerror(errno));
		return false;
	}
	history_open(&session->history, plan, &session->notes);
	session->outputs.store = session->history.store;
	bool keeps = plan->output_count > 0 || session->history.store;
	if (keeps)
		facts_find(&session->facts);
	machine->settles = reports || keeps;
	if (!machine_open(machine, machine->settles ? plan->meter.sysroot : NULL, &session->notes))
		return false;
	uint64_t known = plan->rounds > 0 ? session->planned : 0;
	progress_open(&machine->progress, draws, plan->hides_output, known, plan->command_count);
	return true;
}

double session_begun(const struct session *session)
{
	double begun = 0.0;
	for (size_t c = 0; c < session->plan->command_count; c++) {
		const struct results *results = &session->results[c];
		const joules_sample *first = results->count > 0 ? results->runs[0].whole : NULL;
		if (first && !(begun > 0 && begun < first->timestamp))
			begun = first->timestamp;
	}
	return begun;
}

bool session_broke_off(const struct session *session, struct text *why)
{
	bool is_one_of_several = session->plan->command_count > 1;
	if (session->machine.signals.stop) {
		text_add(why, "it was interrupted");
	} else if (session->failed) {
		text_add(why, is_one_of_several ? session->failed->name : "the command");
		text_addf(why, " failed (exit status %d)", session->exit_status);
	} else if (session->exit_status != 0) {
		text_add(why, is_one_of_several ? "a command did not run" : "the command did not run");
	} else {
		return false;
	}
	return true;
}

void session_free(struct session *session)
{
	for (size_t i = 0; session->results && i < session->plan->command_count; i++)
		results_free(&session->results[i]);
	free(session->results);
	session->results = NULL;
	joules_sample_free(session->idle);
	session->idle = NULL;
	outputs_close(&session->outputs, &session->notes);
	history_close(&session->history);
	facts_free(&session->facts);
	notes_free(&session->notes);
	machine_close(&session->machine);
}
