/* SPDX-License-Identifier: MIT */
/* Waiting for another writer; and a file system without locks, where that would be in vain. */
#ifndef JOULES_HANDLERS_SQLITE_WAIT_H
#define JOULES_HANDLERS_SQLITE_WAIT_H

#include <stdbool.h>

struct sqlite;
struct sqlite3;

/* SQLite keeps its address. */
struct wait;

/* path: of the database, which must outlast it. NULL without memory. */
struct wait *wait_new(const char *path);
void wait_free(struct wait *wait);

/* From now on, what finds the database busy waits for up to 5 s. */
void wait_for_writers(struct wait *wait, const struct sqlite *sqlite, struct sqlite3 *db);

/* Was it given up because files cannot be locked there? */
bool wait_found_no_locks(const struct wait *wait);

#endif
