/* SPDX-License-Identifier: MIT */
/* One run of the command under the meter, and the idle machine. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli.h"
#include "run/run.h"
#include "run/share.h"

/* Looking for the counters' next move: often at first (RAPL ticks each millisecond), then at an eighth of the time
 * already waited, which loses at most that part of a slower tick. Whatever tick a counter is said to have: a virtual
 * machine's may be fast or slow. */
enum { LOOK_FIRST_NS = 100000, LOOK_LAST_NS = 10000000, LOOK_PART = 8 };
/* Longer than any give-up time; what has not moved by then is bounded all the same. */
static const int64_t look_longest_ns = 5000000000;

static int64_t next_look_ns(int64_t since_ns)
{
	int64_t wait = (clock_monotonic_ns() - since_ns) / LOOK_PART;
	if (wait < LOOK_FIRST_NS)
		return LOOK_FIRST_NS;
	return wait < LOOK_LAST_NS ? wait : LOOK_LAST_NS;
}

/* Until the bounds of that reading are closed; NULL: of the meter's latest one. */
static void settle(joules_meter *meter, joules_reading *reading)
{
	int64_t since_ns = clock_monotonic_ns();
	while ((reading ? joules_settle(meter, reading, 0) : joules_meter_settle(meter, 0)) == JOULES_NOT_SETTLED &&
	    clock_monotonic_ns() - since_ns < look_longest_ns)
		clock_sleep_ns(next_look_ns(since_ns));
}

struct watch {
	struct series *series;
	pid_t child;
	bool settled;
	int64_t read_ns; /* when the reading that is to be settled was taken */
	bool measured;   /* not a warm-up */
};

static void take_mark(void *context, const char *tag)
{
	struct watch *watch = context;
	if (!watch->measured)
		return;
	if (joules_meter_record(watch->series->meter, tag) != JOULES_OK)
		notes_add_error(&watch->series->notes, "a mark is lost: %s", joules_error_message());
	watch->settled = !watch->series->wants_values;
	watch->read_ns = clock_monotonic_ns();
}

/* Until something happens, or it is time to look at the counters or to draw. */
static void wait_for_event(const struct watch *watch)
{
	struct series *series = watch->series;
	struct pollfd polled[] = { { series->signals.fd, POLLIN, 0 },
		{ series->marks.fd, POLLIN, 0 } }; /* poll() skips -1 */
	int64_t wait = progress_wait_ns(&series->progress);
	int64_t look = watch->settled ? -1 : next_look_ns(watch->read_ns);
	if (look >= 0 && (wait < 0 || look < wait))
		wait = look;
	struct timespec time = { wait / 1000000000, wait % 1000000000 };
	ppoll(polled, 2, wait < 0 ? NULL : &time, NULL);
}

static void watch_child(struct watch *watch, struct run_result *result)
{
	struct series *series = watch->series;
	for (;;) {
		wait_for_event(watch);
		marks_take(&series->marks, take_mark, watch);
		if (signals_take(&series->signals, watch->child) &&
		    children_reap(&series->children, watch->child, &result->status, &result->usage))
			break;
		if (!watch->settled)
			watch->settled = joules_meter_settle(series->meter, 0) != JOULES_NOT_SETTLED;
		progress_draw(&series->progress);
	}
	marks_take(&series->marks, take_mark, watch); /* what it wrote just before its end */
}

static bool spawn(struct series *series, pid_t *pid)
{
	const struct run_options *options = series->options;
	struct child_plan plan = { options->command, series->input_fd, -1 };
	int error;
	*pid = child_spawn(&plan, &series->signals, &error);
	if (*pid > 0)
		return true;
	const char *command = options->command[0];
	struct stat info;
	if (*pid < 0) {
		series->exit_status = EXIT_RUN_FAILED;
		notes_add_error(&series->notes, "%s: no process for it: %s", command, strerror(error));
	} else if (error == ENOENT) {
		series->exit_status = EXIT_NOT_FOUND;
		bool is_there = strchr(command, '/') && stat(command, &info) == 0;
		notes_add_error(&series->notes, "%s: %s", command,
		    is_there                   ? "the interpreter in its first line does not exist"
		        : strchr(command, '/') ? "there is no such file"
		                               : "command not found: it is in no folder of PATH");
	} else {
		series->exit_status = EXIT_NOT_EXECUTABLE;
		bool is_folder = strchr(command, '/') && stat(command, &info) == 0 && S_ISDIR(info.st_mode);
		notes_add_error(&series->notes, "%s: cannot be executed: %s%s", command,
		    is_folder ? "it is a folder" : strerror(error),
		    error == EACCES && !is_folder ? " (chmod +x makes a file executable)" : "");
	}
	return false;
}

static bool open_input(struct series *series)
{
	const struct run_options *options = series->options;
	if (!options->input && options->runs + options->warmups == 1)
		return true;
	series->input_fd = open(options->input ? options->input : "/dev/null", O_RDONLY | O_CLOEXEC);
	if (series->input_fd >= 0)
		return true;
	notes_add_error(&series->notes, "--input %s: %s", options->input ? options->input : "/dev/null", strerror(errno));
	series->exit_status = EXIT_RUN_FAILED;
	return false;
}

static void close_input(struct series *series)
{
	if (series->input_fd >= 0)
		close(series->input_fd);
	series->input_fd = -1;
}

static bool collect(struct series *series, struct run_result *result)
{
	joules_meter *meter = series->meter;
	joules_status status = JOULES_OK;
	if (series->wants_values)
		settle(meter, NULL);
	if ((status = joules_meter_trace(meter, &result->trace)) == JOULES_OK)
		status = joules_trace_sum(result->trace, NULL, &result->whole);
	if (status != JOULES_OK) {
		notes_add_error(&series->notes, "the measurement is lost: %s", joules_error_message());
		return false;
	}
	result->total = joules_sample_total(result->whole, &result->total_source);
	return true;
}

static bool measure_started(struct series *series, struct run_result *result)
{
	struct watch watch = { series, 0, !series->wants_values, 0, true };
	struct share_moment begin = share_begin(series);
	if (joules_meter_start(series->meter, series->options->name) != JOULES_OK) {
		notes_add_error(&series->notes, "%s", joules_error_message());
		series->exit_status = EXIT_RUN_FAILED;
		return false;
	}
	watch.read_ns = clock_monotonic_ns();
	bool started = spawn(series, &watch.child);
	if (started)
		watch_child(&watch, result);
	joules_meter_stop(series->meter);
	if (!started)
		return false;
	children_reap(&series->children, 0, NULL, NULL);
	result->share = share_end(series, &begin, &result->usage);
	collect(series, result);
	return true;
}

static bool run_unmeasured(struct series *series, struct run_result *result)
{
	struct watch watch = { series, 0, true, 0, false };
	if (!spawn(series, &watch.child))
		return false;
	watch_child(&watch, result);
	return true;
}

bool measure_run(struct series *series, bool warm_up, struct run_result *result)
{
	*result = (struct run_result){ .status = 0 };
	if (!open_input(series))
		return false;
	children_reap(&series->children, 0, NULL, NULL);
	marks_drop(&series->marks);
	bool ran = warm_up ? run_unmeasured(series, result) : measure_started(series, result);
	close_input(series);
	return ran;
}

void run_result_clear(struct run_result *result)
{
	joules_sample_free(result->whole);
	joules_trace_unref(result->trace);
	*result = (struct run_result){ .status = 0 };
}

static bool read_and_settle(struct series *series, joules_reading *reading)
{
	if (joules_read(series->meter, reading) != JOULES_OK)
		return false;
	settle(series->meter, reading);
	return true;
}

bool measure_idle(struct series *series)
{
	joules_reading *begin = NULL, *end = NULL;
	bool interrupted = false;
	bool ok = joules_reading_new(series->meter, &begin) == JOULES_OK &&
	    joules_reading_new(series->meter, &end) == JOULES_OK && read_and_settle(series, begin);
	if (ok) {
		progress_phase(&series->progress, "measuring the idle machine", series->options->idle_s);
		interrupted = !progress_sleep(&series->progress, &series->signals, series->options->idle_s);
		progress_clear(&series->progress);
	}
	ok = ok && !interrupted && read_and_settle(series, end) &&
	    joules_between(series->meter, begin, end, &series->idle) == JOULES_OK;
	if (!ok && !interrupted)
		notes_add_error(&series->notes, "--idle: %s", joules_error_message());
	joules_reading_free(begin);
	joules_reading_free(end);
	return ok;
}
