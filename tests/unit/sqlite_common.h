/* SPDX-License-Identifier: MIT */
/* What the tests of stores share: what stands in a file, asked in SQL. */
#ifndef JOULES_TESTS_SQLITE_COMMON_H
#define JOULES_TESTS_SQLITE_COMMON_H

#include "handlers/sqlite/library.h"
#include "handlers_common.h"

static int add_row(void *context, int columns, char **values, char **names)
{
	(void)names;
	char *out = context;
	for (int i = 0; i < columns; i++) {
		strcat(out, i ? "|" : "");
		strcat(out, values[i] ? values[i] : "null");
	}
	strcat(out, "\n");
	return 0;
}

/* Rows as lines, values with | between them; or SQLite's message. */
static const char *ask(const char *path, const char *sql)
{
	static char out[65536];
	const struct sqlite *sqlite;
	struct sqlite3 *db = NULL;
	out[0] = '\0';
	assert_int_equal(sqlite_get(&sqlite), JOULES_OK);
	assert_int_equal(sqlite->open(path, &db, DB_OPEN_READWRITE | DB_OPEN_CREATE, NULL), DB_OK);
	(void)sqlite->exec(db, "PRAGMA busy_timeout = 5000", NULL, NULL, NULL);
	if (sqlite->exec(db, sql, add_row, out, NULL) != DB_OK)
		(void)snprintf(out, sizeof out, "%s", sqlite->message(db));
	assert_int_equal(sqlite->close(db), DB_OK);
	return out;
}

#define assert_answer(path, sql, expected) assert_string_equal(ask(path, sql), expected)

#endif
