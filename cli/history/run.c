/* SPDX-License-Identifier: MIT */
#include "history/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "layout.h"
#include "measure/parts_json.h"

const char *run_label(const joules_run *run, const char *key)
{
	for (size_t i = 0; i < run->label_count; i++)
		if (strcmp(run->label_keys[i], key) == 0)
			return run->label_values[i];
	return NULL;
}

enum { HALF_A_YEAR_S = 182 * 86400 };

void run_add_when(struct text *text, double begin)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
		"Dec" };
	struct tm local;
	time_t at = (time_t)begin;
	if (isnan(begin) || !localtime_r(&at, &local)) {
		text_add(text, "n/a");
		return;
	}
	text_addf(text, "%s %2d ", months[local.tm_mon], local.tm_mday);
	if (labs(time(NULL) - at) < HALF_A_YEAR_S)
		text_addf(text, "%02d:%02d", local.tm_hour, local.tm_min);
	else
		text_addf(text, " %4d", local.tm_year + 1900);
}

void run_add_legend(struct text *out, bool measured, bool estimated, const struct page *page)
{
	const char *line =
	    "± of a measured energy is a bound: what the counters' steps can hide. ± of an estimate is its band, "
	    "likely but not certain";
	if (!measured && !estimated)
		return;
	if (!estimated)
		line = "± is a bound: what the counters' steps can hide, without calibration errors (see joules doctor)";
	else if (!measured)
		line = "± is the band of the estimate, likely but not certain";
	layout_paragraph(out, line, 2, page, TERM_DIM);
}

static void json_total(struct text *out, const joules_run *run)
{
	json_begin_object(out, "total");
	json_bounds(out, run->total);
	json_string(out, "source", joules_source_name(run->source));
	json_flags(out, run->total->flags);
	json_end_object(out);
}

void json_begin_run(struct text *out, const joules_run *run)
{
	json_begin_object(out, NULL);
	json_integer(out, "id", run->id);
	json_string(out, "uuid", run->uuid);
	json_string(out, "name", run->name);
	json_number(out, "begin", run->begin);
	json_number(out, "duration_s", run->duration_s);
	json_string(out, "host", run->host);
	json_string(out, "version", run->version);
	json_string(out, "series", run->series);
	json_integer(out, "number", run->number);
	json_total(out, run);
	json_bool(out, "truncated", run->truncated);
	json_begin_object(out, "labels");
	for (size_t i = 0; i < run->label_count; i++)
		json_string(out, run->label_keys[i], run->label_values[i]);
	json_end_object(out);
	json_begin_array(out, "unsent");
	for (size_t i = 0; i < run->unsent_count; i++)
		json_string(out, NULL, run->unsent[i]);
	json_end_array(out);
}

static void json_domain(struct text *out, const joules_domain *domain, const joules_energy *energy)
{
	json_begin_domain(out, domain, energy);
	json_flags(out, energy->flags);
	json_string(out, "reason_code", joules_reason_name(energy->reason));
	json_end_object(out);
}

void json_domains(struct text *out, const joules_sample *whole)
{
	json_begin_array(out, "domains");
	for (size_t d = 0; whole && d < whole->domain_count; d++)
		json_domain(out, whole->domains[d], joules_sample_energy(whole, d));
	json_end_array(out);
}
