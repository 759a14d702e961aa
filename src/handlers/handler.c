/* SPDX-License-Identifier: MIT */
#include "handlers/handler.h"
#include "base/sized.h"
#include "base/status.h"
#include "handlers/notices.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct joules_handler {
	joules_handler_ops ops; /* a copy, its newer members NULL where the program was compiled before they came */
	void *context;
	struct notices *notices;
	pthread_mutex_t lock;
};

static joules_status fail_null(const char *what)
{
	return joules_fail(JOULES_INVALID_ARGUMENT, "%s is NULL", what);
}

joules_status handler_new(
    joules_handler **handler, const joules_handler_ops *ops, void *context, struct notices *notices)
{
	joules_handler *made = calloc(1, sizeof *made);
	if (!made)
		return fail_memory();
	made->ops = *ops;
	made->context = context;
	made->notices = notices;
	pthread_mutex_init(&made->lock, NULL);
	*handler = made;
	return JOULES_OK;
}

joules_status joules_handler_new(joules_handler **handler, const joules_handler_ops *ops, void *context)
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
	return handler_new(handler, &known, context, NULL);
}

joules_status handler_prepare(joules_handler *handler, const joules_domain *const *domains, size_t count)
{
	if (!handler)
		return fail_null("the handler");
	if (!handler->ops.prepare)
		return JOULES_OK;
	pthread_mutex_lock(&handler->lock);
	joules_status status = handler->ops.prepare(handler->context, domains, count);
	pthread_mutex_unlock(&handler->lock);
	return status;
}

joules_status joules_handler_process(joules_handler *handler, joules_trace *trace)
{
	if (!handler)
		return fail_null("the handler");
	if (!trace)
		return fail_null("the trace");
	pthread_mutex_lock(&handler->lock);
	joules_status status = handler->ops.process(handler->context, trace);
	pthread_mutex_unlock(&handler->lock);
	return status;
}

joules_status joules_handler_save(joules_handler *handler)
{
	if (!handler)
		return fail_null("the handler");
	if (!handler->ops.save)
		return JOULES_OK;
	pthread_mutex_lock(&handler->lock);
	joules_status status = handler->ops.save(handler->context);
	pthread_mutex_unlock(&handler->lock);
	return status;
}

joules_status joules_handler_close(joules_handler *handler)
{
	if (!handler)
		return JOULES_OK;
	joules_status status = joules_handler_save(handler);
	if (handler->ops.close)
		handler->ops.close(handler->context);
	pthread_mutex_destroy(&handler->lock);
	free(handler);
	return status;
}

void joules_handler_notices_set(joules_handler *handler, joules_notice_function function, void *context)
{
	if (!handler || !handler->notices)
		return;
	pthread_mutex_lock(&handler->lock);
	handler->notices->receiver = function;
	handler->notices->context = context;
	pthread_mutex_unlock(&handler->lock);
}
