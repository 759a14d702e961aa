/* SPDX-License-Identifier: MIT */
/* One statement of SQL: its values, its rows, and what failed on the way, which is kept and said once. */
#ifndef JOULES_HANDLERS_SQLITE_STATEMENT_H
#define JOULES_HANDLERS_SQLITE_STATEMENT_H

#include "handlers/sqlite/database.h"

struct statement {
	struct database *database;
	struct sqlite3_stmt *prepared;
	int code;       /* of the first call that failed */
	uint32_t holds; /* a bit for each place that holds another value than NULL */
};

/* Release with statement_close(), also where it fails. */
joules_status statement_open(struct statement *statement, struct database *database, const char *sql);
void statement_close(struct statement *statement);

/* Values for the places in it, from 1; those that are not put again stay. */
void put_number(struct statement *statement, int place, double value); /* NAN is NULL */
void put_integer(struct statement *statement, int place, int64_t value);
void put_text(struct statement *statement, int place, const char *value);  /* NULL is NULL; lives until it has run */
void put_bytes(struct statement *statement, int place, const char *value); /* the same, as a BLOB */

/* Of one that gives no rows. It can be run again. */
joules_status statement_run(struct statement *statement);
/* The next row; *found is false after the last, and then it can be run again. */
joules_status statement_next(struct statement *statement, bool *found);

/* Of the row at hand, from 0. Texts live until the next one; NULL where there is none. */
double get_number(const struct statement *statement, int column); /* NULL is NAN */
int64_t get_integer(const struct statement *statement, int column);
const char *get_text(const struct statement *statement, int column);
/* A text, or the exact bytes of it where they stand in the column behind. malloc'ed; NULL without memory. */
char *get_exact(const struct statement *statement, int column);

#endif
