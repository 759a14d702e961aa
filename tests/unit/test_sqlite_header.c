/* SPDX-License-Identifier: MIT */
/* Our declarations of SQLite's functions against its own header: a difference does not compile. */
#include <sqlite3.h>

#include "handlers/sqlite/library.h"

#define SAME(member, function) \
	_Static_assert(__builtin_types_compatible_p(__typeof__(((struct sqlite *)0)->member), __typeof__(&(function))), \
	    #function " is declared in another way")

SAME(open, sqlite3_open_v2);
SAME(close, sqlite3_close_v2);
SAME(config, sqlite3_db_config);
SAME(busy_handler, sqlite3_busy_handler);
SAME(system_errno, sqlite3_system_errno);
SAME(message, sqlite3_errmsg);
SAME(exec, sqlite3_exec);
SAME(checkpoint, sqlite3_wal_checkpoint_v2);
SAME(changes, sqlite3_changes);
SAME(last_id, sqlite3_last_insert_rowid);
SAME(prepare, sqlite3_prepare_v2);
SAME(step, sqlite3_step);
SAME(reset, sqlite3_reset);
SAME(finalize, sqlite3_finalize);
SAME(bind_double, sqlite3_bind_double);
SAME(bind_int64, sqlite3_bind_int64);
SAME(bind_text, sqlite3_bind_text);
SAME(bind_blob, sqlite3_bind_blob);
SAME(type, sqlite3_column_type);
SAME(column_double, sqlite3_column_double);
SAME(column_int64, sqlite3_column_int64);
SAME(column_text, sqlite3_column_text);
SAME(column_blob, sqlite3_column_blob);
SAME(column_bytes, sqlite3_column_bytes);

#define EQUAL(ours, theirs) _Static_assert((ours) == (theirs), #theirs)

EQUAL(DB_OK, SQLITE_OK);
EQUAL(DB_BUSY, SQLITE_BUSY);
EQUAL(DB_LOCKED, SQLITE_LOCKED);
EQUAL(DB_READONLY, SQLITE_READONLY);
EQUAL(DB_IOERR, SQLITE_IOERR);
EQUAL(DB_CORRUPT, SQLITE_CORRUPT);
EQUAL(DB_FULL, SQLITE_FULL);
EQUAL(DB_CANTOPEN, SQLITE_CANTOPEN);
EQUAL(DB_NOTADB, SQLITE_NOTADB);
EQUAL(DB_ROW, SQLITE_ROW);
EQUAL(DB_DONE, SQLITE_DONE);
EQUAL(DB_OPEN_READONLY, SQLITE_OPEN_READONLY);
EQUAL(DB_OPEN_READWRITE, SQLITE_OPEN_READWRITE);
EQUAL(DB_OPEN_CREATE, SQLITE_OPEN_CREATE);
EQUAL(DB_OPEN_URI, SQLITE_OPEN_URI);
EQUAL(DB_TYPE_NULL, SQLITE_NULL);
EQUAL(DB_CHECKPOINT_TRUNCATE, SQLITE_CHECKPOINT_TRUNCATE);
EQUAL(DB_NO_CHECKPOINT_ON_CLOSE, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE);

int main(void)
{
	return 0;
}
