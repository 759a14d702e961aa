/* SPDX-License-Identifier: MIT */
/* A baseline: what a command used in earlier sessions on this machine, as JSON to commit (docs/formats.md). */
#ifndef JOULES_CLI_BASELINE_H
#define JOULES_CLI_BASELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json_read.h"
#include "check/judge.h"
#include "measure/session.h"

struct baseline {
	const char *path;
	struct json_value file; /* JSON_NULL: there is none yet */
	double *medians;        /* joules, of each session */
	size_t count;
};

#define BASELINE_NONE { .path = NULL }

/* Reads the file, and refuses one that is not what --save writes, or is of another machine. `may_begin`: it need not be
 * there. False after saying what is wrong. Release with baseline_free() in any case. */
bool baseline_open(struct baseline *baseline, const char *path, bool may_begin, const struct session *session);
/* Rules on today's runs: exceeded above the largest median of before, within below the median of those medians, each
 * times 1 + allow. False without memory. */
bool baseline_judge(const struct baseline *baseline, double allow, const struct measured *runs, size_t count,
    double *limit, struct judgement *judgement);
/* Writes it anew with today's session; a failure becomes an error among the notes. */
void baseline_save(const struct baseline *baseline, struct session *session, size_t runs, const struct measured *today);
void baseline_free(struct baseline *baseline);

#endif
