/* SPDX-License-Identifier: MIT */
/* A format of a program's own, for the command: preloaded, it registers `count`, which appends to a file how many
 * samples each trace has. */
#include <joules/joules.h>

#include <stdio.h>

static joules_status open_count(void *context, const char *target, void **state)
{
	(void)context;
	*state = fopen(target, "a");
	return *state ? JOULES_OK : joules_fail(JOULES_IO, "cannot write to %s", target);
}

static joules_status process(void *state, joules_trace *trace)
{
	return fprintf(state, "%zu\n", joules_trace_count(trace)) > 0 ? JOULES_OK
	                                                              : joules_fail(JOULES_IO, "cannot write the count");
}

static void close_count(void *state)
{
	(void)fclose(state);
}

static const joules_handler_ops count = {
	.size = sizeof count,
	.name = "count",
	.extensions = (const char *const[]){ ".count", NULL },
	.open = open_count,
	.process = process,
	.close = close_count,
};

__attribute__((constructor)) static void add(void)
{
	(void)joules_handler_register(&count, NULL);
}
