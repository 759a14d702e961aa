/* SPDX-License-Identifier: MIT */
/* A trace as rows. */
#ifndef JOULES_HANDLERS_SQLITE_WRITE_H
#define JOULES_HANDLERS_SQLITE_WRITE_H

#include "handlers/sqlite/database.h"

/* What a run is among those that it was measured with, and how many of its samples are kept. */
struct place {
	const char *series;
	int64_t number;
	size_t most;
};

/* The id of the run, also where a run of this trace's id is there already, which stays as it is. Between
 * database_begin() and database_end(). */
joules_status write_trace(struct database *database, joules_trace *trace, const struct place *place, int64_t *id);

#endif
