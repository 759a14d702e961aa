/* SPDX-License-Identifier: MIT */
#include "history/request.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"

int history_error(joules_status status)
{
	bool usage = status == JOULES_INVALID_ARGUMENT || status == JOULES_UNKNOWN_FORMAT;
	return cli_error("history", usage ? EXIT_USAGE : EXIT_UNABLE, "%s", joules_error_message());
}

int request_open(const struct request *request, joules_store_access access, joules_store **store)
{
	const char *named = secure_getenv("JOULES_HISTORY");
	if (!request->file && named && strcmp(named, "off") == 0)
		return cli_error("history", EXIT_UNABLE, "the history is off (JOULES_HISTORY=off): name a file, or unset it");
	joules_status status =
	    request->file ? joules_store_open(store, request->file, access) : joules_store_open_history(store, access);
	return status ? history_error(status) : EXIT_DONE;
}

int request_runs(const struct request *request, joules_store *store, joules_runs **runs)
{
	*runs = NULL;
	joules_status status = store ? joules_store_runs(store, text_string(&request->filter), runs) : JOULES_OK;
	return status ? history_error(status) : EXIT_DONE;
}
