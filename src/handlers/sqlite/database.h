/* SPDX-License-Identifier: MIT */
/* A file of SQLite that is ours: opened, checked, brought to today's tables; and every failure in words. */
#ifndef JOULES_HANDLERS_SQLITE_DATABASE_H
#define JOULES_HANDLERS_SQLITE_DATABASE_H

#include <sys/types.h>

#include "handlers/sqlite/library.h"

enum database_use {
	DATABASE_READ,  /* it must be there; without the right to write it is only read */
	DATABASE_WRITE, /* it must be there */
	DATABASE_FILE,  /* made where it is missing, and one whole file whenever it is closed */
	DATABASE_LOG    /* the same, but quick to write to: what was written last may be in a file beside it */
};

struct database {
	const struct sqlite *sqlite;
	struct sqlite3 *db;
	char *path; /* absolute: the program may go to another folder */
	pid_t owner;
	dev_t device; /* of the file that was there when it was opened; 0: none was */
	ino_t inode;
	int failure; /* the latest code of SQLite that was one */
	struct wait *wait;
};

#define DATABASE_CLOSED { .db = NULL }

/* NO_PERMISSION, IO; INCONSISTENT: another program's database, or tables of a later version. Nothing of what was there
 * is changed then. Start from DATABASE_CLOSED, release with database_close() in any case. */
joules_status database_open(struct database *database, const char *path, enum database_use use);
/* In a forked child leaves the connection, which is the parent's, alone. */
void database_close(struct database *database);

/* Is the file that was opened still the one of that name? A run that is written to one that was moved away is lost, and
 * SQLite takes the log of the new one for its own (https://sqlite.org/howtocorrupt.html, 2.4). */
bool database_is_in_place(const struct database *database);

/* Was the latest failure that what is there is no database, or not a whole one? */
bool database_is_damaged(const struct database *database);

/* "cannot <what> <path>: <why>; <cure>" for what the last call to SQLite returned. */
joules_status database_fail(struct database *database, int code, const char *what);

/* Runs SQL without results. */
joules_status database_exec(struct database *database, const char *sql, const char *what);
/* Of a statement that gives one number. */
joules_status database_number(struct database *database, const char *sql, long long *number);

/* Around changes that belong together: begin waits for other writers; end keeps them if status is OK, else takes them
 * back, and returns it, or the failure to keep them. */
joules_status database_begin(struct database *database);
joules_status database_end(struct database *database, joules_status status);

#endif
