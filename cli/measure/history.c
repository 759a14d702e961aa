/* SPDX-License-Identifier: MIT */
#include "measure/history.h"

#include <stdio.h>
#include <stdlib.h>

void history_open(struct history *history, const struct plan *plan, struct notes *notes)
{
	if (plan->no_history)
		return;
	history->series = calloc(plan->command_count, sizeof *history->series);
	if (!history->series || joules_store_open_history(&history->store, JOULES_STORE_CREATE) != JOULES_OK)
		notes_add(notes, "these runs are not kept in the history: %s (--no-history switches it off)",
		    history->series ? joules_error_message() : "out of memory");
	if (joules_store_notice(history->store))
		notes_add(notes, "%s", joules_store_notice(history->store));
}

void history_keep(struct history *history, size_t command, uint64_t number, joules_trace *trace, struct notes *notes)
{
	if (!history->store)
		return;
	char *series = history->series[command];
	if (!*series)
		(void)snprintf(series, SERIES_MAX, "%s", joules_trace_id(trace));
	if (joules_store_add(history->store, trace, series, (int64_t)number, NULL) != JOULES_OK)
		notes_add(notes, "a run is not kept in the history: %s", joules_error_message());
}

void history_close(struct history *history)
{
	joules_store_close(history->store);
	free(history->series);
	*history = (struct history){ NULL, NULL };
}
