/* SPDX-License-Identifier: MIT */
/* Stores: runs in a file of SQLite; and the history, which is one of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/status.h"
#include "base/write.h"
#include "handlers/sqlite/filter.h"
#include "handlers/sqlite/place.h"
#include "handlers/sqlite/read.h"
#include "handlers/sqlite/runs.h"
#include "handlers/sqlite/write.h"
#include "model/trace.h"

/* Of the history: what it may grow to where nobody said otherwise, and how many samples of a run are kept. */
#define DEFAULT_LIMIT "100000000"
#define MOST_SAMPLES 10000

struct joules_store {
	struct database database;
	struct history_place place; /* of the history; a path of NULL: it is a file that somebody named */
	char *notice;
};

/* ---- opening ---- */

static const enum database_use uses[] = {
	[JOULES_STORE_READ] = DATABASE_READ, [JOULES_STORE_WRITE] = DATABASE_WRITE, [JOULES_STORE_CREATE] = DATABASE_FILE
};

static joules_status take(joules_store **store, joules_store *made, joules_status status)
{
	if (status)
		joules_store_close(made);
	else
		*store = made;
	return status;
}

joules_status joules_store_open(joules_store **store, const char *path, joules_store_access access)
{
	UNCANCELLED;
	WRITES_QUIETLY;
	if (!store || !path || (unsigned)access > JOULES_STORE_CREATE)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_store_open: store and path must not be NULL");
	*store = NULL;
	joules_store *made = calloc(1, sizeof *made);
	if (!made)
		return fail_memory();
	return take(store, made, database_open(&made->database, path, uses[access]));
}

static joules_status open_file(joules_store *store, joules_store_access access)
{
	enum database_use use = uses[access];
	if (access == JOULES_STORE_CREATE) {
		joules_status status = history_place_make(&store->place);
		if (status)
			return status;
		use = store->place.is_remote ? DATABASE_FILE : DATABASE_LOG;
	}
	database_close(&store->database);
	return database_open(&store->database, store->place.path, use);
}

/* Another process may set a damaged file aside between two steps. Not for ever: on some file systems a file is another
 * one each time that it is asked about. */
static joules_status open_place(joules_store *store, joules_store_access access)
{
	enum { TRIES = 3 };
	joules_status status = open_file(store, access);
	for (int i = 1; i < TRIES && !status && !database_is_in_place(&store->database); i++)
		status = open_file(store, access);
	return status;
}

/* Another process may have done it by now, so it is looked at again while those that would do it are kept out. */
static joules_status set_aside(joules_store *store)
{
	int lock = history_place_lock(&store->place);
	char *aside = NULL;
	joules_status status = open_place(store, JOULES_STORE_CREATE);
	if (status && database_is_damaged(&store->database)) {
		status = history_place_clear(&store->place, &aside);
		if (!status)
			status = open_place(store, JOULES_STORE_CREATE);
	}
	if (aside && !status &&
	    asprintf(&store->notice, "the history was damaged, so a new one was begun; the damaged file is now %s", aside) <
	        0)
		store->notice = NULL;
	free(aside);
	if (lock >= 0)
		close(lock);
	return status;
}

static joules_status open_history(joules_store *store, joules_store_access access)
{
	if (access != JOULES_STORE_CREATE && !history_place_is_made(&store->place))
		return JOULES_OK;
	joules_status status = open_place(store, access);
	bool may_clear = access == JOULES_STORE_CREATE && !store->place.is_named;
	return status && may_clear && database_is_damaged(&store->database) ? set_aside(store) : status;
}

joules_status joules_store_open_history(joules_store **store, joules_store_access access)
{
	UNCANCELLED;
	WRITES_QUIETLY;
	if (!store || (unsigned)access > JOULES_STORE_CREATE)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_store_open_history: store must not be NULL");
	*store = NULL;
	joules_store *made = calloc(1, sizeof *made);
	if (!made)
		return fail_memory();
	joules_status status = history_place_find(&made->place);
	if (!status && made->place.path)
		status = open_history(made, access);
	if (!status && !made->database.db) {
		joules_store_close(made);
		return JOULES_OK;
	}
	return take(store, made, status);
}

void joules_store_close(joules_store *store)
{
	UNCANCELLED;
	WRITES_QUIETLY;
	if (!store)
		return;
	database_close(&store->database);
	history_place_free(&store->place);
	free(store->notice);
	free(store);
}

const char *joules_store_path(const joules_store *store)
{
	return store ? store->database.path : NULL;
}

const char *joules_store_notice(const joules_store *store)
{
	return store ? store->notice : NULL;
}

/* ---- the limit ---- */

static joules_status find_limit(joules_store *store, long long *bytes)
{
	return database_number(&store->database,
	    "SELECT coalesce((SELECT value FROM setting WHERE name = 'limit'), " DEFAULT_LIMIT ")", bytes);
}

static joules_status find_size(joules_store *store, long long *bytes)
{
	return database_number(&store->database,
	    "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count,"
	    " pragma_page_size",
	    bytes);
}

/* Oldest first, but nothing that is still to be sent, and not the newest. */
static joules_status trim(joules_store *store)
{
	long long limit = 0, size = 0;
	joules_status status = find_limit(store, &limit);
	for (bool more = limit > 0; more && !status;) {
		status = find_size(store, &size);
		if (status || size <= limit)
			break;
		status = database_exec(&store->database,
		    "DELETE FROM run WHERE id = (SELECT min(id) FROM run WHERE id NOT IN (SELECT run FROM unsent))"
		    " AND id < (SELECT max(id) FROM run)",
		    "write to");
		more = store->database.sqlite->changes(store->database.db) > 0;
	}
	return status;
}

/* Gives the file system back what is free now; that it could not, is no failure. */
static void shrink(joules_store *store)
{
	(void)store->database.sqlite->exec(store->database.db, "PRAGMA incremental_vacuum", NULL, NULL, NULL);
}

joules_status joules_store_limit(joules_store *store, uint64_t *bytes)
{
	UNCANCELLED;
	WRITES_QUIETLY;
	if (!store || !bytes)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_store_limit: no argument may be NULL");
	long long limit = 0;
	joules_status status = find_limit(store, &limit);
	*bytes = limit > 0 ? (uint64_t)limit : 0;
	return status;
}

joules_status joules_store_limit_set(joules_store *store, uint64_t bytes)
{
	UNCANCELLED;
	WRITES_QUIETLY;
	if (!store || bytes > INT64_MAX)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_store_limit_set: store must not be NULL");
	joules_status status = database_begin(&store->database);
	if (status)
		return status;
	struct statement set;
	status = statement_open(&set, &store->database, "INSERT OR REPLACE INTO setting VALUES('limit', ?)");
	if (!status) {
		put_integer(&set, 1, (int64_t)bytes);
		status = statement_run(&set);
	}
	statement_close(&set);
	status = database_end(&store->database, status ? status : trim(store));
	shrink(store);
	return status;
}

/* ---- runs ---- */

static bool is_history(const joules_store *store)
{
	return store->place.path;
}

static joules_status add(joules_store *store, joules_trace *trace, const struct place *place, int64_t *id)
{
	joules_status status = JOULES_OK;
	if (is_history(store) && !database_is_in_place(&store->database))
		status = open_place(store, JOULES_STORE_CREATE);
	if (!status)
		status = database_begin(&store->database);
	if (status)
		return status;
	status = write_trace(&store->database, trace, place, id);
	if (!status && is_history(store))
		status = trim(store);
	return database_end(&store->database, status);
}

joules_status joules_store_add(
    joules_store *store, joules_trace *trace, const char *series, int64_t number, int64_t *id)
{
	UNCANCELLED;
	WRITES_QUIETLY;
	if (!store || !trace)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_store_add: store and trace must not be NULL");
	struct place place = { series ? series : joules_trace_id(trace), number,
		is_history(store) ? MOST_SAMPLES : SIZE_MAX };
	int64_t added = 0;
	joules_status status = add(store, trace, &place, &added);
	/* A page deep in the file may be damaged too. */
	if (status && is_history(store) && !store->place.is_named && database_is_damaged(&store->database) &&
	    set_aside(store) == JOULES_OK)
		status = add(store, trace, &place, &added);
	if (!status && id)
		*id = added;
	return status;
}

joules_status joules_store_runs(joules_store *store, const char *filter, joules_runs **runs)
{
	UNCANCELLED;
	WRITES_QUIETLY;
	if (!store || !runs)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_store_runs: store and runs must not be NULL");
	*runs = NULL;
	struct filter chosen = FILTER_NONE;
	joules_status status = filter_parse(&chosen, filter);
	if (!status)
		status = runs_read(&store->database, &chosen, runs);
	filter_free(&chosen);
	return status;
}

joules_status joules_store_trace(joules_store *store, int64_t id, joules_trace **trace)
{
	UNCANCELLED;
	WRITES_QUIETLY;
	if (!store || !trace)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_store_trace: store and trace must not be NULL");
	*trace = NULL;
	return read_trace(&store->database, id, trace);
}

static joules_status delete_runs(joules_store *store, const struct filter *chosen, size_t *count)
{
	struct statement delete;
	struct text sql = TEXT_INIT;
	text_addf(&sql, "DELETE FROM run WHERE %s", text_string(&chosen->condition));
	joules_status status = sql.failed ? fail_memory() : statement_open(&delete, &store->database, text_string(&sql));
	if (!status) {
		filter_put(chosen, &delete);
		status = statement_run(&delete);
		*count = (size_t)store->database.sqlite->changes(store->database.db);
		statement_close(&delete);
	}
	text_free(&sql);
	return status;
}

joules_status joules_store_remove(joules_store *store, const char *filter, size_t *count)
{
	UNCANCELLED;
	WRITES_QUIETLY;
	size_t deleted = 0;
	if (!store || !filter || !*filter)
		return joules_fail(
		    JOULES_INVALID_ARGUMENT, "joules_store_remove: store must not be NULL, and a filter must be given");
	struct filter chosen = FILTER_NONE;
	joules_status status = filter_parse(&chosen, filter);
	if (!status)
		status = delete_runs(store, &chosen, &deleted);
	filter_free(&chosen);
	if (status)
		return status;
	shrink(store);
	if (count)
		*count = deleted;
	return JOULES_OK;
}

/* ---- what is still to be sent ---- */

static joules_status change_unsent(joules_store *store, const char *sql, int64_t id, const char *uri)
{
	struct statement change;
	joules_status status = statement_open(&change, &store->database, sql);
	if (!status) {
		put_integer(&change, 1, id);
		put_text(&change, 2, uri);
		status = statement_run(&change);
	}
	statement_close(&change);
	return status;
}

joules_status joules_store_unsent_add(joules_store *store, int64_t id, const char *uri)
{
	UNCANCELLED;
	WRITES_QUIETLY;
	if (!store || !uri)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_store_unsent_add: store and uri must not be NULL");
	long long there = 0;
	char sql[64];
	(void)snprintf(sql, sizeof sql, "SELECT count(*) FROM run WHERE id = %lld", (long long)id);
	joules_status status = database_number(&store->database, sql, &there);
	if (!status && !there)
		status = fail_no_run(&store->database, id);
	return status ? status : change_unsent(store, "INSERT OR IGNORE INTO unsent VALUES(?1, ?2)", id, uri);
}

joules_status joules_store_unsent_remove(joules_store *store, int64_t id, const char *uri)
{
	UNCANCELLED;
	WRITES_QUIETLY;
	if (!store)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_store_unsent_remove: store must not be NULL");
	return change_unsent(store, "DELETE FROM unsent WHERE run = ?1 AND (?2 IS NULL OR uri = ?2)", id, uri);
}
