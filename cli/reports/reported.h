/* SPDX-License-Identifier: MIT */
/* What reports are of: a command, with what its runs have shown. `joules run` has one, a comparison several. */
#ifndef JOULES_CLI_REPORTED_H
#define JOULES_CLI_REPORTED_H

#include <stddef.h>

#include "measure/figures.h"
#include "measure/results.h"

struct reported {
	const char *command; /* as a shell reads it */
	const struct results *results;
	const struct figures *figures;
	const char *const *parameters; /* names, and values beside them */
	const char *const *values;
	size_t parameter_count;
};

/* CPU seconds, means over the runs; bytes, the most of any. */
struct usage {
	double user_s, system_s, memory_bytes;
};
struct usage reported_usage(const struct results *results);

#endif
