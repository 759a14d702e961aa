/* SPDX-License-Identifier: MIT */
#include "compare/from.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cli.h"
#include "compare/earlier.h"
#include "compare/findings.h"
#include "compare/report_json.h"
#include "compare/report_text.h"
#include "compare/summary.h"
#include "layout.h"
#include "measure/notes.h"
#include "measure/parts_json.h"
#include "measure/reports.h"

static const char sessions_differ[] = "these runs were not measured in turns. Sessions differ by themselves, so a "
                                      "difference may come from the day and not from the "
                                      "command's";

/* All that is compared. */
struct shelf {
	const struct arguments *arguments;
	struct earlier *list;
	size_t count;
	struct findings findings;
	struct notes notes;
};

/* ---- are they of the same kind? ---- */

static bool agree(const struct shelf *shelf, size_t other, const char *what, const char *a, const char *b)
{
	if (shelf->arguments->any || strcmp(a ? a : "", b ? b : "") == 0)
		return true;
	cli_error("compare", 0, "%s and %s do not have the same %s (%s; %s); --any compares them anyway",
	    shelf->list[0].argument, shelf->list[other].argument, what, a ? a : "not known", b ? b : "not known");
	return false;
}

static bool are_alike(const struct shelf *shelf)
{
	const struct earlier *first = &shelf->list[0];
	for (size_t i = 1; i < shelf->count; i++) {
		const struct earlier *other = &shelf->list[i];
		bool has_cpu = !first->is_kept && !other->is_kept;
		if (!(has_cpu ? agree(shelf, i, "processor", first->cpu, other->cpu)
		              : agree(shelf, i, "host", first->host, other->host)) ||
		    !agree(shelf, i, "source", first->source, other->source) ||
		    !agree(shelf, i, "domains", text_string(&first->domains), text_string(&other->domains)))
			return false;
	}
	return true;
}

/* The test takes them for independent. */
static bool share_no_run(const struct earlier *a, const struct earlier *b)
{
	for (size_t i = 0; a->is_kept && b->is_kept && i < json_count(a->runs); i++) {
		const char *uuid = json_text(json_member(json_item(a->runs, i), "uuid"));
		for (size_t j = 0; j < json_count(b->runs); j++) {
			if (strcmp(uuid, json_text(json_member(json_item(b->runs, j), "uuid"))) != 0)
				continue;
			cli_error("compare", 0, "%s and %s both choose run %.0f: choose each run once", a->argument, b->argument,
			    json_real(json_member(json_item(a->runs, i), "id")));
			return false;
		}
	}
	return true;
}

static bool are_apart(const struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->count; i++)
		for (size_t j = i + 1; j < shelf->count; j++)
			if (!share_no_run(&shelf->list[i], &shelf->list[j]))
				return false;
	return true;
}

/* ---- comparing ---- */

static double mean_time(const void *context, size_t command)
{
	const struct shelf *shelf = context;
	const struct earlier *earlier = &shelf->list[command];
	size_t count = earlier_values(earlier, "time", NULL);
	struct bounded *values = calloc(count + 1, sizeof *values);
	double sum = 0.0;
	if (values)
		(void)earlier_values(earlier, "time", values);
	for (size_t i = 0; values && i < count; i++)
		sum += values[i].value;
	free(values);
	return sum / (double)count;
}

static bool take_lists(const void *context, const struct finding *finding, struct pairs *pairs)
{
	const struct shelf *shelf = context;
	const struct earlier *reference = &shelf->list[finding->reference], *command = &shelf->list[finding->command];
	size_t n_a = earlier_values(reference, finding->metric.name, NULL);
	size_t n_b = earlier_values(command, finding->metric.name, NULL);
	struct bounded *values = calloc(n_a + n_b + 1, sizeof *values);
	*pairs = (struct pairs){ values, values + n_a, n_b, .reference_count = n_a };
	if (!values)
		return false;
	(void)earlier_values(reference, finding->metric.name, values);
	(void)earlier_values(command, finding->metric.name, values + n_a);
	return true;
}

static bool compare_all_stored(struct shelf *shelf)
{
	const struct measurements from = { shelf, take_lists, mean_time };
	const struct metric decides = metric_named(shelf->arguments->metric);
	const char *source = shelf->list[shelf->arguments->reference].source;
	shelf->findings = (struct findings){ .stored = true };
	shelf->findings.basis.estimated = source && strcmp(source, joules_source_name(JOULES_ESTIMATED)) == 0;
	return comparisons_make(&shelf->findings, &from, shelf->count, shelf->arguments->reference, &decides, ALPHA_ONCE);
}

/* ---- reports ---- */

static void add_json(struct text *out, const struct shelf *shelf)
{
	json_begin_object(out, NULL);
	json_string(out, "format", "joules.compare.1");
	json_string(out, "version", joules_version());
	json_null(out, "seed");
	json_null(out, "rounds");
	json_string(out, "metric", shelf->arguments->metric);
	json_again(out, "host", json_member(&shelf->list[0].report, "host"));
	json_begin_array(out, "commands");
	for (size_t i = 0; i < shelf->count; i++) {
		const struct earlier *earlier = &shelf->list[i];
		json_begin_object(out, NULL);
		json_string(out, "command", text_string(&earlier->command));
		json_begin_object(out, "parameters");
		json_end_object(out);
		json_again(out, "runs", earlier->runs);
		earlier_summary(out, earlier);
		json_end_object(out);
	}
	json_end_array(out);
	json_begin_array(out, "comparisons");
	for (size_t i = 0; i < shelf->findings.count; i++)
		compare_finding_json(out, &shelf->findings, &shelf->findings.list[i]);
	json_end_array(out);
	json_warnings(out, &shelf->notes);
	json_end_object(out);
	text_add(out, "\n");
}

static void add_text(struct text *out, const struct shelf *shelf, const struct page *page)
{
	const struct findings *findings = &shelf->findings;
	for (size_t i = 0; i < shelf->count; i++) {
		struct text line = TEXT_INIT;
		text_addf(&line, "%s: %zu runs of %s", shelf->list[i].argument, earlier_values(&shelf->list[i], "total", NULL),
		    text_string(&shelf->list[i].command));
		text_addf(out, "  %zu  ", i + 1);
		layout_wrap(out, text_string(&line), 5, page->width);
		out->failed |= line.failed;
		text_free(&line);
	}
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->list[i];
		if (i % findings->metrics == 0)
			compare_against(
			    out, finding, shelf->list[finding->command].argument, shelf->list[finding->reference].argument, page);
		compare_row(out, findings, finding, page);
	}
}

static bool compose(struct text *out, enum report_format format, const struct page *page, void *context)
{
	if (format == REPORT_JSON)
		add_json(out, context);
	else
		add_text(out, context, page);
	return !out->failed;
}

static int report(struct shelf *shelf)
{
	const struct plan *plan = &shelf->arguments->plan;
	struct reports reports = REPORTS_NONE;
	int status = EXIT_UNABLE;
	if (reports_open(&reports, plan, STDOUT_FILENO)) {
		reports_write(&reports, compose, shelf, &shelf->notes);
		status = comparisons_status(&shelf->findings, shelf->arguments->fail_if);
	}
	reports_close(&reports);
	shelf->notes.quiet = plan->quiet;
	notes_print(&shelf->notes);
	return status;
}

/* ---- all ---- */

static void note_left_out(struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->count; i++) {
		size_t runs = json_count(shelf->list[i].runs), used = earlier_values(&shelf->list[i], "total", NULL);
		if (used < runs)
			notes_add(&shelf->notes, "%s: %zu of %zu runs are left out, because they failed or have no total",
			    shelf->list[i].argument, runs - used, runs);
	}
	notes_add(&shelf->notes, "%s", sessions_differ);
}

static bool has_metric(const struct shelf *shelf)
{
	const char *name = shelf->arguments->metric;
	for (size_t i = 0; i < shelf->count; i++) {
		if (earlier_values(&shelf->list[i], name, NULL) > 0)
			continue;
		cli_error("compare", 0, "--metric %s: no run in %s has it", name, shelf->list[i].argument);
		return false;
	}
	return true;
}

static int compare_shelf(struct shelf *shelf)
{
	const struct arguments *arguments = shelf->arguments;
	for (; shelf->count < arguments->stored_count; shelf->count++) {
		int status = earlier_read(&shelf->list[shelf->count], arguments->stored[shelf->count], arguments->any);
		if (status != EXIT_DONE)
			return status;
	}
	if (!are_alike(shelf) || !are_apart(shelf) || !has_metric(shelf))
		return EXIT_UNABLE;
	note_left_out(shelf);
	return compare_all_stored(shelf) ? report(shelf) : cli_error("compare", EXIT_UNABLE, "out of memory");
}

int compare_stored(const struct arguments *arguments)
{
	struct shelf shelf = { .arguments = arguments };
	shelf.list = calloc(arguments->stored_count, sizeof *shelf.list);
	int status = shelf.list ? compare_shelf(&shelf) : cli_error("compare", EXIT_UNABLE, "out of memory");
	for (size_t i = 0; shelf.list && i < arguments->stored_count; i++)
		earlier_free(&shelf.list[i]);
	free(shelf.list);
	comparisons_free(&shelf.findings);
	notes_free(&shelf.notes);
	return status;
}
