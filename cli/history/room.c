/* SPDX-License-Identifier: MIT */
/* What the history takes on the disk: runs that go, and how large it may grow. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "history/parts.h"
#include "layout.h"
#include "quantity.h"

int history_rm(const struct request *request)
{
	if (request->filter.length == 0)
		return cli_error("history", EXIT_USAGE,
		    "a filter is missing: joules history rm FILTER, e.g. rm id=7 or rm until=30d; nothing was removed");
	joules_store *store = NULL;
	size_t count = 0;
	int status = request_open(request, JOULES_STORE_WRITE, &store);
	joules_status failed = JOULES_OK;
	if (status == EXIT_DONE && store)
		failed = joules_store_remove(store, text_string(&request->filter), &count);
	joules_store_close(store);
	if (failed || status != EXIT_DONE)
		return failed ? history_error(failed) : status;
	struct text out = TEXT_INIT;
	text_addf(&out, "%zu run%s removed\n", count, count == 1 ? "" : "s");
	return cli_print("history", &out);
}

/* ---- the limit ---- */

/* Below this, the tables alone would not fit. */
static const double least = 1e6;

/* 0, or a size that does for a history. */
static bool parse_size(const char *string, uint64_t *bytes)
{
	double value;
	const struct unit *unit = quantity_parse(string, &value);
	if (unit ? strcmp(unit->base, "B") != 0 : !number_parse_double(string, &value))
		return false;
	if (value > 1e18 || (value > 0 && value < least))
		return false;
	*bytes = (uint64_t)value;
	return true;
}

static int say_limit(joules_store *store)
{
	uint64_t bytes = 0;
	struct stat info = { .st_size = 0 };
	joules_status status = joules_store_limit(store, &bytes);
	if (status)
		return history_error(status);
	(void)stat(joules_store_path(store), &info);
	struct text out = TEXT_INIT;
	if (bytes)
		layout_bytes(&out, (double)bytes);
	else
		text_add(&out, "no limit");
	text_add(&out, ", ");
	layout_bytes(&out, (double)info.st_size);
	text_add(&out, " in use\n");
	return cli_print("history", &out);
}

int history_limit(const struct request *request, const char *size)
{
	uint64_t bytes = 0;
	joules_store *store = NULL;
	if (request->file || request->filter.length)
		return cli_error(
		    "history", EXIT_USAGE, "only the history has a limit, other files have none: joules history limit [SIZE]");
	if (size && !parse_size(size, &bytes))
		return cli_error(
		    "history", EXIT_USAGE, "%s: give a size of 1MB or more, e.g. 100MB or 1GB, or 0 for no limit", size);
	int status = request_open(request, JOULES_STORE_CREATE, &store);
	if (status != EXIT_DONE)
		return status;
	if (!store)
		return cli_error(
		    "history", EXIT_UNABLE, "there is no home folder for the history: name a file with JOULES_HISTORY=FILE");
	joules_status failed = size ? joules_store_limit_set(store, bytes) : JOULES_OK;
	status = failed ? history_error(failed) : say_limit(store);
	joules_store_close(store);
	return status;
}
