/* SPDX-License-Identifier: MIT */
/* Members of the reports for programs, as docs/formats.md has them: "runs", "summary", "idle", "above_idle",
 * "host", "warnings"; and what domains and totals have in all of them. */
#ifndef JOULES_CLI_PARTS_JSON_H
#define JOULES_CLI_PARTS_JSON_H

#include <stdbool.h>

#include "base/text.h"
#include "measure/figures.h"
#include "measure/notes.h"
#include "measure/results.h"

/* in_rounds: each says its round and its position there. */
void json_runs(struct text *out, const struct results *results, bool in_rounds);
void json_summary(struct text *out, const struct results *results, const struct figures *figures);
/* How many runs ended with each. */
void json_statuses(struct text *out, const size_t statuses[EXIT_CODES]);
void json_statistics(struct text *out, const char *name, const joules_statistics *statistics);
void json_idle(struct text *out, const struct results *results, const struct figures *figures);
void json_above_idle(struct text *out, const struct results *results, const struct figures *figures);
void json_host(struct text *out, const char *sysroot);
void json_warnings(struct text *out, const struct notes *notes);

/* "joules", "low", "high". */
void json_bounds(struct text *out, const joules_energy *energy);
/* Of two numbers; null where one is not known. */
void json_interval(struct text *out, const char *name, double low, double high);
void json_flags(struct text *out, unsigned flags);
/* What a domain is, and its bounds; its object is left open for more. */
void json_begin_domain(struct text *out, const joules_domain *domain, const joules_energy *energy);

#endif
