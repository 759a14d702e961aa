/* SPDX-License-Identifier: MIT */
#include "measure/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "measure/child.h"
#include "measure/commit.h"
#include "quote.h"

void facts_find(struct facts *facts)
{
	facts->folder = get_current_dir_name();
	facts->commit = facts->folder ? commit_find(facts->folder) : NULL;
}

void facts_free(struct facts *facts)
{
	free(facts->folder);
	free(facts->commit);
	*facts = (struct facts){ NULL, NULL };
}

static void tell(joules_trace *trace, const char *key, const char *value)
{
	if (value)
		(void)joules_trace_label_set(trace, key, value);
}

static void tell_number(joules_trace *trace, const char *key, double value)
{
	char number[NUMBER_MAX];
	number_print(value, number);
	tell(trace, key, number);
}

static void tell_given(joules_trace *trace, const struct plan *plan)
{
	for (size_t i = 0; i < plan->label_count; i++) {
		char *key = strdup(plan->labels[i]), *value = key ? strchr(key, '=') : NULL;
		if (value) {
			*value = '\0';
			tell(trace, key, value + 1);
		}
		free(key);
	}
}

void facts_tell(
    const struct facts *facts, const struct plan *plan, const struct command *command, const struct run_result *result)
{
	joules_trace *trace = result->trace;
	struct text words = TEXT_INIT;
	char status[16];
	quote_command(&words, command->argv);
	(void)snprintf(status, sizeof status, "%d", exit_code(result->status));
	tell(trace, "command", words.failed ? NULL : text_string(&words));
	tell(trace, "exit_status", status);
	tell(trace, "folder", facts->folder);
	tell(trace, "git_commit", facts->commit);
	tell_number(trace, "user_s", timeval_s(result->usage.ru_utime));
	tell_number(trace, "system_s", timeval_s(result->usage.ru_stime));
	if (result->share.known)
		tell_number(trace, "cpu_share", result->share.cpu);
	tell_given(trace, plan);
	text_free(&words);
}
