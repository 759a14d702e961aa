/* SPDX-License-Identifier: MIT */
#include "handlers/sqlite/statement.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

joules_status statement_open(struct statement *statement, struct database *database, const char *sql)
{
	*statement = (struct statement){ .database = database };
	int code = database->sqlite->prepare(database->db, sql, -1, &statement->prepared, NULL);
	return code == DB_OK ? JOULES_OK : database_fail(database, code, "use");
}

void statement_close(struct statement *statement)
{
	if (statement->prepared)
		(void)statement->database->sqlite->finalize(statement->prepared);
	statement->prepared = NULL;
}

static void keep(struct statement *statement, int code)
{
	if (code != DB_OK && statement->code == DB_OK)
		statement->code = code;
}

/* A place holds NULL until it is given a value. It keeps what it holds from row to row, so most NULLs need no call.
 * False: there is nothing to do. */
static bool changes(struct statement *statement, int place, bool is_null)
{
	uint32_t bit = UINT32_C(1) << (place & 31); /* no statement has more places */
	bool held = statement->holds & bit;
	statement->holds = is_null ? statement->holds & ~bit : statement->holds | bit;
	return held || !is_null;
}

void put_number(struct statement *statement, int place, double value)
{
	if (changes(statement, place, isnan(value)))
		keep(statement, statement->database->sqlite->bind_double(statement->prepared, place, value));
}

void put_integer(struct statement *statement, int place, int64_t value)
{
	(void)changes(statement, place, false);
	keep(statement, statement->database->sqlite->bind_int64(statement->prepared, place, value));
}

void put_text(struct statement *statement, int place, const char *value)
{
	if (changes(statement, place, !value))
		keep(statement, statement->database->sqlite->bind_text(statement->prepared, place, value, -1, NULL));
}

void put_bytes(struct statement *statement, int place, const char *value)
{
	int length = value ? (int)strlen(value) : 0;
	if (changes(statement, place, !value))
		keep(statement, statement->database->sqlite->bind_blob(statement->prepared, place, value, length, NULL));
}

joules_status statement_next(struct statement *statement, bool *found)
{
	const struct sqlite *sqlite = statement->database->sqlite;
	int code = statement->code == DB_OK ? sqlite->step(statement->prepared) : statement->code;
	*found = code == DB_ROW;
	if (*found)
		return JOULES_OK;
	joules_status status = code == DB_DONE ? JOULES_OK : database_fail(statement->database, code, "use");
	(void)sqlite->reset(statement->prepared);
	return status;
}

joules_status statement_run(struct statement *statement)
{
	bool found;
	return statement_next(statement, &found);
}

double get_number(const struct statement *statement, int column)
{
	const struct sqlite *sqlite = statement->database->sqlite;
	if (sqlite->type(statement->prepared, column) == DB_TYPE_NULL)
		return (double)NAN;
	return sqlite->column_double(statement->prepared, column);
}

int64_t get_integer(const struct statement *statement, int column)
{
	return statement->database->sqlite->column_int64(statement->prepared, column);
}

const char *get_text(const struct statement *statement, int column)
{
	return (const char *)statement->database->sqlite->column_text(statement->prepared, column);
}

char *get_exact(const struct statement *statement, int column)
{
	const struct sqlite *sqlite = statement->database->sqlite;
	const char *bytes = sqlite->column_blob(statement->prepared, column + 1);
	if (bytes)
		return strndup(bytes, (size_t)sqlite->column_bytes(statement->prepared, column + 1));
	const char *text = get_text(statement, column);
	return strdup(text ? text : "");
}
