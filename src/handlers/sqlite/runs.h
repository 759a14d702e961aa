/* SPDX-License-Identifier: MIT */
/* Runs as they are listed. */
#ifndef JOULES_HANDLERS_SQLITE_RUNS_H
#define JOULES_HANDLERS_SQLITE_RUNS_H

#include "handlers/sqlite/filter.h"

/* Those that the filter means, oldest first. */
joules_status runs_read(struct database *database, const struct filter *filter, joules_runs **runs);

#endif
