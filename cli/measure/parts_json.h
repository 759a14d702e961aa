/* SPDX-License-Identifier: MIT */
/* Members of the reports for programs, as docs/formats.md has them: "runs", "summary", "idle", "above_idle",
 * "host", "warnings". */
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
void json_idle(struct text *out, const struct results *results, const struct figures *figures);
void json_above_idle(struct text *out, const struct results *results, const struct figures *figures);
void json_host(struct text *out, const char *sysroot);
void json_warnings(struct text *out, const struct notes *notes);

#endif
