/* SPDX-License-Identifier: MIT */
#include "handlers/sqlite/library.h"

#include <stddef.h>

#include "base/library.h"
#include "base/status.h"

#define FUNCTION(member, name) { "sqlite3_" name, offsetof(struct sqlite, member), false }

static const struct library_symbol symbols[] = {
	FUNCTION(open, "open_v2"),
	FUNCTION(close, "close_v2"),
	FUNCTION(config, "db_config"),
	FUNCTION(busy_handler, "busy_handler"),
	FUNCTION(system_errno, "system_errno"),
	FUNCTION(message, "errmsg"),
	FUNCTION(exec, "exec"),
	FUNCTION(checkpoint, "wal_checkpoint_v2"),
	FUNCTION(changes, "changes"),
	FUNCTION(last_id, "last_insert_rowid"),
	FUNCTION(prepare, "prepare_v2"),
	FUNCTION(step, "step"),
	FUNCTION(reset, "reset"),
	FUNCTION(finalize, "finalize"),
	FUNCTION(bind_double, "bind_double"),
	FUNCTION(bind_int64, "bind_int64"),
	FUNCTION(bind_text, "bind_text"),
	FUNCTION(bind_blob, "bind_blob"),
	FUNCTION(type, "column_type"),
	FUNCTION(column_double, "column_double"),
	FUNCTION(column_int64, "column_int64"),
	FUNCTION(column_text, "column_text"),
	FUNCTION(column_blob, "column_blob"),
	FUNCTION(column_bytes, "column_bytes"),
	{ NULL, 0, false },
};

static const char *const places[] = { "libsqlite3.so.0", NULL };

static struct library library = { .places = places, .symbols = symbols, .size = sizeof(struct sqlite) };

joules_status sqlite_get(const struct sqlite **sqlite)
{
	char reason[LIBRARY_REASON];
	const void *functions = NULL;
	enum library_status status = library_open(&library, &functions, reason);
	*sqlite = functions;
	switch (status) {
	case LIBRARY_OPEN:
		return JOULES_OK;
	case LIBRARY_NO_MEMORY:
		return fail_memory();
	case LIBRARY_MISSING:
		return joules_fail(JOULES_IO,
		    "the library of SQLite was not found (%s); install it: the package is libsqlite3-0 on Debian and Ubuntu, "
		    "sqlite-libs on Fedora and RHEL",
		    reason);
	default:
		return joules_fail(JOULES_IO, "SQLite cannot be used: %s; update its library", reason);
	}
}
