/* SPDX-License-Identifier: MIT */
/*
 * Three locks. `process.lock` guards the fields and is never held while something is measured, opened or written.
 * `opening` is held while the meter or $JOULES_OUTPUT is opened, once each. `delivering` is held, shared, while a
 * handler takes a trace: a fork() waits for those, so that the child's handler is neither locked nor in the middle of a
 * line. Their order: delivering, opening, process.lock.
 */
#include "api/process.h"

#include "base/status.h"
#include "base/text.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct kept {
	struct kept *next;
	joules_trace *trace;
};

/* What came of opening something once. */
struct attempt {
	bool made;
	joules_status status;
	char message[1024];
};

static struct {
	pthread_mutex_t lock;
	joules_meter *given; /* by joules_default_meter_set() */
	joules_meter *own;
	struct attempt own_attempt;
	bool handler_given; /* by joules_default_handler_set(): then $JOULES_OUTPUT is not looked at any more */
	joules_handler *handler;
	joules_handler
	    *output; /* of $JOULES_OUTPUT; never closed, since other threads may still finish scopes at the exit */
	struct attempt output_attempt;
	bool output_used; /* by this process: a child saves nothing that is its parent's */
	struct kept *first;
	struct kept *last;
	size_t kept_count;
	joules_scope *resting; /* all of the meter in use */
} process = { .lock = PTHREAD_MUTEX_INITIALIZER };

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;
/* A fork that waits comes before new deliveries: a busy thread would keep it waiting for ever. */
#ifdef PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP
#define DELIVERING_INITIALIZER PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP
#else
#define DELIVERING_INITIALIZER PTHREAD_RWLOCK_INITIALIZER
#endif
static pthread_rwlock_t delivering = DELIVERING_INITIALIZER;
/* This thread holds them: a device's or a handler's own functions may come back here, or fork. */
static _Thread_local bool opens;
static _Thread_local bool delivers;

static void lock_fields(void)
{
	pthread_mutex_lock(&process.lock);
}

static void unlock_fields(void)
{
	pthread_mutex_unlock(&process.lock);
}

/* Who was opening is not in the child, which opens its own. */
static void unlock_fields_of_child(void)
{
	process.output_used = false;
	pthread_mutex_unlock(&process.lock);
	if (!opens)
		opening = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
}

static void hold_deliveries(void)
{
	if (!delivers)
		pthread_rwlock_wrlock(&delivering);
}

static void release_deliveries(void)
{
	if (!delivers)
		pthread_rwlock_unlock(&delivering);
}

/* A new lock: the child's thread is another one than that which holds it. */
static void release_deliveries_of_child(void)
{
	if (!delivers)
		delivering = (pthread_rwlock_t)DELIVERING_INITIALIZER;
}

static void watch_forks(void)
{
	pthread_atfork(lock_fields, unlock_fields, unlock_fields_of_child);
}

/* At the first delivery, thus after the meter's own: what is registered last is called first, and a handler may use a
 * meter. */
static void watch_forks_for_deliveries(void)
{
	pthread_atfork(hold_deliveries, release_deliveries, release_deliveries_of_child);
}

static void lock(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, watch_forks);
	pthread_mutex_lock(&process.lock);
}

static void unlock(void)
{
	pthread_mutex_unlock(&process.lock);
}

static void note(struct attempt *attempt, joules_status status)
{
	attempt->made = true;
	attempt->status = status;
	if (status != JOULES_OK)
		(void)snprintf(attempt->message, sizeof attempt->message, "%s", joules_error_message());
}

/* The message of an attempt once more, for this call. An attempt that was made does not change. */
static joules_status repeat(const struct attempt *attempt)
{
	return attempt->status == JOULES_OK ? JOULES_OK : joules_fail(attempt->status, "%s", attempt->message);
}

static joules_meter *current_meter(void)
{
	return process.given ? process.given : process.own;
}

/* ---- opening, once ---- */

static void open_meter(void)
{
	if (process.own_attempt.made)
		return;
	joules_meter *meter;
	joules_status status = joules_meter_open(&meter, NULL);
	lock();
	process.own = status == JOULES_OK ? meter : NULL;
	note(&process.own_attempt, status);
	unlock();
}

/* The program goes on; whoever set the variable learns why its file stays empty (formats.md section 7). */
static void tell_unused(const char *output)
{
	struct text words = TEXT_INIT, line = TEXT_INIT;
	char *shown = joules_output_shown(output);
	text_addf(&words, "JOULES_OUTPUT=%s: %s", shown ? shown : "", joules_error_message());
	free(shown);
	text_add_escaped(&line, text_string(&words));
	(void)fprintf(
	    stderr, "joules: %s\n", line.failed ? "JOULES_OUTPUT cannot be used: out of memory" : text_string(&line));
	text_free(&words);
	text_free(&line);
}

/* At the exit: what $JOULES_OUTPUT's handler has not written yet. */
static void save_output(void)
{
	const char *output = secure_getenv("JOULES_OUTPUT");
	if (process.output_used && joules_handler_save(process.output) != JOULES_OK)
		tell_unused(output ? output : "");
}

/* Only where there is a meter: a program that measures nothing makes no empty file. */
static void open_output(const joules_meter *meter)
{
	if (process.output_attempt.made)
		return;
	const char *output = secure_getenv("JOULES_OUTPUT");
	joules_handler *handler = NULL;
	joules_status status = JOULES_OK;
	if (output && output[0] != '\0')
		status = joules_handler_open(&handler, output);
	if (status == JOULES_OK && handler)
		status = joules_handler_prepare(handler, meter);
	lock();
	if (status == JOULES_OK)
		process.output = handler;
	note(&process.output_attempt, status);
	unlock();
	/* No destructor: those of a library that the handler has opened come before ours. */
	if (process.output)
		(void)atexit(save_output);
	if (status != JOULES_OK)
		tell_unused(output);
	if (status != JOULES_OK && handler)
		joules_handler_close(handler);
}

/* False if this thread is opening already: it came here from a device's or a handler's own function. */
static bool open_what_is_needed(bool with_output)
{
	if (opens)
		return false;
	pthread_mutex_lock(&opening);
	opens = true;
	lock();
	bool own_needed = !process.given;
	unlock();
	if (own_needed)
		open_meter();
	lock();
	joules_meter *meter = current_meter();
	bool output_needed = with_output && meter && !process.handler_given;
	unlock();
	if (output_needed)
		open_output(meter);
	opens = false;
	pthread_mutex_unlock(&opening);
	return true;
}

/* ---- scopes at rest ---- */

static void scope_free(joules_scope *scope)
{
	joules_recorder_free(scope->recorder);
	free(scope->place);
	free(scope);
}

static joules_scope *scope_new(joules_meter *meter)
{
	joules_scope *scope = calloc(1, sizeof *scope);
	if (!scope)
		return NULL;
	scope->meter = meter;
	if (joules_recorder_new(meter, &scope->recorder) == JOULES_OK)
		return scope;
	free(scope);
	return NULL;
}

joules_scope *process_scope_take(void)
{
	lock();
	bool meter_known = process.given || process.own_attempt.made;
	bool output_known = process.handler_given || process.output_attempt.made || !current_meter();
	if (!meter_known || !output_known) {
		unlock();
		if (!open_what_is_needed(true))
			return NULL;
		lock();
	}
	joules_meter *meter = current_meter();
	joules_scope *scope = process.resting;
	if (scope)
		process.resting = scope->next;
	unlock();
	if (!meter)
		return NULL;
	if (!scope)
		scope = scope_new(meter);
	if (!scope)
		return NULL;
	if (!scope->place)
		scope->place = calloc(1, sizeof *scope->place);
	if (!scope->place) {
		process_scope_give(scope);
		return NULL;
	}
	atomic_store_explicit(&scope->left, false, memory_order_relaxed);
	return scope;
}

void process_scope_give(joules_scope *scope)
{
	lock();
	bool in_use = scope->meter && scope->meter == current_meter();
	if (in_use) {
		scope->next = process.resting;
		process.resting = scope;
	}
	unlock();
	if (!in_use)
		scope_free(scope);
}

/* ---- finished traces ---- */

static void deliver(joules_handler *handler, joules_trace *trace)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, watch_forks_for_deliveries);
	pthread_rwlock_rdlock(&delivering);
	delivers = true;
	(void)joules_handler_process(handler, trace);
	delivers = false;
	pthread_rwlock_unlock(&delivering);
}

void process_trace_finished(joules_scope *scope, joules_trace *trace)
{
	lock();
	joules_handler *handler = process.handler_given ? process.handler : process.output;
	if (!handler) {
		struct kept *place = scope->place;
		scope->place = NULL;
		*place = (struct kept){ .trace = trace };
		if (process.last)
			process.last->next = place;
		else
			process.first = place;
		process.last = place;
		process.kept_count++;
	} else if (!process.handler_given) {
		process.output_used = true;
	}
	unlock();
	if (!handler)
		return;
	deliver(handler, trace);
	joules_trace_unref(trace);
}

joules_status joules_default_traces(joules_trace ***traces, size_t *count)
{
	if (traces)
		*traces = NULL;
	if (count)
		*count = 0;
	if (!traces || !count)
		return joules_fail(JOULES_INVALID_ARGUMENT, "default traces: %s is NULL", traces ? "count" : "traces");
	lock();
	joules_trace **array = process.kept_count > 0 ? malloc(process.kept_count * sizeof *array) : NULL;
	if (process.kept_count > 0 && !array) {
		unlock();
		return fail_memory();
	}
	struct kept *kept = process.first;
	size_t taken = process.kept_count;
	process.first = NULL;
	process.last = NULL;
	process.kept_count = 0;
	unlock();
	for (size_t i = 0; i < taken; i++) {
		struct kept *next = kept->next;
		array[i] = kept->trace;
		free(kept);
		kept = next;
	}
	*traces = array;
	*count = taken;
	return JOULES_OK;
}

void joules_traces_free(joules_trace **traces, size_t count)
{
	for (size_t i = 0; traces && i < count; i++)
		joules_trace_unref(traces[i]);
	free(traces);
}

/* ---- the meter and the handler of the macros ---- */

joules_status joules_default_meter(joules_meter **meter)
{
	if (!meter)
		return joules_fail(JOULES_INVALID_ARGUMENT, "default meter: meter is NULL");
	*meter = NULL;
	for (;;) {
		lock();
		*meter = current_meter();
		bool tried = process.own_attempt.made;
		unlock();
		if (*meter)
			return JOULES_OK;
		if (tried)
			return repeat(&process.own_attempt);
		if (!open_what_is_needed(false))
			return joules_fail(
			    JOULES_NO_DEVICE, "the process meter is being opened; the functions of a device cannot use it");
	}
}

void joules_default_meter_set(joules_meter *meter)
{
	lock();
	joules_meter *before = current_meter();
	process.given = meter;
	joules_scope *scope = NULL;
	if (current_meter() != before) {
		scope = process.resting;
		process.resting = NULL;
	}
	unlock();
	while (scope) {
		joules_scope *next = scope->next;
		scope_free(scope);
		scope = next;
	}
}

joules_status process_handler(joules_handler **handler)
{
	lock();
	bool known = process.handler_given || process.output_attempt.made;
	unlock();
	if (!known)
		open_what_is_needed(true);
	lock();
	*handler = process.handler_given ? process.handler : process.output;
	bool failed = !process.handler_given && process.output_attempt.made && process.output_attempt.status != JOULES_OK;
	unlock();
	return failed ? repeat(&process.output_attempt) : JOULES_OK;
}

void joules_default_handler_set(joules_handler *handler)
{
	lock();
	process.handler_given = true;
	process.handler = handler;
	unlock();
}

joules_status joules_default_handler(joules_handler **handler)
{
	if (!handler)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_default_handler: handler must not be NULL");
	return process_handler(handler);
}
