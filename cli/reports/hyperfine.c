/* SPDX-License-Identifier: MIT */
#include "reports/hyperfine.h"

#include "base/json.h"

/* Runs whose time is known; hyperfine's readers expect numbers. */
static void add_runs(struct text *out, const struct results *results)
{
	json_begin_array(out, "times");
	for (size_t i = 0; i < results->count; i++)
		if (results->runs[i].whole)
			json_number(out, NULL, results->runs[i].whole->duration_s);
	json_end_array(out);
	json_begin_array(out, "exit_codes");
	for (size_t i = 0; i < results->count; i++)
		if (results->runs[i].whole)
			json_integer(out, NULL, exit_code(results->runs[i].status));
	json_end_array(out);
	json_begin_array(out, "energy");
	for (size_t i = 0; i < results->count; i++)
		if (results->runs[i].whole)
			json_number(out, NULL, results->runs[i].total.joules);
	json_end_array(out);
}

static void add_parameters(struct text *out, const struct reported *command)
{
	if (command->parameter_count == 0)
		return;
	json_begin_object(out, "parameters");
	for (size_t i = 0; i < command->parameter_count; i++)
		json_string(out, command->parameters[i], command->values[i]);
	json_end_object(out);
}

static void add_command(struct text *out, const struct reported *command)
{
	const joules_statistics *time = &command->figures->duration;
	struct usage usage = reported_usage(command->results);
	json_begin_object(out, NULL);
	json_string(out, "command", command->command);
	json_number(out, "mean", time->mean);
	json_number(out, "stddev", time->stddev);
	json_number(out, "median", time->median);
	json_number(out, "user", usage.user_s);
	json_number(out, "system", usage.system_s);
	json_number(out, "min", time->min);
	json_number(out, "max", time->max);
	add_runs(out, command->results);
	add_parameters(out, command);
	json_end_object(out);
}

void report_hyperfine(struct text *out, const struct reported *commands, size_t count)
{
	json_begin_object(out, NULL);
	json_begin_array(out, "results");
	for (size_t i = 0; i < count; i++)
		add_command(out, &commands[i]);
	json_end_array(out);
	json_end_object(out);
	text_add(out, "\n");
}
