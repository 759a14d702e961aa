/* SPDX-License-Identifier: MIT */
/* What the process keeps for its scopes: the meter, the handler, the finished traces, and scopes at rest. */
#ifndef JOULES_API_PROCESS_H
#define JOULES_API_PROCESS_H

#include <stdatomic.h>

#include <joules/joules.h>

struct kept; /* where a trace is kept */

struct joules_scope {
	joules_scope *next; /* the scope around this one in its thread, or the next one at rest */
	joules_meter *meter;
	joules_recorder *recorder;
	struct kept *place;  /* had from the entry on, so that a finished trace can always be kept */
	unsigned unmeasured; /* scopes that could not be measured between the scope around this one and it */
	atomic_bool left;    /* by another thread than the one that entered it, whose list still holds it */
};

/* A scope of the process meter, ready to start; NULL where nothing can be measured. At the first call of the process
 * the meter and $JOULES_OUTPUT are opened. */
joules_scope *process_scope_take(void);
/* Puts it to rest for the next taker. */
void process_scope_give(joules_scope *scope);
/* Takes over a finished trace: it goes to the handler, else it is kept. A handler that fails keeps it (its contract),
 * so that nothing is lost and nothing comes twice. */
void process_trace_finished(joules_scope *scope, joules_trace *trace);

/* The handler of the macros, NULL if traces are kept. The status says why there is none of $JOULES_OUTPUT. */
joules_status process_handler(joules_handler **handler);

#endif
