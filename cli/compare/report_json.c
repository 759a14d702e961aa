/* SPDX-License-Identifier: MIT */
#include "compare/report_json.h"

#include <math.h>

#include "base/json.h"
#include "measure/figures.h"
#include "measure/parts_json.h"

static bool is_energy(enum metric_kind kind)
{
	return kind != METRIC_TIME;
}

void compare_finding_json(struct text *out, const struct findings *findings, const struct finding *finding)
{
	const struct comparison *comparison = &finding->comparison;
	bool is_difference = finding->metric.kind == METRIC_ABOVE_IDLE;
	json_begin_object(out, NULL);
	json_unsigned(out, "command", finding->command);
	json_unsigned(out, "reference", finding->reference);
	json_string(out, "metric", finding->metric.name);
	json_number(out, "ratio", is_difference ? (double)NAN : comparison->estimate);
	if (is_difference)
		json_number(out, "difference_j", comparison->estimate);
	json_interval(out, "interval", comparison->low, comparison->high);
	json_number(out, "level", comparison->level);
	json_number(out, "p", comparison->p);
	json_number(out, "p_adjusted", comparison->p_adjusted);
	json_interval(out, "worst_case", comparison->worst_low, comparison->worst_high);
	json_number(out, "detectable", comparison->detectable);
	json_unsigned(out, "rounds", comparison->rounds);
	json_string(out, "verdict", verdict_name(comparison->verdict));
	json_string(out, "method", findings->stored ? "mann-whitney" : "signed-rank");
	bool estimated = findings->basis.estimated && is_energy(finding->metric.kind);
	json_string(out, "source", joules_source_name(estimated ? JOULES_ESTIMATED : JOULES_MEASURED));
	json_end_object(out);
}

static void add_parameters(struct text *out, const struct subjects *subjects, size_t command)
{
	json_begin_object(out, "parameters");
	for (size_t i = 0; i < subjects->parameter_count; i++)
		json_string(out, subjects->parameters[i].name, subjects->list[command].values[i]);
	json_end_object(out);
}

static bool add_command(
    struct text *out, const struct arguments *arguments, const struct session *session, size_t command)
{
	const struct results *results = &session->results[command];
	struct figures figures;
	bool ok = figures_of(results, &figures);
	json_begin_object(out, NULL);
	json_string(out, "command", session->plan->commands[command].name);
	add_parameters(out, &arguments->subjects, command);
	json_runs(out, results, true);
	if (ok)
		json_summary(out, results, &figures);
	json_end_object(out);
	figures_free(&figures);
	return ok;
}

bool compare_json(
    struct text *out, const struct arguments *arguments, const struct session *session, const struct findings *findings)
{
	bool ok = true;
	json_begin_object(out, NULL);
	json_string(out, "format", "joules.compare.1");
	json_string(out, "version", joules_version());
	json_unsigned(out, "seed", arguments->seed);
	json_unsigned(out, "rounds", findings->basis.rounds);
	json_string(out, "metric", arguments->metric);
	json_host(out, session->plan->meter.sysroot);
	json_begin_array(out, "commands");
	for (size_t i = 0; ok && i < session->plan->command_count; i++)
		ok = add_command(out, arguments, session, i);
	json_end_array(out);
	json_begin_array(out, "comparisons");
	for (size_t i = 0; i < findings->count; i++)
		compare_finding_json(out, findings, &findings->list[i]);
	json_end_array(out);
	json_warnings(out, &session->notes);
	json_end_object(out);
	text_add(out, "\n");
	return ok;
}
