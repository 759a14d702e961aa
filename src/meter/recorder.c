/* SPDX-License-Identifier: MIT */
/* One measurement on a meter: the trace that grows from start, record, resume and stop. The meter's own verbs are one
 * recorder, each JOULES_SCOPE is another; recorders of one meter do not disturb each other. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/status.h"
#include "meter/background.h"
#include "meter/look.h"
#include "meter/queue.h"
#include "meter/reading.h"
#include "meter/recorder.h"
#include "model/waiting.h"

/* What each record passes through. Inline: a return that follows a system call is slow (base/sysfs.h). */
#define RECORD inline __attribute__((always_inline))

struct joules_recorder {
	joules_meter *meter;
	joules_trace *trace; /* NULL: never started */
	bool given;          /* the trace was given out: frozen, not to be touched again */
	bool running;
	bool joined;                 /* the next sample begins with the reading that ended the one before */
	uint32_t tag;                /* of the running sample, by its number in the trace */
	int64_t wall_offset_ns;      /* wall − monotonic clock, taken at start and resume */
	struct joules_reading *last; /* begin of the running sample, or end of the stopped trace */
	struct joules_reading *spare;
	struct increment *increments; /* scratch */
	struct waiting *waiting;      /* for each domain */
};

joules_status joules_recorder_new(joules_meter *meter, joules_recorder **recorder)
{
	if (recorder)
		*recorder = NULL;
	if (!meter || !recorder)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_recorder_new: meter and recorder must not be NULL");
	joules_recorder *made = calloc(1, sizeof *made);
	if (!made)
		return fail_memory();
	size_t count = meter->domains->count + 1;
	made->meter = meter;
	made->last = reading_new(meter);
	made->spare = reading_new(meter);
	made->increments = calloc(count, sizeof *made->increments);
	made->waiting = calloc(count, sizeof *made->waiting);
	if (!made->last || !made->spare || !made->increments || !made->waiting) {
		joules_recorder_free(made);
		return fail_memory();
	}
	*recorder = made;
	return JOULES_OK;
}

void joules_recorder_free(joules_recorder *recorder)
{
	if (!recorder)
		return;
	reading_free(recorder->last);
	reading_free(recorder->spare);
	joules_trace_unref(recorder->trace);
	free(recorder->increments);
	free(recorder->waiting);
	free(recorder);
}

/* ---- bounds that close later; the meter's lock is held in these ---- */

/* What the counters have shown by now closes the samples so far. */
static void close_samples(joules_recorder *recorder)
{
	joules_meter *meter = recorder->meter;
	waiting_close(recorder->waiting, meter->domains->count, recorder->trace, meter->counters, recorder->last->points);
}

static void forget_waiting(joules_recorder *recorder)
{
	waiting_forget(recorder->waiting, recorder->meter->domains->count);
}

/* ---- samples ---- */

/* Into `spare`. Returns with the meter's lock held. */
static RECORD void take_reading(joules_recorder *recorder)
{
	background_need(recorder->meter);
	reading_take_held(recorder->meter, recorder->spare);
}

static void make_spare_last(joules_recorder *recorder)
{
	struct joules_reading *spare = recorder->spare;
	recorder->spare = recorder->last;
	recorder->last = spare;
}

/* What the models say is asked under their devices' locks, which are never taken inside the meter's. */
static void ask_models(joules_recorder *recorder)
{
	pthread_mutex_unlock(&recorder->meter->lock);
	reading_models(recorder->meter, recorder->last, recorder->spare, recorder->increments);
	pthread_mutex_lock(&recorder->meter->lock);
}

/* Ends the running sample: what lies from `last` to `spare` joins the trace, which has had room for it from its begin
 * on. */
static RECORD void end_sample(joules_recorder *recorder)
{
	joules_meter *meter = recorder->meter;
	take_reading(recorder);
	if (meter->has_models)
		ask_models(recorder);
	const struct joules_reading *begin = recorder->last, *end = recorder->spare;
	close_samples(recorder);
	reading_difference(meter, begin, end, recorder->increments);
	double timestamp = (double)(begin->stamp_ns + recorder->wall_offset_ns) / 1e9;
	trace_push(
	    recorder->trace, recorder->tag, timestamp, reading_seconds(begin, end), recorder->joined, recorder->increments);
	size_t index = joules_trace_count(recorder->trace) - 1;
	waiting_add(recorder->waiting, meter->domains->count, index, begin->points, end->points);
	make_spare_last(recorder);
	pthread_mutex_unlock(&meter->lock);
}

static joules_status begin_run(joules_recorder *recorder)
{
	recorder->running = true;
	recorder->joined = false;
	take_reading(recorder);
	recorder->wall_offset_ns = clock_wall_ns() - clock_monotonic_ns();
	close_samples(recorder);
	make_spare_last(recorder);
	pthread_mutex_unlock(&recorder->meter->lock);
	return JOULES_OK;
}

static joules_status fail_no_recorder(const char *verb)
{
	return joules_fail(JOULES_INVALID_ARGUMENT, "%s: no argument may be NULL", verb);
}

static joules_status not_stopped(const char *verb)
{
	return joules_fail(JOULES_NOT_STOPPED, "%s: the meter is running; stop it first", verb);
}

static joules_status not_started(const char *verb)
{
	return joules_fail(JOULES_NOT_STARTED, "%s: the meter is not running; start it first", verb);
}

joules_status joules_recorder_start(joules_recorder *recorder, const char *tag)
{
	UNCANCELLED;
	if (!recorder)
		return fail_no_recorder("start");
	if (recorder->running)
		return not_stopped("start");
	uint32_t number;
	joules_trace *trace = trace_new(recorder->meter->domains);
	if (!trace || !trace_reserve(trace, 1, tag, &number)) {
		joules_trace_unref(trace);
		return fail_memory();
	}
	pthread_mutex_lock(&recorder->meter->lock);
	joules_trace *old = recorder->trace;
	recorder->trace = trace;
	recorder->tag = number;
	recorder->given = false;
	forget_waiting(recorder);
	pthread_mutex_unlock(&recorder->meter->lock);
	joules_trace_unref(old);
	return begin_run(recorder);
}

/* A trace that was given out is another's now: go on with a copy. */
static joules_status own_trace(joules_recorder *recorder)
{
	if (recorder->trace && !recorder->given)
		return JOULES_OK;
	joules_trace *copy = trace_new(recorder->meter->domains);
	if (!copy ||
	    (recorder->trace && !trace_append_range(copy, recorder->trace, 0, joules_trace_count(recorder->trace)))) {
		joules_trace_unref(copy);
		return fail_memory();
	}
	pthread_mutex_lock(&recorder->meter->lock);
	joules_trace *old = recorder->trace;
	recorder->trace = copy;
	recorder->given = false;
	forget_waiting(recorder);
	pthread_mutex_unlock(&recorder->meter->lock);
	joules_trace_unref(old);
	return JOULES_OK;
}

joules_status joules_recorder_resume(joules_recorder *recorder, const char *tag)
{
	UNCANCELLED;
	if (!recorder)
		return fail_no_recorder("resume");
	if (recorder->running)
		return not_stopped("resume");
	joules_status status = own_trace(recorder);
	if (!status && !trace_reserve(recorder->trace, 1, tag, &recorder->tag))
		status = fail_memory();
	return status ? status : begin_run(recorder);
}

/* Each call of it counts. It switches cancellation off only around what may be cancelled: where devices are asked. */
joules_status joules_recorder_record(joules_recorder *recorder, const char *tag)
{
	if (!recorder)
		return fail_no_recorder("record");
	if (!recorder->running)
		return not_started("record");
	/* For the sample that ends and the one that begins: stop needs no memory, and loses nothing. */
	uint32_t number;
	if (!trace_reserve(recorder->trace, 2, tag, &number))
		return fail_memory();
	end_sample(recorder);
	recorder->joined = true;
	recorder->tag = number;
	return JOULES_OK;
}

joules_status joules_recorder_stop(joules_recorder *recorder)
{
	UNCANCELLED;
	if (!recorder)
		return fail_no_recorder("stop");
	if (!recorder->running)
		return not_started("stop");
	end_sample(recorder);
	recorder->running = false;
	return JOULES_OK;
}

double recorder_pause_s(const joules_recorder *recorder)
{
	return recorder->last->stamp_ns ? look_pause_s(recorder->meter, recorder->last) : 0.0;
}

joules_status joules_recorder_settle(joules_recorder *recorder, double seconds)
{
	if (!recorder)
		return fail_no_recorder("settle");
	if (isnan(seconds))
		return joules_fail(JOULES_INVALID_ARGUMENT, "settle: the time is not a number");
	if (!recorder->trace || !recorder->last->stamp_ns)
		return not_started("settle");
	joules_status status = look_on(recorder->meter, recorder->last, seconds);
	if (recorder->given)
		return status;
	pthread_mutex_lock(&recorder->meter->lock);
	close_samples(recorder);
	pthread_mutex_unlock(&recorder->meter->lock);
	return status;
}

joules_status joules_recorder_so_far(joules_recorder *recorder, joules_trace **trace)
{
	UNCANCELLED;
	if (trace)
		*trace = NULL;
	if (!recorder || !trace)
		return fail_no_recorder("so_far");
	joules_trace *copy = trace_new(recorder->meter->domains);
	if (!copy)
		return fail_memory();
	pthread_mutex_lock(&recorder->meter->lock);
	if (recorder->trace && !recorder->given) {
		(void)queue_close(recorder->meter, recorder->last);
		close_samples(recorder);
	}
	bool done = !recorder->trace || trace_append_range(copy, recorder->trace, 0, joules_trace_count(recorder->trace));
	pthread_mutex_unlock(&recorder->meter->lock);
	if (!done) {
		joules_trace_unref(copy);
		return fail_memory();
	}
	*trace = copy;
	return JOULES_OK;
}

joules_status joules_recorder_trace(joules_recorder *recorder, joules_trace **trace)
{
	if (trace)
		*trace = NULL;
	if (!recorder || !trace)
		return fail_no_recorder("trace");
	if (recorder->running)
		return joules_fail(JOULES_NOT_STOPPED, "trace: the meter is running; stop it first");
	joules_trace *empty = recorder->trace ? NULL : trace_new(recorder->meter->domains);
	if (!recorder->trace && !empty)
		return fail_memory();
	pthread_mutex_lock(&recorder->meter->lock);
	if (empty)
		recorder->trace = empty;
	if (!recorder->given) {
		(void)queue_close(recorder->meter, recorder->last);
		close_samples(recorder);
	}
	recorder->given = true;
	*trace = joules_trace_ref(recorder->trace);
	pthread_mutex_unlock(&recorder->meter->lock);
	return JOULES_OK;
}
