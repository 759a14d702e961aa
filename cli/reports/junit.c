/* SPDX-License-Identifier: MIT */
/* The schema (JUnit.xsd of the Ant task) wants all of properties, system-out and system-err, in this order, and decimal
 * numbers without an exponent. */
#include "reports/junit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "markup.h"

bool junit_begin(struct junit_suite *suite, const char *name, double begin, size_t count)
{
	*suite = (struct junit_suite){ .name = name, .begin = begin, .cases = calloc(count + 1, sizeof *suite->cases) };
	suite->count = suite->cases ? count : 0;
	return suite->cases;
}

void junit_case_free(struct junit_case *one)
{
	text_free(&one->name);
	text_free(&one->message);
}

void junit_free(struct junit_suite *suite)
{
	for (size_t i = 0; i < suite->count; i++)
		junit_case_free(&suite->cases[i]);
	free(suite->cases);
	text_free(&suite->output);
}

static void add_attribute(struct text *out, const char *name, const char *value)
{
	text_addf(out, " %s=\"", name);
	xml_add(out, value);
	text_add(out, "\"");
}

static void add_seconds(struct text *out, double seconds)
{
	text_addf(out, " time=\"%.6f\"", isfinite(seconds) ? seconds : 0.0);
}

static void add_moment(struct text *out, double begin)
{
	time_t seconds = begin > 0 ? (time_t)begin : time(NULL);
	struct tm utc;
	char moment[32];
	strftime(moment, sizeof moment, "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &utc));
	add_attribute(out, "timestamp", moment);
}

static void add_host(struct text *out)
{
	char name[256];
	if (gethostname(name, sizeof name) != 0 || !*name)
		strcpy(name, "localhost");
	name[sizeof name - 1] = '\0';
	add_attribute(out, "hostname", name);
}

static const char *const elements[] = {
	[JUNIT_FAILED] = "failure",
	[JUNIT_ERROR] = "error",
	[JUNIT_SKIPPED] = "skipped",
};

static void add_case(struct text *out, const char *suite, const struct junit_case *one)
{
	out->failed |= one->name.failed || one->message.failed;
	text_add(out, "  <testcase");
	add_attribute(out, "name", text_string(&one->name));
	add_attribute(out, "classname", suite);
	add_seconds(out, one->seconds);
	if (one->outcome == JUNIT_PASSED) {
		text_add(out, "/>\n");
		return;
	}
	text_addf(out, ">\n    <%s", elements[one->outcome]);
	if (one->message.length > 0)
		add_attribute(out, "message", text_string(&one->message));
	if (one->outcome != JUNIT_SKIPPED)
		add_attribute(out, "type", one->type);
	text_add(out, "/>\n  </testcase>\n");
}

static size_t count_of(const struct junit_suite *suite, enum junit_outcome outcome)
{
	size_t count = 0;
	for (size_t i = 0; i < suite->count; i++)
		count += suite->cases[i].outcome == outcome;
	return count;
}

static double seconds_of(const struct junit_suite *suite)
{
	double seconds = 0.0;
	for (size_t i = 0; i < suite->count; i++)
		seconds += isfinite(suite->cases[i].seconds) ? suite->cases[i].seconds : 0.0;
	return seconds;
}

/* A line at a time, so that lines stay. */
static void add_output(struct text *out, const char *output)
{
	while (*output) {
		struct text line = TEXT_INIT;
		size_t length = strcspn(output, "\n");
		text_add_bytes(&line, output, length);
		xml_add(out, text_string(&line));
		text_add(out, "\n");
		out->failed |= line.failed;
		text_free(&line);
		output += length + (output[length] == '\n');
	}
}

void report_junit(struct text *out, const struct junit_suite *suite)
{
	text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite");
	add_attribute(out, "name", suite->name);
	add_moment(out, suite->begin);
	add_host(out);
	text_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", suite->count,
	    count_of(suite, JUNIT_FAILED), count_of(suite, JUNIT_ERROR), count_of(suite, JUNIT_SKIPPED));
	add_seconds(out, seconds_of(suite));
	text_add(out, ">\n  <properties/>\n");
	for (size_t i = 0; i < suite->count; i++)
		add_case(out, suite->name, &suite->cases[i]);
	text_add(out, "  <system-out>");
	add_output(out, text_string(&suite->output));
	out->failed |= suite->output.failed;
	text_add(out, "</system-out>\n  <system-err/>\n</testsuite>\n");
}
