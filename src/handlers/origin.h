/* SPDX-License-Identifier: MIT */
/* What a document says of its trace beside the values: what a store kept of it, else what is true here and now. */
#ifndef JOULES_HANDLERS_ORIGIN_H
#define JOULES_HANDLERS_ORIGIN_H

#include <joules/joules.h>

struct origin {
	const char *name;
	const char *host;
	const char *version;
	char own_name[32];
	char own_host[256];
};

/* Of a trace that a handler writes as its `number`-th, from 0. Lives as long as the trace and *origin do. */
void origin_find(struct origin *origin, const joules_trace *trace, size_t number);

#endif
