/* SPDX-License-Identifier: MIT */
#include "handlers/origin.h"

#include <stdio.h>
#include <unistd.h>

#include "model/trace.h"

void origin_find(struct origin *origin, const joules_trace *trace, size_t number)
{
	const struct stored *stored = trace_stored(trace);
	if (stored) {
		origin->name = stored->name;
		origin->host = stored->host;
		origin->version = stored->version;
		return;
	}
	(void)snprintf(origin->own_name, sizeof origin->own_name, "trace_%zu", number);
	origin->own_host[0] = origin->own_host[sizeof origin->own_host - 1] = '\0';
	(void)gethostname(origin->own_host, sizeof origin->own_host - 1);
	origin->name = origin->own_name;
	origin->host = origin->own_host;
	origin->version = joules_version();
}
