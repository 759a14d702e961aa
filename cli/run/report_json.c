/* SPDX-License-Identifier: MIT */
#include "run/report_json.h"

#include <math.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cpu.h"
#include "run/share.h"

static void add_key(struct text *text, const char *key)
{
	text_add_json_string(text, key);
	text_add(text, ": ");
}

static void add_string(struct text *text, const char *key, const char *value)
{
	add_key(text, key);
	if (value)
		text_add_json_string(text, value);
	else
		text_add(text, "null");
}

static void add_number(struct text *text, const char *key, double value)
{
	add_key(text, key);
	text_add_json_number(text, value);
}

static void add_integer(struct text *text, const char *key, int64_t value)
{
	add_key(text, key);
	text_add_integer(text, value);
}

static void add_boolean(struct text *text, const char *key, bool value)
{
	add_key(text, key);
	text_add(text, value ? "true" : "false");
}

static void comma(struct text *text)
{
	text_add(text, ", ");
}

static void add_separator(struct text *text, size_t index)
{
	if (index > 0)
		comma(text);
}

static void add_flags(struct text *text, unsigned flags)
{
	size_t count = 0;
	add_key(text, "flags");
	text_add(text, "[");
	for (unsigned flag = 1; joules_flag_name(flag); flag <<= 1) {
		if (flags & flag) {
			add_separator(text, count++);
			text_add_json_string(text, joules_flag_name(flag));
		}
	}
	text_add(text, "]");
}

static void add_bounds(struct text *text, const joules_energy *energy)
{
	add_number(text, "joules", energy->joules);
	comma(text);
	add_number(text, "low", energy->low);
	comma(text);
	add_number(text, "high", energy->high);
}

static void add_likely(struct text *text, const joules_energy *energy)
{
	add_key(text, "interval95");
	if (isnan(energy->likely_low) || isnan(energy->likely_high)) {
		text_add(text, "null");
		return;
	}
	text_add(text, "[");
	text_add_json_number(text, energy->likely_low);
	text_add(text, ", ");
	text_add_json_number(text, energy->likely_high);
	text_add(text, "]");
}

static void add_domain(struct text *text, const joules_domain *domain, const joules_energy *energy, double duration_s)
{
	text_add(text, "{");
	add_string(text, "domain", domain->name);
	comma(text);
	add_string(text, "device", domain->device);
	comma(text);
	add_string(text, "source", joules_source_name(domain->source));
	comma(text);
	add_string(text, "method", joules_method_name(domain->method));
	comma(text);
	add_string(text, "gain", joules_gain_name(domain->gain));
	comma(text);
	add_boolean(text, "in_total", domain->in_total);
	comma(text);
	add_bounds(text, energy);
	comma(text);
	add_likely(text, energy);
	comma(text);
	add_number(text, "watts", energy->joules / duration_s);
	comma(text);
	add_flags(text, energy->flags);
	if (domain->scope) {
		comma(text);
		add_string(text, "scope", domain->scope);
	}
	text_add(text, "}");
}

static void add_domains(struct text *text, const joules_sample *whole)
{
	add_key(text, "domains");
	text_add(text, "[");
	for (size_t i = 0; whole && i < whole->domain_count; i++) {
		add_separator(text, i);
		add_domain(text, whole->domains[i], joules_sample_energy(whole, i), whole->duration_s);
	}
	text_add(text, "]");
}

static void add_missing(struct text *text, const joules_sample *whole)
{
	const char *names[256];
	size_t most = sizeof names / sizeof *names;
	size_t count = joules_sample_missing(whole, names, most);
	add_key(text, "missing");
	text_add(text, "[");
	for (size_t i = 0; i < count && i < most; i++) {
		add_separator(text, i);
		text_add_json_string(text, names[i]);
	}
	text_add(text, "]");
}

static void add_total(struct text *text, const struct run_result *result)
{
	add_key(text, "total");
	if (!result->whole) {
		text_add(text, "null");
		return;
	}
	text_add(text, "{");
	add_bounds(text, &result->total);
	comma(text);
	add_string(text, "source", joules_source_name(result->total_source));
	comma(text);
	add_flags(text, result->total.flags);
	comma(text);
	add_missing(text, result->whole);
	text_add(text, "}");
}

static void add_attributed(struct text *text, const struct run_result *result)
{
	add_key(text, "attributed");
	joules_energy energy = JOULES_ENERGY_NONE;
	if (result->whole)
		energy = share_energy(&result->share, result->whole, result->total_source);
	if (isnan(energy.joules)) {
		text_add(text, "null");
		return;
	}
	text_add(text, "{");
	add_bounds(text, &energy);
	comma(text);
	add_number(text, "cpu_share", result->share.cpu);
	comma(text);
	add_string(text, "policy", "proportional");
	text_add(text, "}");
}

static void add_sample_energy(struct text *text, const joules_sample *sample)
{
	add_key(text, "energy");
	text_add(text, "{");
	for (size_t i = 0; i < sample->domain_count; i++) {
		add_separator(text, i);
		add_key(text, sample->domains[i]->name);
		text_add(text, "{");
		add_bounds(text, joules_sample_energy(sample, i));
		comma(text);
		add_flags(text, joules_sample_energy(sample, i)->flags);
		text_add(text, "}");
	}
	text_add(text, "}");
}

static void add_samples(struct text *text, const joules_trace *trace)
{
	joules_sample *sample = NULL;
	double begin_s = 0.0;
	add_key(text, "samples");
	text_add(text, "[");
	for (size_t i = 0; trace && i < joules_trace_count(trace); i++) {
		if (joules_trace_sample(trace, i, &sample) != JOULES_OK) {
			text->failed = true;
			break;
		}
		add_separator(text, i);
		text_add(text, "{");
		add_string(text, "tag", sample->tag);
		comma(text);
		add_number(text, "begin_s", begin_s);
		comma(text);
		add_number(text, "duration_s", sample->duration_s);
		comma(text);
		add_sample_energy(text, sample);
		text_add(text, "}");
		begin_s += sample->duration_s;
	}
	text_add(text, "]");
	joules_sample_free(sample);
}

static void add_run(struct text *text, const struct run_result *result)
{
	const joules_sample *whole = result->whole;
	text_add(text, "{");
	add_number(text, "begin", whole ? whole->timestamp : (double)NAN);
	comma(text);
	add_number(text, "duration_s", whole ? whole->duration_s : (double)NAN);
	comma(text);
	add_integer(text, "exit_status", exit_code(result->status));
	comma(text);
	add_key(text, "signal");
	if (WIFSIGNALED(result->status))
		text_add_integer(text, WTERMSIG(result->status));
	else
		text_add(text, "null");
	comma(text);
	add_number(text, "user_s", (double)result->usage.ru_utime.tv_sec + (double)result->usage.ru_utime.tv_usec / 1e6);
	comma(text);
	add_number(text, "system_s", (double)result->usage.ru_stime.tv_sec + (double)result->usage.ru_stime.tv_usec / 1e6);
	comma(text);
	add_integer(text, "max_rss_bytes", (int64_t)result->usage.ru_maxrss * 1024);
	comma(text);
	add_domains(text, whole);
	comma(text);
	add_total(text, result);
	comma(text);
	add_attributed(text, result);
	comma(text);
	add_samples(text, result->trace);
	text_add(text, "}");
}

static void add_statistics(struct text *text, const char *key, const joules_statistics *statistics)
{
	add_key(text, key);
	text_add(text, "{");
	add_number(text, "mean", statistics->mean);
	comma(text);
	add_number(text, "stddev", statistics->stddev);
	comma(text);
	add_number(text, "median", statistics->median);
	comma(text);
	add_number(text, "min", statistics->min);
	comma(text);
	add_number(text, "max", statistics->max);
	text_add(text, "}");
}

static void add_summary(struct text *text, const struct results *results, const struct figures *figures)
{
	add_key(text, "summary");
	text_add(text, "{");
	add_integer(text, "runs", (int64_t)results->count);
	comma(text);
	add_integer(text, "failed", (int64_t)figures->failed);
	comma(text);
	add_statistics(text, "duration_s", &figures->duration);
	comma(text);
	add_statistics(text, "total", &figures->total);
	comma(text);
	add_key(text, "domains");
	text_add(text, "{");
	for (size_t i = 0; i < results->domain_count; i++) {
		add_separator(text, i);
		add_statistics(text, results->domains[i]->name, &figures->domains[i]);
	}
	text_add(text, "}}");
}

static void add_idle(struct text *text, const struct results *results)
{
	add_key(text, "idle");
	if (!results->idle) {
		text_add(text, "null");
		return;
	}
	text_add(text, "{");
	add_number(text, "duration_s", results->idle->duration_s);
	comma(text);
	add_key(text, "watts");
	text_add(text, "{");
	for (size_t i = 0; i < results->idle->domain_count; i++) {
		add_separator(text, i);
		add_number(text, results->idle->domains[i]->name, figures_idle_watts(results, i).joules);
	}
	text_add(text, "}}");
}

static void add_above(struct text *text, const struct results *results, const char *name, size_t domain)
{
	joules_energy energy = figures_above_idle(results, domain);
	add_key(text, name);
	text_add(text, "{");
	add_bounds(text, &energy);
	text_add(text, "}");
}

static void add_above_idle(struct text *text, const struct results *results)
{
	add_key(text, "above_idle");
	if (!results->idle || results->count == 0) {
		text_add(text, "null");
		return;
	}
	text_add(text, "{");
	for (size_t i = 0; i < results->idle->domain_count; i++) {
		add_above(text, results, results->idle->domains[i]->name, i);
		comma(text);
	}
	add_above(text, results, "total", FIGURES_TOTAL);
	text_add(text, "}");
}

static void add_host(struct text *text, const char *sysroot)
{
	char name[256];
	struct cpu cpu;
	if (gethostname(name, sizeof name) != 0)
		name[0] = '\0';
	name[sizeof name - 1] = '\0';
	cpu_identify(&cpu, sysroot);
	add_key(text, "host");
	text_add(text, "{");
	add_string(text, "name", name);
	comma(text);
	add_string(text, "cpu", *cpu.name ? cpu.name : NULL);
	comma(text);
	add_boolean(text, "virtual", cpu.is_virtual);
	text_add(text, "}");
}

static void add_command(struct text *text, char *const *command)
{
	add_key(text, "command");
	text_add(text, "[");
	for (size_t i = 0; command[i]; i++) {
		add_separator(text, i);
		text_add_json_string(text, command[i]);
	}
	text_add(text, "]");
}

void report_json(
    struct text *text, const struct plan *plan, const struct results *results, const struct figures *figures)
{
	text_add(text, "{");
	add_string(text, "format", "joules.run.1");
	comma(text);
	add_string(text, "version", joules_version());
	comma(text);
	add_command(text, plan->command.argv);
	comma(text);
	add_string(text, "tag", plan->command.name);
	comma(text);
	add_host(text, plan->sysroot);
	comma(text);
	add_key(text, "runs");
	text_add(text, "[");
	for (size_t i = 0; i < results->count; i++) {
		add_separator(text, i);
		add_run(text, &results->runs[i]);
	}
	text_add(text, "]");
	comma(text);
	add_summary(text, results, figures);
	comma(text);
	add_idle(text, results);
	comma(text);
	add_above_idle(text, results);
	comma(text);
	add_key(text, "warnings");
	text_add(text, "[");
	for (size_t i = 0; i < results->notes.count; i++) {
		add_separator(text, i);
		text_add_json_string(text, results->notes.list[i].line);
	}
	text_add(text, "]}\n");
}
