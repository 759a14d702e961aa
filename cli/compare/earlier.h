/* SPDX-License-Identifier: MIT */
/* Runs that were measured earlier: a report of `joules run --json`, or runs of the history. */
#ifndef JOULES_CLI_EARLIER_H
#define JOULES_CLI_EARLIER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json_read.h"
#include "base/text.h"
#include "compare/verdict.h"

struct earlier {
	const char *argument; /* as given */
	struct json_value report;
	const struct json_value *runs;
	bool is_kept;        /* in the history, which knows the host and not its processor */
	struct text command; /* as it was typed */
	struct text domains; /* that are in its totals: "package_0, dram_0" */
	const char *cpu;     /* NULL: not known; the host likewise */
	const char *host;
	const char *source; /* of its totals */
};

/* An existing file is a report, any other argument chooses runs of the history. any: also runs of different hosts,
 * sources or domains. EXIT_DONE, or the exit status after saying what is wrong. Start from all zero, release with
 * earlier_free() in any case. */
int earlier_read(struct earlier *earlier, const char *argument, bool any);
/* A metric of each run that has it and did not fail: total, time, power or a domain's name. `values` holds one for each
 * run; NULL: they are only counted. */
size_t earlier_values(const struct earlier *earlier, const char *metric, struct bounded *values);
void earlier_free(struct earlier *earlier);

#endif
