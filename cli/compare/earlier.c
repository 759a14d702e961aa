/* SPDX-License-Identifier: MIT */
#include "compare/earlier.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include <joules/joules.h>

#include "cli.h"
#include "quote.h"

static bool read_all(const char *path, struct text *content)
{
	char bytes[65536];
	ssize_t got = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && ((got = read(fd, bytes, sizeof bytes)) > 0 || (got < 0 && errno == EINTR)))
		if (got > 0)
			text_add_bytes(content, bytes, (size_t)got);
	int error = errno;
	if (fd >= 0)
		close(fd);
	errno = content->failed ? ENOMEM : error;
	return got == 0 && !content->failed;
}

static bool wrong(const struct earlier *earlier, const char *why)
{
	cli_error("compare", 0, "--from %s: %s", earlier->argument, why);
	return false;
}

static bool parse(struct earlier *earlier, const struct text *content)
{
	size_t line;
	if (json_read(&earlier->report, text_string(content), content->length, &line))
		return true;
	if (line == 0)
		return wrong(earlier, "out of memory");
	cli_error(
	    "compare", 0, "--from %s: line %zu is not JSON: give a report of `joules run --json`", earlier->argument, line);
	return false;
}

static bool is_true(const struct json_value *value)
{
	return value && value->kind == JSON_BOOL && value->number > 0;
}

static bool is_whole(const struct json_value *run)
{
	return json_real(json_member(run, "exit_status")) <= 0 &&
	    !isnan(json_real(json_member(json_member(run, "total"), "joules")));
}

/* Of the first run that has them all. */
static void describe(struct earlier *earlier)
{
	for (size_t i = 0; i < json_count(earlier->runs); i++) {
		const struct json_value *run = json_item(earlier->runs, i), *domains = json_member(run, "domains");
		if (!is_whole(run))
			continue;
		earlier->source = json_text(json_member(json_member(run, "total"), "source"));
		for (size_t d = 0; d < json_count(domains); d++) {
			const struct json_value *domain = json_item(domains, d);
			const char *name = json_text(json_member(domain, "domain"));
			if (name && is_true(json_member(domain, "in_total")))
				text_addf(&earlier->domains, "%s%s", earlier->domains.length > 0 ? ", " : "", name);
		}
		return;
	}
}

bool earlier_read(struct earlier *earlier, const char *argument)
{
	struct text content = TEXT_INIT;
	*earlier = (struct earlier){ .argument = argument };
	bool ok = read_all(argument, &content) || wrong(earlier, strerror(errno));
	ok = ok && parse(earlier, &content);
	text_free(&content);
	if (!ok)
		return false;
	const char *format = json_text(json_member(&earlier->report, "format"));
	if (!format || strcmp(format, "joules.run.1") != 0)
		return wrong(earlier, "it is not a report of `joules run --json` (\"format\": \"joules.run.1\")");
	earlier->runs = json_member(&earlier->report, "runs");
	earlier->cpu = json_text(json_member(json_member(&earlier->report, "host"), "cpu"));
	const struct json_value *words = json_member(&earlier->report, "command");
	for (size_t i = 0; i < json_count(words); i++) {
		const char *word = json_text(json_item(words, i));
		text_add(&earlier->command, i > 0 ? " " : "");
		quote_word(&earlier->command, word ? word : "");
	}
	describe(earlier);
	return earlier_values(earlier, "total", NULL) > 0 || wrong(earlier, "no run in it has a total");
}

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
