/* SPDX-License-Identifier: MIT */
/* Blocks and functions. Each scope is a recorder of its own on the process meter; each thread has a list of its scopes,
 * innermost first. */
#include "api/process.h"

#include <errno.h>

static _Thread_local struct {
	joules_scope *innermost;
	unsigned unmeasured; /* scopes inside `innermost` that could not be measured */
	bool inside; /* in one of the functions below: a scope in a device's or a handler's own function measures nothing */
} here;

/* Stands for a scope that could not be measured, so that its breaks do not end the sample of the scope around it. */
static joules_scope unmeasured;

/* Scopes that another thread has left are only taken off here: no other thread touches this list. */
static void drop_left(void)
{
	while (here.innermost && atomic_load_explicit(&here.innermost->left, memory_order_acquire)) {
		joules_scope *scope = here.innermost;
		here.innermost = scope->next;
		here.unmeasured = scope->unmeasured;
		process_scope_give(scope);
	}
}

/* Also from the middle, where scopes are left in another order than that of blocks. False: it is no scope of this
 * thread. */
static bool take_off(const joules_scope *scope)
{
	for (joules_scope **at = &here.innermost; *at; at = &(*at)->next) {
		if (*at != scope)
			continue;
		if (at == &here.innermost)
			here.unmeasured = scope->unmeasured;
		*at = scope->next;
		return true;
	}
	return false;
}

static joules_scope *enter(const char *tag)
{
	drop_left();
	joules_scope *scope = process_scope_take();
	if (scope && joules_recorder_start(scope->recorder, tag) != JOULES_OK) {
		process_scope_give(scope);
		scope = NULL;
	}
	if (!scope) {
		here.unmeasured++;
		return &unmeasured;
	}
	scope->next = here.innermost;
	scope->unmeasured = here.unmeasured;
	here.innermost = scope;
	here.unmeasured = 0;
	return scope;
}

static void leave(joules_scope *scope)
{
	joules_trace *trace;
	if (joules_recorder_stop(scope->recorder) == JOULES_OK &&
	    joules_recorder_trace(scope->recorder, &trace) == JOULES_OK)
		process_trace_finished(scope, trace);
	if (take_off(scope))
		process_scope_give(scope);
	else
		atomic_store_explicit(&scope->left, true, memory_order_release);
}

/* A scope stands between a program's failing call and its look at errno, so none of these changes it. */
joules_scope *joules_scope_enter(const char *tag)
{
	if (here.inside)
		return NULL;
	int error = errno;
	here.inside = true;
	joules_scope *scope = enter(tag);
	here.inside = false;
	errno = error;
	return scope;
}

void joules_scope_break(const char *tag)
{
	if (here.inside)
		return;
	int error = errno;
	here.inside = true;
	drop_left();
	if (here.innermost && here.unmeasured == 0)
		(void)joules_recorder_record(here.innermost->recorder, tag);
	here.inside = false;
	errno = error;
}

void joules_scope_leave(joules_scope **scope)
{
	if (!scope || !*scope)
		return;
	joules_scope *left = *scope;
	*scope = NULL;
	if (left == &unmeasured) {
		if (here.unmeasured > 0)
			here.unmeasured--;
		return;
	}
	int error = errno;
	bool inside = here.inside;
	here.inside = true;
	leave(left);
	here.inside = inside;
	errno = error;
}
