/* SPDX-License-Identifier: MIT */
/* Rows as a trace: what any handler writes of it is, byte for byte, what it would have written of the trace that was
 * stored. */
#ifndef JOULES_HANDLERS_SQLITE_READ_H
#define JOULES_HANDLERS_SQLITE_READ_H

#include "handlers/sqlite/database.h"

/* "there is no run 7 in …" */
joules_status fail_no_run(const struct database *database, int64_t run);

/* INVALID_ARGUMENT: there is no run of that id. */
joules_status read_trace(struct database *database, int64_t run, joules_trace **trace);

/* The words that stand for them; the first of all where a later version has a word of its own. */
joules_source read_source(const char *word);
unsigned read_flags(const char *words);

#endif
