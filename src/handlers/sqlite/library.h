/* SPDX-License-Identifier: MIT */
/* SQLite's library, opened when it is first needed: what we use of it, in our own words
 * (tests/unit/test_sqlite_header.c compares them with its header). */
#ifndef JOULES_HANDLERS_SQLITE_LIBRARY_H
#define JOULES_HANDLERS_SQLITE_LIBRARY_H

#include <joules/joules.h>

struct sqlite3;
struct sqlite3_stmt;

/* https://sqlite.org/rescode.html, and the flags of sqlite3_open_v2(). */
enum {
	DB_OK = 0,
	DB_BUSY = 5,
	DB_LOCKED = 6,
	DB_READONLY = 8,
	DB_IOERR = 10,
	DB_CORRUPT = 11,
	DB_FULL = 13,
	DB_CANTOPEN = 14,
	DB_NOTADB = 26,
	DB_ROW = 100,
	DB_DONE = 101,
	DB_OPEN_READONLY = 0x1,
	DB_OPEN_READWRITE = 0x2,
	DB_OPEN_CREATE = 0x4,
	DB_OPEN_URI = 0x40,
	DB_TYPE_NULL = 5,
	DB_CHECKPOINT_TRUNCATE = 3,
	DB_NO_CHECKPOINT_ON_CLOSE = 1006
};

struct sqlite {
	int (*open)(const char *path, struct sqlite3 **db, int flags, const char *vfs);
	int (*close)(struct sqlite3 *db);
	int (*config)(struct sqlite3 *db, int what, ...);
	int (*busy_handler)(struct sqlite3 *db, int (*again)(void *, int), void *context);
	int (*system_errno)(struct sqlite3 *db);
	const char *(*message)(struct sqlite3 *db);
	int (*exec)(
	    struct sqlite3 *db, const char *sql, int (*row)(void *, int, char **, char **), void *context, char **message);
	int (*checkpoint)(struct sqlite3 *db, const char *name, int mode, int *pages, int *done);
	int (*changes)(struct sqlite3 *db);
	long long (*last_id)(struct sqlite3 *db);
	int (*prepare)(struct sqlite3 *db, const char *sql, int length, struct sqlite3_stmt **made, const char **rest);
	int (*step)(struct sqlite3_stmt *statement);
	int (*reset)(struct sqlite3_stmt *statement);
	int (*finalize)(struct sqlite3_stmt *statement);
	int (*bind_double)(struct sqlite3_stmt *statement, int place, double value);
	int (*bind_int64)(struct sqlite3_stmt *statement, int place, long long value);
	int (*bind_text)(struct sqlite3_stmt *statement, int place, const char *value, int length, void (*release)(void *));
	int (*bind_blob)(struct sqlite3_stmt *statement, int place, const void *value, int length, void (*release)(void *));
	int (*type)(struct sqlite3_stmt *statement, int column);
	double (*column_double)(struct sqlite3_stmt *statement, int column);
	long long (*column_int64)(struct sqlite3_stmt *statement, int column);
	const unsigned char *(*column_text)(struct sqlite3_stmt *statement, int column);
	const void *(*column_blob)(struct sqlite3_stmt *statement, int column);
	int (*column_bytes)(struct sqlite3_stmt *statement, int column);
};

/* *sqlite is the same for every caller. IO, with the package's name, where the library is not here. */
joules_status sqlite_get(const struct sqlite **sqlite);

#endif
