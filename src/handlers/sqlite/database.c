/* SPDX-License-Identifier: MIT */
#include "handlers/sqlite/database.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "base/text.h"
#include "handlers/file.h"
#include "handlers/sqlite/schema.h"
#include "handlers/sqlite/wait.h"

/* Of the file beside the log: each process that opens it reads it, and to take it over costs two syncs of the disk. */
#define LOG_MOST 500000

/* ---- failures ---- */

static const struct {
	int code;
	joules_status status;
	const char *cure;
} cures[] = {
	{ DB_BUSY, JOULES_IO, "; another program is writing to it: try again when that has ended" },
	{ DB_LOCKED, JOULES_IO, "; another program is writing to it: try again when that has ended" },
	{ DB_READONLY, JOULES_NO_PERMISSION, "; get the right to write it and its folder (chmod, chown), or name another" },
	{ DB_IOERR, JOULES_IO, "; its file system may not support locks: name a file on a local disk" },
	{ DB_FULL, JOULES_IO, "; free some space" },
	{ DB_CORRUPT, JOULES_IO, "; move it away, and `sqlite3 FILE .recover` may save what is in it" },
	{ DB_NOTADB, JOULES_INCONSISTENT, "; it is not a database of SQLite: name another file, or move this one away" },
};

joules_status database_fail(struct database *database, int code, const char *what)
{
	database->failure = code & 0xff;
	if (wait_found_no_locks(database->wait))
		return joules_fail(JOULES_IO, "cannot %s %s: its file system takes no locks; name a file on a local disk", what,
		    database->path);
	/* errno says more, where the system refused. */
	int error = database->db && database->failure == DB_CANTOPEN ? database->sqlite->system_errno(database->db) : 0;
	if (error)
		return file_fail(database->path, error, what);
	const char *cure = "";
	joules_status status = JOULES_IO;
	for (size_t i = 0; i < sizeof cures / sizeof *cures; i++) {
		if (cures[i].code == database->failure) {
			cure = cures[i].cure;
			status = cures[i].status;
		}
	}
	return joules_fail(status, "cannot %s %s: %s%s", what, database->path,
	    database->db ? database->sqlite->message(database->db) : "out of memory", cure);
}

bool database_is_damaged(const struct database *database)
{
	return database->failure == DB_CORRUPT || database->failure == DB_NOTADB;
}

/* ---- statements ---- */

joules_status database_exec(struct database *database, const char *sql, const char *what)
{
	int code = database->sqlite->exec(database->db, sql, NULL, NULL, NULL);
	return code == DB_OK ? JOULES_OK : database_fail(database, code, what);
}

/* SQLite's code, DB_OK with the number of the first row. */
static int ask(struct database *database, const char *sql, long long *number)
{
	const struct sqlite *sqlite = database->sqlite;
	struct sqlite3_stmt *statement = NULL;
	int code = sqlite->prepare(database->db, sql, -1, &statement, NULL);
	if (code == DB_OK && (code = sqlite->step(statement)) == DB_ROW) {
		*number = sqlite->column_int64(statement, 0);
		code = DB_OK;
	}
	sqlite->finalize(statement);
	return code == DB_DONE ? DB_CORRUPT : code;
}

joules_status database_number(struct database *database, const char *sql, long long *number)
{
	int code = ask(database, sql, number);
	return code == DB_OK ? JOULES_OK : database_fail(database, code, "read");
}

joules_status database_begin(struct database *database)
{
	return database_exec(database, "BEGIN IMMEDIATE", "write to");
}

joules_status database_end(struct database *database, joules_status status)
{
	if (!status)
		status = database_exec(database, "COMMIT", "write to");
	if (status) /* the message stays that of the failure */
		(void)database->sqlite->exec(database->db, "ROLLBACK", NULL, NULL, NULL);
	return status;
}

/* ---- whose it is, and of which version ---- */

static joules_status fail_foreign(const struct database *database)
{
	return joules_fail(JOULES_INCONSISTENT, "%s is a database of another program; it stays as it is: name another file",
	    database->path);
}

static joules_status fail_newer(const struct database *database, long long version)
{
	return joules_fail(JOULES_INCONSISTENT,
	    "%s was written by a newer Joules (tables of version %lld, this one knows %u); it stays as it is: update "
	    "Joules, "
	    "or name another file",
	    database->path, version, schema_version());
}

/* 0: an empty file. The tables first: where another process makes both between the two questions, those that were seen
 * have their id. */
static joules_status find_version(struct database *database, long long *version)
{
	long long application = 0, tables = 0;
	int code = ask(database, "SELECT count(*) FROM sqlite_master", &tables);
	if (code == DB_OK)
		code = ask(database, "PRAGMA application_id", &application);
	if (code != DB_OK)
		return database_fail(database, code, "open");
	*version = 0;
	if (application != SCHEMA_APPLICATION && (application != 0 || tables != 0))
		return fail_foreign(database);
	if (tables == 0)
		return JOULES_OK;
	joules_status status = database_number(database, "SELECT version FROM schema_version", version);
	return !status && *version > schema_version() ? fail_newer(database, *version) : status;
}

static joules_status take_step(struct database *database, long long version)
{
	char set[64];
	(void)snprintf(set, sizeof set, "UPDATE schema_version SET version = %lld", version + 1);
	joules_status status = database_exec(database, schema_step((unsigned)version), "make the tables of");
	return status ? status : database_exec(database, set, "make the tables of");
}

/* Another process may have done it meanwhile: what counts is asked again with the right to write in hand. */
static joules_status migrate(struct database *database)
{
	long long version = 0;
	joules_status status = database_begin(database);
	if (status)
		return status;
	status = find_version(database, &version);
	for (; !status && version < schema_version(); version++)
		status = take_step(database, version);
	return database_end(database, status);
}

/* ---- opening ---- */

static char *absolute(const char *path)
{
	char *made = NULL, *here = *path == '/' ? NULL : get_current_dir_name();
	if (asprintf(&made, "%s%s%s", here ? here : "", here ? "/" : "", path) < 0)
		made = NULL;
	free(here);
	return made;
}

static joules_status check_file(struct database *database, enum database_use use)
{
	struct stat info;
	if (stat(database->path, &info) == 0) {
		database->device = info.st_dev;
		database->inode = info.st_ino;
		return S_ISREG(info.st_mode)
		    ? JOULES_OK
		    : joules_fail(JOULES_INVALID_ARGUMENT,
		          "%s is not a regular file, and a database must be one: name another file", database->path);
	}
	if (errno == ENOENT && (use == DATABASE_FILE || use == DATABASE_LOG))
		return JOULES_OK;
	return file_fail(database->path, errno, "open");
}

bool database_is_in_place(const struct database *database)
{
	struct stat info;
	return stat(database->path, &info) == 0 && info.st_dev == database->device && info.st_ino == database->inode;
}

static joules_status connect(struct database *database, const char *name, int flags)
{
	int code = database->sqlite->open(name, &database->db, flags, NULL);
	if (code != DB_OK)
		return database_fail(database, code, "open");
	wait_for_writers(database->wait, database->sqlite, database->db);
	return JOULES_OK;
}

/* Is there a file beside it that holds what was written last? */
static bool has_log(const struct database *database, off_t more_than)
{
	struct stat info;
	char *log = NULL;
	bool found = asprintf(&log, "%s-wal", database->path) >= 0 && stat(log, &info) == 0 && info.st_size > more_than;
	free(log);
	return found;
}

static joules_status fail_log(const struct database *database)
{
	return joules_fail(JOULES_NO_PERMISSION,
	    "the latest runs of %s are in %s-wal, and reading both files needs the right to write in their folder; copy "
	    "both to a folder of your own",
	    database->path, database->path);
}

/* By https://sqlite.org/uri.html; immutable: nobody writes, and no file beside it is looked for or made. */
static joules_status connect_immutable(struct database *database)
{
	struct text uri = TEXT_INIT;
	text_add(&uri, "file:");
	for (const char *at = database->path; *at; at++)
		text_addf(&uri, strchr("%?#", *at) ? "%%%02X" : "%c", (unsigned char)*at);
	text_add(&uri, "?immutable=1");
	joules_status status =
	    uri.failed ? fail_memory() : connect(database, text_string(&uri), DB_OPEN_READONLY | DB_OPEN_URI);
	text_free(&uri);
	return status;
}

/* A log cannot be read without a file of locks beside it, which takes the right to make one. */
static joules_status open_to_read(struct database *database, long long *version)
{
	joules_status status = connect(database, database->path, DB_OPEN_READONLY);
	if (status)
		return status;
	int code = ask(database, "SELECT count(*) FROM sqlite_master", version) & 0xff;
	if (code != DB_CANTOPEN && code != DB_READONLY)
		return find_version(database, version);
	if (has_log(database, 0))
		return fail_log(database);
	(void)database->sqlite->close(database->db);
	database->db = NULL;
	status = connect_immutable(database);
	return status ? status : find_version(database, version);
}

/* Both speak before the first table is made. Where a log cannot be had (a network file system, the first moments of a
 * new file), it works without. */
static joules_status prepare_file(struct database *database, enum database_use use, long long version)
{
	if (version == 0)
		(void)database->sqlite->exec(database->db, "PRAGMA auto_vacuum = INCREMENTAL", NULL, NULL, NULL);
	if (use != DATABASE_LOG)
		return JOULES_OK;
	(void)database->sqlite->exec(database->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
	(void)database->sqlite->config(database->db, DB_NO_CHECKPOINT_ON_CLOSE, 1, NULL);
	return database_exec(database, "PRAGMA synchronous = NORMAL", "open");
}

static joules_status open_to_write(struct database *database, enum database_use use, long long *version)
{
	int create = use == DATABASE_FILE || use == DATABASE_LOG ? DB_OPEN_CREATE : 0;
	joules_status status = connect(database, database->path, DB_OPEN_READWRITE | create);
	if (!status)
		status = find_version(database, version);
	if (!status)
		status = prepare_file(database, use, *version);
	return !status && *version < schema_version() ? migrate(database) : status;
}

joules_status database_open(struct database *database, const char *path, enum database_use use)
{
	*database = (struct database)DATABASE_CLOSED;
	database->path = absolute(path);
	database->owner = getpid();
	database->wait = database->path ? wait_new(database->path) : NULL;
	if (!database->wait)
		return fail_memory();
	joules_status status = sqlite_get(&database->sqlite);
	if (!status)
		status = check_file(database, use);
	if (status)
		return status;
	long long version = 0;
	if (use != DATABASE_READ || access(database->path, W_OK) == 0)
		return open_to_write(database, use, &version);
	status = open_to_read(database, &version);
	if (!status && version < schema_version())
		status = joules_fail(JOULES_NO_PERMISSION,
		    "%s has tables of an older version, and updating them needs the right to write", database->path);
	return status;
}

/* The log is taken over only where it has grown long: that it lies there does no harm, and each time costs. */
void database_close(struct database *database)
{
	if (database->db && database->owner == getpid()) {
		if (has_log(database, LOG_MOST))
			(void)database->sqlite->checkpoint(database->db, NULL, DB_CHECKPOINT_TRUNCATE, NULL, NULL);
		(void)database->sqlite->close(database->db);
	}
	wait_free(database->wait);
	free(database->path);
	*database = (struct database)DATABASE_CLOSED;
}
