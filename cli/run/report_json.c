/* SPDX-License-Identifier: MIT */
#include "run/report_json.h"

#include "base/json.h"
#include "measure/parts_json.h"

static void add_command(struct text *out, char *const *command)
{
	json_begin_array(out, "command");
	for (size_t i = 0; command[i]; i++)
		json_string(out, NULL, command[i]);
	json_end_array(out);
}

void report_json(struct text *out, const struct session *session, const struct figures *figures)
{
	const struct command *command = &session->plan->commands[0];
	const struct results *results = &session->results[0];
	json_begin_object(out, NULL);
	json_string(out, "format", "joules.run.1");
	json_string(out, "version", joules_version());
	add_command(out, command->argv);
	json_string(out, "tag", command->name);
	json_host(out, session->plan->meter.sysroot);
	json_runs(out, results, false);
	json_summary(out, results, figures);
	json_idle(out, results, figures);
	json_above_idle(out, results, figures);
	json_warnings(out, &session->notes);
	json_end_object(out);
	text_add(out, "\n");
}
