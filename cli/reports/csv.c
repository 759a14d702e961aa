/* SPDX-License-Identifier: MIT */
#include "reports/csv.h"

#include <math.h>

void csv_add_number(struct text *out, double value)
{
	text_add(out, ",");
	if (isfinite(value))
		text_add_number(out, value);
}

void csv_add_string(struct text *out, const char *string)
{
	struct text valid = TEXT_INIT;
	text_add_valid(&valid, string);
	text_add_csv_field(out, text_string(&valid), ',');
	out->failed |= valid.failed;
	text_free(&valid);
}

static void add_word(struct text *out, const char *before, const char *name, const char *after)
{
	struct text word = TEXT_INIT;
	text_addf(&word, "%s%s%s", before, name, after);
	text_add(out, ",");
	csv_add_string(out, text_string(&word));
	out->failed |= word.failed;
	text_free(&word);
}

static void add_head(struct text *out, const struct reported *command)
{
	text_add(out,
	    "command,mean,stddev,median,user,system,min,max,runs,failed,joules_mean,joules_stddev,joules_median,joules_min,"
	    "joules_max,joules_low,joules_high,source");
	for (size_t i = 0; i < command->results->domain_count; i++)
		add_word(out, "", command->results->domains[i]->name, "_joules");
	for (size_t i = 0; i < command->parameter_count; i++)
		add_word(out, "parameter_", command->parameters[i], "");
	text_add(out, "\n");
}

static void add_command(struct text *out, const struct reported *command)
{
	const struct results *results = command->results;
	const struct figures *figures = command->figures;
	const joules_statistics *time = &figures->duration, *total = &figures->total.spread;
	const joules_energy *mean = &figures->total.mean;
	struct usage usage = reported_usage(results);
	const double numbers[] = { time->mean, time->stddev, time->median, usage.user_s, usage.system_s, time->min,
		time->max };
	const double energies[] = { total->mean, total->stddev, total->median, total->min, total->max, mean->low,
		mean->high };
	csv_add_string(out, command->command);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		csv_add_number(out, numbers[i]);
	text_addf(out, ",%zu,%zu", results->count, figures->failed);
	for (size_t i = 0; i < sizeof energies / sizeof *energies; i++)
		csv_add_number(out, energies[i]);
	text_addf(out, ",%s", joules_source_name(figures->source));
	for (size_t i = 0; i < results->domain_count; i++)
		csv_add_number(out, figures->domains[i].spread.mean);
	for (size_t i = 0; i < command->parameter_count; i++)
		add_word(out, "", command->values[i], "");
	text_add(out, "\n");
}

void report_csv(struct text *out, const struct reported *commands, size_t count)
{
	add_head(out, &commands[0]);
	for (size_t i = 0; i < count; i++)
		add_command(out, &commands[i]);
}
