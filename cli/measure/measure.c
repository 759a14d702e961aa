/* SPDX-License-Identifier: MIT */
#include "measure/measure.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli.h"

/* One run while it lasts. */
struct watch {
	struct machine *machine;
	const struct command *command;
	struct notes *notes;
	int input_fd;
	pid_t child;
	bool settled;
	bool measured;  /* not a warm-up */
	size_t lost;    /* marks */
	char *tag;      /* of the sample that is being measured, from the first mark on */
	int64_t due_ns; /* when that ends by itself; 0: never */
};

static void record(struct watch *watch, const char *tag)
{
	watch->lost += joules_meter_record(watch->machine->meter, tag) != JOULES_OK;
	watch->settled = !watch->machine->settles;
}

static void take_mark(void *context, const char *tag)
{
	struct watch *watch = context;
	if (!watch->measured)
		return;
	record(watch, tag);
	if (!watch->due_ns)
		return;
	free(watch->tag);
	watch->tag = strdup(tag);
}

/* --every. A moment that was missed is not made up for: the next is the first one to come. */
static void take_time(struct watch *watch)
{
	int64_t now = clock_monotonic_ns(), every = watch->machine->every_ns;
	if (!watch->due_ns || now < watch->due_ns)
		return;
	record(watch, watch->tag ? watch->tag : watch->command->name);
	watch->due_ns += (now - watch->due_ns) / every * every + every;
}

static int64_t sooner(int64_t wait, int64_t other)
{
	return wait < 0 || (other >= 0 && other < wait) ? other : wait;
}

/* Until something happens, or it is time to look at the counters or to draw. */
static void wait_for_event(const struct watch *watch)
{
	const struct machine *machine = watch->machine;
	struct pollfd polled[] = { { machine->signals.fd, POLLIN, 0 },
		{ machine->marks.fd, POLLIN, 0 } }; /* poll() skips -1 */
	int64_t wait = progress_wait_ns(&machine->progress);
	wait = sooner(wait, hidden_wait_ns(&machine->hidden));
	if (!watch->settled)
		wait = sooner(wait, (int64_t)(joules_meter_settle_pause(machine->meter) * 1e9));
	if (watch->due_ns) {
		int64_t left = watch->due_ns - clock_monotonic_ns();
		wait = sooner(wait, left > 0 ? left : 0);
	}
	struct timespec time = { wait / 1000000000, wait % 1000000000 };
	ppoll(polled, 2, wait < 0 ? NULL : &time, NULL);
}

static void watch_child(struct watch *watch, struct run_result *result)
{
	struct machine *machine = watch->machine;
	for (;;) {
		wait_for_event(watch);
		marks_take(&machine->marks, take_mark, watch);
		if (signals_take(&machine->signals, watch->child) &&
		    children_reap(&machine->children, watch->child, &result->status, &result->usage))
			break;
		take_time(watch);
		if (!watch->settled)
			watch->settled = joules_meter_settle(machine->meter, 0) != JOULES_NOT_SETTLED;
		progress_draw(&machine->progress);
		hidden_trim(&machine->hidden);
	}
	marks_take(&machine->marks, take_mark, watch); /* what it wrote just before its end */
	if (watch->lost)
		notes_add_error(watch->notes, "%zu marks were lost, so their samples are joined into one: %s", watch->lost,
		    joules_error_message());
}

static void collect(const struct machine *machine, struct run_result *result, struct notes *notes)
{
	joules_meter *meter = machine->meter;
	joules_status status = JOULES_OK;
	if (machine->settles)
		(void)joules_meter_settle(meter, JOULES_UNTIL_SETTLED);
	if ((status = joules_meter_trace(meter, &result->trace)) == JOULES_OK)
		status = joules_trace_sum(result->trace, NULL, &result->whole);
	if (status == JOULES_OK)
		result->total = *joules_sample_total(result->whole, &result->total_source);
	else
		notes_add_error(notes, "the measurement was lost: %s", joules_error_message());
}

static int run_child(struct watch *watch, struct run_result *result)
{
	const struct signals *signals = &watch->machine->signals;
	const struct hidden *hidden = &watch->machine->hidden;
	struct streams streams = { watch->input_fd, hidden->null_fd, hidden->log_fd };
	int failed = command_start(watch->command, &streams, signals, &watch->child, watch->notes);
	if (!failed)
		watch_child(watch, result);
	return failed;
}

static int run_measured(struct watch *watch, struct run_result *result)
{
	struct machine *machine = watch->machine;
	struct share_moment begin = share_begin(machine->busy_fd, &machine->children);
	if (joules_meter_start(machine->meter, watch->command->name) != JOULES_OK) {
		notes_add_error(watch->notes, "%s", joules_error_message());
		return EXIT_RUN_FAILED;
	}
	if (machine->every_ns > 0)
		watch->due_ns = clock_monotonic_ns() + machine->every_ns;
	int failed = run_child(watch, result);
	joules_meter_stop(machine->meter);
	if (failed)
		return failed;
	children_reap(&machine->children, 0, NULL, NULL);
	result->share = share_end(machine->busy_fd, &machine->children, &begin, &result->usage);
	collect(machine, result, watch->notes);
	return 0;
}

int measure_run(struct machine *machine, const struct command *command, const char *input, bool warm_up,
    struct run_result *result, struct notes *notes)
{
	struct watch watch = { .machine = machine, .command = command, .notes = notes, .measured = !warm_up };
	watch.settled = warm_up || !machine->settles;
	*result = (struct run_result){ .status = 0 };
	if (!command_open_input(input, &watch.input_fd, notes))
		return EXIT_RUN_FAILED;
	children_reap(&machine->children, 0, NULL, NULL);
	marks_drop(&machine->marks);
	int failed = warm_up ? run_child(&watch, result) : run_measured(&watch, result);
	if (watch.input_fd >= 0)
		close(watch.input_fd);
	free(watch.tag);
	return failed;
}

static bool read_and_settle(joules_meter *meter, joules_reading *reading)
{
	return joules_read(meter, reading) == JOULES_OK && joules_settle(meter, reading, JOULES_UNTIL_SETTLED) == JOULES_OK;
}

joules_sample *measure_idle(struct machine *machine, double seconds, struct notes *notes)
{
	joules_meter *meter = machine->meter;
	joules_reading *begin = NULL, *end = NULL;
	joules_sample *idle = NULL;
	bool interrupted = false;
	bool ok = joules_reading_new(meter, &begin) == JOULES_OK && joules_reading_new(meter, &end) == JOULES_OK &&
	    read_and_settle(meter, begin);
	if (ok) {
		progress_phase(&machine->progress, "measuring the idle machine", seconds);
		interrupted = !progress_sleep(&machine->progress, &machine->signals, seconds);
		progress_clear(&machine->progress);
	}
	ok = ok && !interrupted && read_and_settle(meter, end) && joules_between(meter, begin, end, &idle) == JOULES_OK;
	if (!ok && !interrupted)
		notes_add_error(notes, "--idle: %s", joules_error_message());
	joules_reading_free(begin);
	joules_reading_free(end);
	return idle;
}
