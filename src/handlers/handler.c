/* SPDX-License-Identifier: MIT */
#include "handlers/handler.h"
#include "base/cancel.h"
#include "base/sized.h"
#include "base/status.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct joules_handler {
	joules_handler_ops ops; /* a copy, its newer members NULL where the program was compiled before they came */
	void *state;
	pthread_mutex_t lock;
};

static joules_status fail_null(const char *what)
{
	return joules_fail(JOULES_INVALID_ARGUMENT, "%s is NULL", what);
}

static joules_handler *make(const joules_handler_ops *ops, void *state)
{
	joules_handler *made = calloc(1, sizeof *made);
	if (!made)
		return NULL;
	made->ops = *ops;
	made->state = state;
	pthread_mutex_init(&made->lock, NULL);
	return made;
}

static void release(joules_handler *handler)
{
	pthread_mutex_destroy(&handler->lock);
	free(handler);
}

joules_status handler_open(joules_handler **handler, const struct known_handler *known, const char *target)
{
	joules_handler *made = make(known->ops, NULL);
	if (!made)
		return fail_memory();
	joules_status status = known->ops->open(known->context, target, &made->state);
	if (status)
		release(made);
	else
		*handler = made;
	return status;
}

joules_status joules_handler_new(joules_handler **handler, const joules_handler_ops *ops, void *state)
{
	if (!handler)
		return fail_null("the place for the handler");
	*handler = NULL;
	if (!ops)
		return fail_null("the handler's table of functions");
	joules_handler_ops known = { .size = 0 };
	joules_status status = sized_take(&known, sizeof known, ops, "joules_handler_ops");
	if (status)
		return status;
	if (!known.process)
		return joules_fail(JOULES_INVALID_ARGUMENT, "handler %s has no function `process`",
		    known.name ? known.name : "without a name");
	*handler = make(&known, state);
	return *handler ? JOULES_OK : fail_memory();
}

joules_status handler_prepare(joules_handler *handler, const joules_domain *const *domains, size_t count)
{
	if (!handler)
		return fail_null("the handler");
	if (!handler->ops.prepare)
		return JOULES_OK;
	pthread_mutex_lock(&handler->lock);
	joules_status status = handler->ops.prepare(handler->state, domains, count);
	pthread_mutex_unlock(&handler->lock);
	return status;
}

joules_status joules_handler_process(joules_handler *handler, joules_trace *trace)
{
	UNCANCELLED;
	if (!handler)
		return fail_null("the handler");
	if (!trace)
		return fail_null("the trace");
	pthread_mutex_lock(&handler->lock);
	joules_status status = handler->ops.process(handler->state, trace);
	pthread_mutex_unlock(&handler->lock);
	return status;
}

joules_status joules_handler_save(joules_handler *handler)
{
	UNCANCELLED;
	if (!handler)
		return fail_null("the handler");
	if (!handler->ops.save)
		return JOULES_OK;
	pthread_mutex_lock(&handler->lock);
	joules_status status = handler->ops.save(handler->state);
	pthread_mutex_unlock(&handler->lock);
	return status;
}

void joules_handler_discard(joules_handler *handler)
{
	UNCANCELLED;
	if (!handler)
		return;
	if (handler->ops.close)
		handler->ops.close(handler->state);
	release(handler);
}

joules_status joules_handler_close(joules_handler *handler)
{
	UNCANCELLED;
	joules_status status = handler ? joules_handler_save(handler) : JOULES_OK;
	joules_handler_discard(handler);
	return status;
}

void joules_handler_notices_set(joules_handler *handler, joules_notice_function function, void *context)
{
	UNCANCELLED;
	if (!handler || !handler->ops.notices_set)
		return;
	pthread_mutex_lock(&handler->lock);
	handler->ops.notices_set(handler->state, function, context);
	pthread_mutex_unlock(&handler->lock);
}

void joules_handler_timeout_set(joules_handler *handler, double seconds)
{
	UNCANCELLED;
	if (!handler || !handler->ops.timeout_set)
		return;
	pthread_mutex_lock(&handler->lock);
	handler->ops.timeout_set(handler->state, seconds);
	pthread_mutex_unlock(&handler->lock);
}

joules_trace *joules_handler_unsaved(joules_handler *handler, size_t index, const char **name)
{
	UNCANCELLED;
	const char *unasked;
	name = name ? name : &unasked;
	*name = NULL;
	if (!handler || !handler->ops.unsaved)
		return NULL;
	pthread_mutex_lock(&handler->lock);
	joules_trace *trace = handler->ops.unsaved(handler->state, index, name);
	pthread_mutex_unlock(&handler->lock);
	return trace;
}

static const char *ask(joules_handler *handler, const char *(*function)(void *state))
{
	UNCANCELLED;
	if (!function)
		return NULL;
	pthread_mutex_lock(&handler->lock);
	const char *answer = function(handler->state);
	pthread_mutex_unlock(&handler->lock);
	return answer;
}

const char *joules_handler_file(joules_handler *handler)
{
	return handler ? ask(handler, handler->ops.file) : NULL;
}

const char *joules_handler_address(joules_handler *handler)
{
	return handler ? ask(handler, handler->ops.address) : NULL;
}
