/* SPDX-License-Identifier: MIT */
/* What the history takes on the disk: runs that go, and how large it may grow. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "history/parts.h"
#include "layout.h"

int history_rm(const struct request *request)
{
	if (request->filter.length == 0)
		return cli_error("history", EXIT_USAGE,
		    "which runs? joules history rm FILTER, e.g. rm id=7 or rm until=30d; nothing was removed");
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

static const struct {
	const char *name;
	double bytes;
} units[] = { { "GB", 1e9 }, { "MB", 1e6 }, { "kB", 1e3 }, { "KB", 1e3 }, { "B", 1 } };
#define UNITS (sizeof units / sizeof *units)

static bool parse_size(const char *string, uint64_t *bytes)
{
	char number[32];
	double value, unit = 1;
	size_t length = strspn(string, "0123456789.");
	if (length == 0 || length >= sizeof number)
		return false;
	memcpy(number, string, length);
	number[length] = '\0';
	bool known = !string[length];
	for (size_t i = 0; i < UNITS; i++) {
		if (strcmp(string + length, units[i].name) != 0)
			continue;
		unit = units[i].bytes;
		known = true;
	}
	if (!known || !number_parse_double(number, &value) || value * unit > 1e18)
		return false;
	*bytes = (uint64_t)(value * unit);
	return true;
}

/* Below this, the tables alone would not fit. */
#define LEAST 1000000

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
		return cli_error("history", EXIT_USAGE, "the limit is the history's: joules history limit [SIZE]");
	if (size && (!parse_size(size, &bytes) || (bytes > 0 && bytes < LEAST)))
		return cli_error(
		    "history", EXIT_USAGE, "%s: give a size of 1MB or more, e.g. 100MB or 1GB, or 0 for no limit", size);
	int status = request_open(request, JOULES_STORE_CREATE, &store);
	if (status != EXIT_DONE)
		return status;
	if (!store)
		return cli_error(
		    "history", EXIT_UNABLE, "there is no home to keep a history in: JOULES_HISTORY=FILE names a place");
	joules_status failed = size ? joules_store_limit_set(store, bytes) : JOULES_OK;
	status = failed ? history_error(failed) : say_limit(store);
	joules_store_close(store);
	return status;
}
