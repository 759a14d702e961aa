/* SPDX-License-Identifier: MIT */
/* "sqlite:FILE": each trace is a run in a store, kept as soon as it comes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "base/write.h"
#include "handlers/formats.h"
#include "handlers/sqlite/write.h"
#include "model/trace.h"

struct keeper {
	struct database database;
	char *target;          /* as given */
	char series[UUID_MAX]; /* the first trace's id */
	int64_t number;        /* of the next one that is written */
	joules_trace **queue;  /* taken, and not yet written; oldest first */
	size_t queued;
	size_t room;
};

static void close_keeper(void *state)
{
	WRITES_QUIETLY;
	struct keeper *keeper = state;
	for (size_t i = 0; i < keeper->queued; i++)
		joules_trace_unref(keeper->queue[i]);
	free(keeper->queue);
	database_close(&keeper->database);
	free(keeper->target);
	free(keeper);
}

/* The file is made and checked now; a forked child, for which a connection is not to be used, gets one of its own. */
static joules_status connect_here(struct keeper *keeper)
{
	if (keeper->database.db && keeper->database.owner == getpid())
		return JOULES_OK;
	struct database mine;
	joules_status status =
	    database_open(&mine, keeper->database.path ? keeper->database.path : keeper->target, DATABASE_FILE);
	if (status) {
		database_close(&mine);
		return status;
	}
	database_close(&keeper->database);
	keeper->database = mine;
	return JOULES_OK;
}

static joules_status open_keeper(void *context, const char *target, void **state)
{
	(void)context;
	WRITES_QUIETLY;
	if (!*target || strcmp(target, "-") == 0)
		return joules_fail(JOULES_INVALID_ARGUMENT, "SQLite needs a file of its own: sqlite:FILE, e.g. sqlite:runs.db");
	struct keeper *keeper = calloc(1, sizeof *keeper);
	if (!keeper)
		return fail_memory();
	keeper->target = strdup(target);
	joules_status status = keeper->target ? connect_here(keeper) : fail_memory();
	if (status)
		close_keeper(keeper);
	else
		*state = keeper;
	return status;
}

static joules_status write_oldest(struct keeper *keeper)
{
	struct place place = { keeper->series, keeper->number, SIZE_MAX };
	int64_t id;
	joules_status status = database_begin(&keeper->database);
	if (status)
		return status;
	return database_end(&keeper->database, write_trace(&keeper->database, keeper->queue[0], &place, &id));
}

static joules_status save(void *state)
{
	WRITES_QUIETLY;
	struct keeper *keeper = state;
	joules_status status = keeper->queued > 0 ? connect_here(keeper) : JOULES_OK;
	while (keeper->queued > 0 && !status) {
		status = write_oldest(keeper);
		if (status)
			break;
		keeper->number++;
		joules_trace_unref(keeper->queue[0]);
		keeper->queued--;
		memmove(keeper->queue, keeper->queue + 1, keeper->queued * sizeof(joules_trace *));
	}
	return status;
}

static bool make_room(struct keeper *keeper)
{
	if (keeper->queued < keeper->room)
		return true;
	size_t room = keeper->room ? 2 * keeper->room : 8;
	joules_trace **queue = realloc(keeper->queue, room * sizeof(joules_trace *));
	if (!queue)
		return false;
	keeper->queue = queue;
	keeper->room = room;
	return true;
}

/* Taken, whatever the writing says. */
static joules_status process(void *state, joules_trace *trace)
{
	struct keeper *keeper = state;
	if (!make_room(keeper))
		return fail_memory();
	if (!keeper->series[0])
		(void)snprintf(keeper->series, sizeof keeper->series, "%s", joules_trace_id(trace));
	keeper->queue[keeper->queued++] = joules_trace_ref(trace);
	return save(keeper);
}

static const char *file(void *state)
{
	return ((struct keeper *)state)->target;
}

const joules_handler_ops sqlite_handler = {
	.size = sizeof sqlite_handler,
	.name = "sqlite",
	.extensions = (const char *const[]){ ".db", ".sqlite", NULL },
	.open = open_keeper,
	.process = process,
	.save = save,
	.close = close_keeper,
	.file = file,
};
