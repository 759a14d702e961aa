/* SPDX-License-Identifier: MIT */
/* Warm-ups and repetitions, --prepare before each, and what that means for the exit status. */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "run/figures.h"
#include "run/run.h"

int series_code(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

static void wait_for(struct series *series, pid_t child, int *status)
{
	struct rusage usage;
	do {
		struct pollfd polled = { series->signals.fd, POLLIN, 0 };
		poll(&polled, 1, -1);
		signals_take(&series->signals, child);
	} while (!children_reap(&series->children, child, status, &usage));
}

/* Its output goes to standard error and its input is empty: the command's streams stay the command's alone. */
static bool prepare(struct series *series)
{
	const char *line = series->options->prepare;
	if (!line)
		return true;
	char shell[] = "/bin/sh", flag[] = "-c";
	char *words[] = { shell, flag, strdup(line), NULL };
	struct child_plan plan = { words, open("/dev/null", O_RDONLY | O_CLOEXEC), STDERR_FILENO };
	int error = 0, status = 0;
	pid_t pid = words[2] ? child_spawn(&plan, &series->signals, &error) : -1;
	if (plan.input_fd >= 0)
		close(plan.input_fd);
	if (pid > 0)
		wait_for(series, pid, &status);
	free(words[2]);
	if (series->signals.stop)
		return false;
	if (pid > 0 && status == 0)
		return true;
	series->exit_status = EXIT_RUN_FAILED;
	if (pid > 0)
		notes_add_error(&series->notes, "--prepare %s: it ended with %d, so the command was not run%s", line,
		    series_code(status), series->count > 0 ? " again" : "");
	else
		notes_add_error(&series->notes, "--prepare %s: /bin/sh: %s", line, strerror(error));
	return false;
}

static bool keep(struct series *series, struct run_result *result)
{
	struct run_result *results = reallocarray(series->results, series->count + 1, sizeof *results);
	if (!results) {
		notes_add_error(&series->notes, "out of memory: run %zu is not in the report", series->count + 1);
		run_result_clear(result);
		return false;
	}
	series->results = results;
	results[series->count++] = *result;
	if (result->trace)
		outputs_process(&series->outputs, result->trace);
	return true;
}

/* False: the series ends here. */
static bool one(struct series *series, bool warm_up)
{
	const struct run_options *options = series->options;
	struct run_result result;
	if (series->signals.stop || !prepare(series) || series->signals.stop || !measure_run(series, warm_up, &result))
		return false;
	series->done++;
	int code = series_code(result.status);
	if (code != 0 && series->exit_status == 0)
		series->exit_status = code;
	if (!warm_up && !keep(series, &result))
		return false;
	progress_step(&series->progress, series->done, figures_mean(series, FIGURES_TOTAL).joules);
	bool is_last = series->done == options->runs + options->warmups;
	if (code == 0 || options->ignore_failure || is_last)
		return true;
	if (!series->signals.stop)
		notes_add(&series->notes, "%s %llu ended with %d, so no further run was started (--ignore-failure goes on)",
		    warm_up ? "warm-up" : "run", (unsigned long long)(warm_up ? series->done : series->count), code);
	return false;
}

void series_run(struct series *series)
{
	const struct run_options *options = series->options;
	if (options->idle_s > 0 && !measure_idle(series)) {
		series->exit_status = EXIT_RUN_FAILED;
		return;
	}
	bool go_on = true;
	for (uint64_t i = 0; go_on && i < options->warmups; i++)
		go_on = one(series, true);
	for (uint64_t i = 0; go_on && i < options->runs; i++)
		go_on = one(series, false);
	progress_close(&series->progress);
	bool all_ran = series->done == options->runs + options->warmups;
	if (options->ignore_failure && all_ran)
		series->exit_status = 0;
	if (!all_ran && series->signals.stop && (series->exit_status == 0 || options->ignore_failure))
		series->exit_status = 128 + series->signals.stop;
}
