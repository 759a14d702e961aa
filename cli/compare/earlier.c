/* SPDX-License-Identifier: MIT */
#include "compare/earlier.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include <joules/joules.h>

#include "cli.h"
#include "compare/kept.h"
#include "quote.h"
#include "read.h"

static int wrong(const struct earlier *earlier, const char *why)
{
	return cli_error("compare", EXIT_UNABLE, "--from %s: %s", earlier->argument, why);
}

static int parse(struct earlier *earlier, const struct text *content)
{
	size_t line;
	if (!content->failed && json_read(&earlier->report, text_string(content), content->length, &line))
		return EXIT_DONE;
	if (content->failed || line == 0)
		return wrong(earlier, "out of memory");
	return cli_error("compare", EXIT_UNABLE, "--from %s: line %zu is not JSON: give a report of `joules run --json`",
	    earlier->argument, line);
}

static bool is_true(const struct json_value *value)
{
	return value && value->kind == JSON_BOOL && value->number > 0;
}

/* One without a status was not measured by `joules run`, and did not fail. */
static bool is_whole(const struct json_value *run)
{
	const struct json_value *status = json_member(run, "exit_status");
	return (!status || status->kind == JSON_NULL || json_real(status) <= 0) &&
	    !isnan(json_real(json_member(json_member(run, "total"), "joules")));
}

/* ---- what they are runs of ---- */

static const char *source_of(const struct json_value *run)
{
	return json_text(json_member(json_member(run, "total"), "source"));
}

static void add_domains(struct text *names, const struct json_value *run)
{
	const struct json_value *domains = json_member(run, "domains");
	for (size_t d = 0; d < json_count(domains); d++) {
		const struct json_value *domain = json_item(domains, d);
		const char *name = json_text(json_member(domain, "domain"));
		if (name && is_true(json_member(domain, "in_total")))
			text_addf(names, "%s%s", names->length > 0 ? ", " : "", name);
	}
}

static bool agree(const struct earlier *earlier, const char *what, const char *a, const char *b)
{
	if (strcmp(a ? a : "", b ? b : "") == 0)
		return true;
	cli_error("compare", 0,
	    "--from %s: its runs do not have the same %s (%s; %s): choose fewer runs, or compare them anyway with --any",
	    earlier->argument, what, a ? a : "not known", b ? b : "not known");
	return false;
}

static bool is_alike(const struct earlier *earlier, const struct json_value *run)
{
	struct text domains = TEXT_INIT;
	add_domains(&domains, run);
	bool alike = (!earlier->is_kept || agree(earlier, "host", earlier->host, json_text(json_member(run, "host")))) &&
	    agree(earlier, "source", earlier->source, source_of(run)) &&
	    agree(earlier, "domains", text_string(&earlier->domains), text_string(&domains));
	text_free(&domains);
	return alike;
}

/* By the first whole run; a filter may have chosen others that are unlike it. */
static bool describe(struct earlier *earlier, bool any)
{
	const struct json_value *first = NULL;
	for (size_t i = 0; i < json_count(earlier->runs); i++) {
		const struct json_value *run = json_item(earlier->runs, i);
		if (!is_whole(run))
			continue;
		if (first && !any && !is_alike(earlier, run))
			return false;
		if (first)
			continue;
		first = run;
		earlier->source = source_of(run);
		add_domains(&earlier->domains, run);
	}
	return true;
}

/* ---- a report ---- */

static void add_words(struct text *out, const struct json_value *words)
{
	for (size_t i = 0; i < json_count(words); i++) {
		const char *word = json_text(json_item(words, i));
		text_add(out, i > 0 ? " " : "");
		quote_word(out, word ? word : "");
	}
}

static int read_report(struct earlier *earlier)
{
	struct text content = TEXT_INIT;
	int status = EXIT_DONE;
	if (!read_whole(earlier->argument, SIZE_MAX, &content))
		status = errno == ENOENT
		    ? wrong(earlier, "No such file. Runs of the history are chosen by KEY=VALUE, such as command=xz")
		    : wrong(earlier, strerror(errno));
	status = status == EXIT_DONE ? parse(earlier, &content) : status;
	text_free(&content);
	if (status != EXIT_DONE)
		return status;
	const char *format = json_text(json_member(&earlier->report, "format"));
	if (!format || strcmp(format, "joules.run.1") != 0)
		return wrong(earlier, "it is not a report of `joules run --json` (\"format\": \"joules.run.1\")");
	add_words(&earlier->command, json_member(&earlier->report, "command"));
	return EXIT_DONE;
}

/* ---- runs of the history ---- */

static const char *command_of(const struct json_value *run)
{
	const char *label = json_text(json_member(json_member(run, "labels"), "command"));
	return label ? label : json_text(json_member(run, "name"));
}

static void add_commands(struct text *out, const struct json_value *runs)
{
	const char *first = command_of(json_item(runs, 0));
	bool others = false;
	for (size_t i = 1; i < json_count(runs) && !others; i++)
		others = strcmp(first, command_of(json_item(runs, i))) != 0;
	text_addf(out, "%s%s", first, others ? " and others" : "");
}

static int read_kept(struct earlier *earlier)
{
	struct text content = TEXT_INIT;
	int status = kept_report(&content, earlier->argument);
	status = status == EXIT_DONE ? parse(earlier, &content) : status;
	text_free(&content);
	if (status == EXIT_DONE)
		add_commands(&earlier->command, json_member(&earlier->report, "runs"));
	return status;
}

int earlier_read(struct earlier *earlier, const char *argument, bool any)
{
	*earlier = (struct earlier){ .argument = argument, .is_kept = kept_is_filter(argument) };
	int status = earlier->is_kept ? read_kept(earlier) : read_report(earlier);
	if (status != EXIT_DONE)
		return status;
	earlier->runs = json_member(&earlier->report, "runs");
	const struct json_value *host = json_member(&earlier->report, "host");
	earlier->cpu = json_text(json_member(host, "cpu"));
	earlier->host = json_text(json_member(host, "name"));
	if (earlier_values(earlier, "total", NULL) == 0)
		return wrong(earlier, "no run in it has a total");
	return describe(earlier, any) ? EXIT_DONE : EXIT_UNABLE;
}

/* ---- values ---- */

static struct bounded energy_of(const struct json_value *object, const char *source)
{
	double joules = json_real(json_member(object, "joules")), high = json_real(json_member(object, "high"));
	if (source && strcmp(source, joules_source_name(JOULES_ESTIMATED)) == 0) /* its band is common to all runs */
		return (struct bounded){ joules, joules, joules };
	return (struct bounded){ joules, json_real(json_member(object, "low")), isnan(high) ? (double)INFINITY : high };
}

static const struct json_value *domain_of(const struct json_value *run, const char *name)
{
	const struct json_value *domains = json_member(run, "domains");
	for (size_t d = 0; d < json_count(domains); d++) {
		const char *here = json_text(json_member(json_item(domains, d), "domain"));
		if (here && strcmp(here, name) == 0)
			return json_item(domains, d);
	}
	return NULL;
}

static struct bounded value_of(const struct json_value *run, const char *metric)
{
	double seconds = json_real(json_member(run, "duration_s"));
	const struct json_value *total = json_member(run, "total");
	if (strcmp(metric, "time") == 0)
		return (struct bounded){ seconds, seconds, seconds };
	bool is_power = strcmp(metric, "power") == 0;
	const struct json_value *object = is_power || strcmp(metric, "total") == 0 ? total : domain_of(run, metric);
	struct bounded energy = energy_of(object, json_text(json_member(object, "source")));
	double by = is_power ? seconds : 1.0;
	return (struct bounded){ energy.value / by, energy.low / by, energy.high / by };
}

size_t earlier_values(const struct earlier *earlier, const char *metric, struct bounded *values)
{
	size_t count = 0;
	for (size_t i = 0; i < json_count(earlier->runs); i++) {
		const struct json_value *run = json_item(earlier->runs, i);
		struct bounded value = value_of(run, metric);
		if (!is_whole(run) || isnan(value.value))
			continue;
		if (values)
			values[count] = value;
		count++;
	}
	return count;
}

void earlier_free(struct earlier *earlier)
{
	json_free(&earlier->report);
	text_free(&earlier->command);
	text_free(&earlier->domains);
}
