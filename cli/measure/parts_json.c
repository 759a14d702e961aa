/* SPDX-License-Identifier: MIT */
#include "measure/parts_json.h"

#include <math.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cpu.h"
#include "base/json.h"
#include "measure/child.h"
#include "measure/peak.h"
#include "measure/reasons.h"
#include "measure/share.h"

void json_flags(struct text *out, unsigned flags)
{
	json_begin_array(out, "flags");
	for (unsigned flag = 1; joules_flag_name(flag); flag <<= 1)
		if (flags & flag)
			json_string(out, NULL, joules_flag_name(flag));
	json_end_array(out);
}

void json_bounds(struct text *out, const joules_energy *energy)
{
	json_number(out, "joules", energy->joules);
	json_number(out, "low", energy->low);
	json_number(out, "high", energy->high);
}

void json_interval(struct text *out, const char *name, double low, double high)
{
	if (isnan(low) || isnan(high)) {
		json_null(out, name);
		return;
	}
	json_begin_array(out, name);
	json_number(out, NULL, low);
	json_number(out, NULL, high);
	json_end_array(out);
}

void json_begin_domain(struct text *out, const joules_domain *domain, const joules_energy *energy)
{
	json_begin_object(out, NULL);
	json_string(out, "domain", domain->name);
	json_string(out, "device", domain->device);
	json_string(out, "source", joules_source_name(domain->source));
	json_string(out, "method", joules_method_name(domain->method));
	json_string(out, "gain", joules_gain_name(domain->gain));
	json_bool(out, "in_total", domain->in_total);
	json_bounds(out, energy);
}

static void add_reason(struct text *out, const joules_domain *domain, const joules_energy *energy, int error)
{
	struct text reason = TEXT_INIT;
	reason_add(&reason, domain, energy, error);
	json_string(out, "reason", reason.length > 0 ? text_string(&reason) : NULL);
	json_string(out, "reason_code", joules_reason_name(energy->reason));
	text_free(&reason);
}

static void add_domain(struct text *out, const joules_domain *domain, const joules_energy *energy, int error)
{
	json_begin_domain(out, domain, energy);
	json_interval(out, "interval95", energy->likely_low, energy->likely_high);
	json_number(out, "watts", energy->joules / energy->seen_s);
	json_flags(out, energy->flags);
	add_reason(out, domain, energy, error);
	if (domain->scope)
		json_string(out, "scope", domain->scope);
	if (domain->gpu)
		json_bool(out, "mig", domain->gpu->mig);
	json_end_object(out);
}

static void add_domains(struct text *out, const joules_sample *whole, joules_meter *meter)
{
	json_begin_array(out, "domains");
	for (size_t i = 0; whole && i < whole->domain_count; i++)
		add_domain(out, whole->domains[i], joules_sample_energy(whole, i), joules_meter_failure(meter, i));
	json_end_array(out);
}

static void add_missing(struct text *out, const joules_sample *whole)
{
	const char *names[256];
	size_t most = sizeof names / sizeof *names;
	size_t count = joules_sample_missing(whole, names, most);
	json_begin_array(out, "missing");
	for (size_t i = 0; i < count && i < most; i++)
		json_string(out, NULL, names[i]);
	json_end_array(out);
}

static void add_total(struct text *out, const struct run_result *result)
{
	if (!result->whole) {
		json_null(out, "total");
		return;
	}
	json_begin_object(out, "total");
	json_bounds(out, &result->total);
	json_string(out, "source", joules_source_name(result->total_source));
	json_flags(out, result->total.flags);
	add_missing(out, result->whole);
	json_end_object(out);
}

static void add_attributed(struct text *out, const struct run_result *result)
{
	joules_energy energy = JOULES_ENERGY_NONE;
	if (result->whole)
		energy = share_energy(&result->share, result->whole, result->total_source);
	if (isnan(energy.joules)) {
		json_null(out, "attributed");
		return;
	}
	json_begin_object(out, "attributed");
	json_bounds(out, &energy);
	json_number(out, "cpu_share", result->share.cpu);
	json_string(out, "policy", "proportional");
	json_end_object(out);
}

static void add_sample_energy(struct text *out, const joules_sample *sample)
{
	json_begin_object(out, "energy");
	for (size_t i = 0; i < sample->domain_count; i++) {
		json_begin_object(out, sample->domains[i]->name);
		json_bounds(out, joules_sample_energy(sample, i));
		json_flags(out, joules_sample_energy(sample, i)->flags);
		json_end_object(out);
	}
	json_end_object(out);
}

static void add_samples(struct text *out, const joules_trace *trace)
{
	joules_sample *sample = NULL;
	double begin_s = 0.0;
	json_begin_array(out, "samples");
	for (size_t i = 0; trace && i < joules_trace_count(trace); i++) {
		if (joules_trace_sample(trace, i, &sample) != JOULES_OK) {
			out->failed = true;
			break;
		}
		json_begin_object(out, NULL);
		json_string(out, "tag", sample->tag);
		json_number(out, "begin_s", begin_s);
		json_number(out, "duration_s", sample->duration_s);
		add_sample_energy(out, sample);
		json_end_object(out);
		begin_s += sample->duration_s;
	}
	json_end_array(out);
	joules_sample_free(sample);
}

static void add_peak(struct text *out, const struct run_result *result, double every_s)
{
	struct peak peak;
	if (!(every_s > 0) || !peak_of(result->trace, every_s, &peak)) {
		json_null(out, "peak");
		return;
	}
	json_begin_object(out, "peak");
	json_number(out, "watts", peak.watts);
	json_number(out, "begin_s", peak.begin_s);
	json_number(out, "duration_s", peak.duration_s);
	json_bounds(out, &peak.energy);
	json_end_object(out);
}

static void add_run(struct text *out, const struct run_result *result, const struct results *results, bool in_rounds)
{
	const joules_sample *whole = result->whole;
	json_begin_object(out, NULL);
	if (in_rounds) {
		json_unsigned(out, "round", result->round);
		json_unsigned(out, "position", result->position);
	}
	json_number(out, "begin", whole ? whole->timestamp : (double)NAN);
	json_number(out, "duration_s", whole ? whole->duration_s : (double)NAN);
	json_integer(out, "exit_status", exit_code(result->status));
	if (WIFSIGNALED(result->status))
		json_integer(out, "signal", WTERMSIG(result->status));
	else
		json_null(out, "signal");
	json_number(out, "user_s", timeval_s(result->usage.ru_utime));
	json_number(out, "system_s", timeval_s(result->usage.ru_stime));
	json_integer(out, "max_rss_bytes", (int64_t)result->usage.ru_maxrss * 1024);
	add_domains(out, whole, results->meter);
	add_total(out, result);
	add_attributed(out, result);
	add_peak(out, result, results->every_s);
	add_samples(out, result->trace);
	json_end_object(out);
}

void json_runs(struct text *out, const struct results *results, bool in_rounds)
{
	json_begin_array(out, "runs");
	for (size_t i = 0; i < results->count; i++)
		add_run(out, &results->runs[i], results, in_rounds);
	json_end_array(out);
}

void json_statistics(struct text *out, const char *name, const joules_statistics *statistics)
{
	json_begin_object(out, name);
	json_unsigned(out, "count", statistics->count);
	json_number(out, "mean", statistics->mean);
	json_number(out, "stddev", statistics->stddev);
	json_number(out, "median", statistics->median);
	json_number(out, "min", statistics->min);
	json_number(out, "max", statistics->max);
	json_end_object(out);
}

void json_statuses(struct text *out, const size_t statuses[EXIT_CODES])
{
	char name[8];
	json_begin_object(out, "statuses");
	for (unsigned code = 0; code < EXIT_CODES; code++) {
		if (statuses[code] == 0)
			continue;
		snprintf(name, sizeof name, "%u", code);
		json_unsigned(out, name, statuses[code]);
	}
	json_end_object(out);
}

void json_summary(struct text *out, const struct results *results, const struct figures *figures)
{
	json_begin_object(out, "summary");
	json_unsigned(out, "runs", results->count);
	json_unsigned(out, "failed", figures->failed);
	json_statuses(out, figures->statuses);
	json_statistics(out, "duration_s", &figures->duration);
	json_statistics(out, "total", &figures->total.spread);
	json_begin_object(out, "domains");
	for (size_t i = 0; i < results->domain_count; i++)
		json_statistics(out, results->domains[i]->name, &figures->domains[i].spread);
	json_end_object(out);
	json_end_object(out);
}

void json_idle(struct text *out, const struct results *results, const struct figures *figures)
{
	if (!results->idle) {
		json_null(out, "idle");
		return;
	}
	json_begin_object(out, "idle");
	json_number(out, "duration_s", results->idle->duration_s);
	json_begin_object(out, "watts");
	for (size_t i = 0; i < results->domain_count; i++)
		json_number(out, results->domains[i]->name, figures->domains[i].idle_w.joules);
	json_end_object(out);
	json_end_object(out);
}

static void add_above(struct text *out, const char *name, const struct figure *figure)
{
	json_begin_object(out, name);
	json_bounds(out, &figure->above);
	json_end_object(out);
}

void json_above_idle(struct text *out, const struct results *results, const struct figures *figures)
{
	if (!results->idle || results->count == 0) {
		json_null(out, "above_idle");
		return;
	}
	json_begin_object(out, "above_idle");
	for (size_t i = 0; i < results->domain_count; i++)
		add_above(out, results->domains[i]->name, &figures->domains[i]);
	add_above(out, "total", &figures->total);
	json_end_object(out);
}

void json_host(struct text *out, const char *sysroot)
{
	char name[256];
	struct cpu cpu;
	if (gethostname(name, sizeof name) != 0)
		name[0] = '\0';
	name[sizeof name - 1] = '\0';
	cpu_identify(&cpu, sysroot);
	json_begin_object(out, "host");
	json_string(out, "name", name);
	json_string(out, "cpu", *cpu.name ? cpu.name : NULL);
	json_bool(out, "virtual", cpu.is_virtual);
	json_end_object(out);
}

void json_warnings(struct text *out, const struct notes *notes)
{
	json_begin_array(out, "warnings");
	for (size_t i = 0; i < notes->count; i++)
		json_string(out, NULL, notes->list[i].line);
	json_end_array(out);
}
