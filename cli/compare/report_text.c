/* SPDX-License-Identifier: MIT */
#include "compare/report_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "markup.h"
#include "measure/figures.h"

enum {
	INDENT = 6,
	NUMBER = 11,
	UNIT = 2,
	QUANTITY = NUMBER + 1 + UNIT,
	ROW = 4,
	VERDICT = 46,
	LEAST_VERDICT = 30,
	LEAST_NAME = 10
};

/* ---- numbers ---- */

/* Four digits, without an exponent. */
static void add_number(struct text *out, double value)
{
	double magnitude = fabs(value) > 0 ? floor(log10(fabs(value))) : 0;
	int decimals = magnitude < 3 ? 3 - (int)magnitude : 0;
	text_addf(out, "%.*f", decimals < 9 ? decimals : 9, value);
}

static void add_percent(struct text *out, double part)
{
	double percent = 100 * part;
	if (percent < 0.005)
		text_add(out, "less than 0.01 %");
	else
		text_addf(out, percent < 0.095 ? "%.2f %%" : percent < 9.95 ? "%.1f %%" : "%.0f %%", percent);
}

/* ---- commands ---- */

/* As much as fits into so many columns. */
static void add_name(struct text *out, const char *name, size_t columns)
{
	struct text plain = TEXT_INIT;
	text_add_escaped(&plain, name);
	if (plain.length > 0)
		layout_cut(plain.bytes, columns > LEAST_NAME ? columns : LEAST_NAME);
	text_add(out, text_string(&plain));
	out->failed |= plain.failed;
	text_free(&plain);
}

static double mean_of(const struct findings *findings, const struct results *results, const struct metric *metric)
{
	double sum = 0.0;
	size_t count = 0;
	for (size_t i = 0; i < results->count; i++) {
		double value = metric_of(&findings->basis, metric, &results->runs[i]).value;
		if (isnan(value) || !findings->basis.is_whole[results->runs[i].round])
			continue;
		sum += value;
		count++;
	}
	return sum / (double)count;
}

/* Of each command. */
static const struct column {
	const char *name;
	struct metric metric;
	struct time_unit unit; /* of times the value chooses it */
} columns[] = { { "energy", { METRIC_TOTAL, "total", 0 }, { 1, "J" } },
	{ "time", { METRIC_TIME, "time", 0 }, { 1, "s" } }, { "power", { METRIC_POWER, "power", 0 }, { 1, "W" } } };
enum { COLUMNS = sizeof columns / sizeof *columns };

/* The mean of a column, right-aligned to `width` (0: as wide as it is), and its unit. */
static void add_quantity(struct text *out, const struct findings *findings, const struct results *results,
    const struct column *column, size_t width)
{
	double value = mean_of(findings, results, &column->metric);
	const struct time_unit *unit = column->metric.kind == METRIC_TIME ? layout_time_unit(value) : &column->unit;
	struct text cell = TEXT_INIT;
	if (isnan(value))
		text_add(&cell, "n/a");
	else
		add_number(&cell, value / unit->seconds);
	term_add_right(out, text_string(&cell), width);
	text_add(out, isnan(value) ? "" : " ");
	term_add_left(out, isnan(value) ? "" : unit->name, width > 0 ? UNIT : 0);
	out->failed |= cell.failed;
	text_free(&cell);
}

static void add_command(struct text *out, const struct session *session, const struct findings *findings,
    size_t command, size_t names, bool color)
{
	struct text name = TEXT_INIT;
	text_addf(out, "  %2zu  ", command + 1);
	add_name(&name, session->plan->commands[command].name, names);
	size_t used = term_columns(text_string(&name));
	term_add_styled(out, color, TERM_BOLD, text_string(&name));
	layout_blanks(out, used < names ? names - used : 0);
	for (size_t i = 0; i < COLUMNS; i++)
		add_quantity(out, findings, &session->results[command], &columns[i], NUMBER);
	layout_end_line(out);
	out->failed |= name.failed;
	text_free(&name);
}

static void add_head(struct text *out, size_t names, bool color)
{
	struct text head = TEXT_INIT;
	term_add_left(&head, "mean", names);
	for (size_t i = 0; i < COLUMNS; i++) {
		term_add_right(&head, columns[i].name, NUMBER + 2);
		layout_blanks(&head, i + 1 < COLUMNS ? QUANTITY - NUMBER - 2 : 0);
	}
	layout_blanks(out, INDENT);
	term_add_styled(out, color, TERM_DIM, text_string(&head));
	text_add(out, "\n");
	out->failed |= head.failed;
	text_free(&head);
}

/* As wide as the longest name, as far as there is room beside the numbers. */
static void add_commands(
    struct text *out, const struct session *session, const struct findings *findings, const struct page *page)
{
	size_t taken = INDENT + COLUMNS * QUANTITY, room = page->width > taken ? page->width - taken : 0, widest = 0;
	for (size_t i = 0; i < session->plan->command_count; i++) {
		struct text name = TEXT_INIT;
		text_add_escaped(&name, session->plan->commands[i].name);
		size_t width = term_columns(text_string(&name));
		widest = width > widest ? width : widest;
		text_free(&name);
	}
	size_t names = widest < room ? widest : room;
	names = names > LEAST_NAME ? names : LEAST_NAME;
	add_head(out, names, page->color);
	for (size_t i = 0; i < session->plan->command_count; i++)
		add_command(out, session, findings, i, names, page->color);
}

/* ---- findings ---- */

static const char *words_of(const struct metric *metric)
{
	return metric->kind == METRIC_TOTAL ? "energy" : metric->kind == METRIC_ABOVE_IDLE ? "above idle" : metric->name;
}

/* Two digits of half the interval; without one four digits of the estimate. */
static int decimals_of(const struct finding *finding)
{
	const struct comparison *comparison = &finding->comparison;
	double half = (comparison->high - comparison->low) / 2, digit = half > 0 ? half : fabs(comparison->estimate) / 100;
	int least = finding->metric.kind == METRIC_ABOVE_IDLE ? 0 : 2;
	double decimals = digit > 0 ? 1 - floor(log10(digit)) : 3;
	return decimals < least ? least : decimals > 6 ? 6 : (int)decimals;
}

static void add_coarse(struct text *out, const struct finding *finding)
{
	const struct comparison *comparison = &finding->comparison;
	text_add(out, "too coarse: ");
	if (isnan(comparison->longer)) {
		text_add(out, "a run of 0 J is too short for the counters, so make the runs longer");
		return;
	}
	text_add(out, "the counters' steps are larger than this difference; a run would have to last about ");
	layout_time(out, finding->seconds * comparison->longer);
}

static void add_too_few(struct text *out, const struct findings *findings, const struct finding *finding)
{
	if (findings->stored) {
		text_add(out, "too few runs for a verdict");
		return;
	}
	text_addf(out, "%zu round%s: too few, a verdict needs %zu", finding->comparison.rounds,
	    finding->comparison.rounds == 1 ? "" : "s",
	    rounds_needed(findings->count / findings->metrics, findings->alpha));
}

static void add_none(struct text *out, const struct finding *finding)
{
	text_add(out, "no difference found; one of ");
	if (finding->metric.kind == METRIC_ABOVE_IDLE) {
		text_addf(out, "%.*f J", decimals_of(finding), finding->comparison.detectable);
	} else {
		add_percent(out, finding->comparison.detectable);
	}
	text_add(out, " would most likely have been found");
}

static void add_verdict(struct text *out, const struct findings *findings, const struct finding *finding)
{
	switch (finding->comparison.verdict) {
	case VERDICT_LESS:
		text_add(out, "less");
		break;
	case VERDICT_MORE:
		text_add(out, "more");
		break;
	case VERDICT_COARSE:
		add_coarse(out, finding);
		break;
	case VERDICT_TOO_FEW:
		add_too_few(out, findings, finding);
		break;
	case VERDICT_NONE:
	default:
		add_none(out, finding);
		break;
	}
}

/* "× 0.959   0.941 … 0.977", or in joules. */
static void add_figures(struct text *out, const struct finding *finding)
{
	const struct comparison *comparison = &finding->comparison;
	bool is_difference = finding->metric.kind == METRIC_ABOVE_IDLE;
	int decimals = decimals_of(finding);
	struct text cell = TEXT_INIT;
	if (!isnan(comparison->estimate))
		text_addf(&cell, is_difference ? "%.*f J" : "× %.*f", decimals, comparison->estimate);
	term_add_left(out, text_string(&cell), 12);
	if (!isnan(comparison->low))
		text_addf(out, "%.*f … %.*f", decimals, comparison->low, decimals, comparison->high);
	out->failed |= cell.failed;
	text_free(&cell);
}

/* What is no finding stays plain. */
static const enum term_style *style_of(enum verdict verdict)
{
	static const enum term_style styles[] = { [VERDICT_LESS] = TERM_GOOD, [VERDICT_MORE] = TERM_BAD };
	return verdict == VERDICT_LESS || verdict == VERDICT_MORE ? &styles[verdict] : NULL;
}

/* In a column of its own, or below the figures where that is too narrow. Where it begins. */
static size_t begin_verdict(struct text *out, const char *verdict, const struct page *page)
{
	size_t used = term_column(out), indent = used + 2 > VERDICT ? used + 2 : VERDICT;
	if (indent + LEAST_VERDICT > page->width && indent + term_columns(verdict) >= page->width) {
		text_add(out, "\n");
		used = 0;
		indent = ROW + 2;
	}
	layout_blanks(out, indent - used);
	return indent;
}

void compare_row(
    struct text *out, const struct findings *findings, const struct finding *finding, const struct page *page)
{
	bool estimated = findings->basis.estimated && finding->metric.kind != METRIC_TIME;
	const enum term_style *style = style_of(finding->comparison.verdict);
	struct text verdict = TEXT_INIT;
	layout_blanks(out, ROW);
	term_add_left(out, words_of(&finding->metric), 11);
	add_figures(out, finding);
	if (finding->comparison.verdict == VERDICT_TOO_FEW)
		text_add(&verdict, findings->stored ? "too few runs" : "too few rounds"); /* the last line says how many */
	else
		add_verdict(&verdict, findings, finding);
	text_add(&verdict, estimated ? " (of estimates)" : "");
	size_t indent = begin_verdict(out, text_string(&verdict), page);
	if (style)
		layout_styled(out, text_string(&verdict), indent, page, *style);
	else
		layout_wrap(out, text_string(&verdict), indent, page->width);
	out->failed |= verdict.failed;
	text_free(&verdict);
}

void compare_against(struct text *out, const struct finding *finding, const char *command, const char *reference,
    const struct page *page)
{
	enum { BETWEEN = sizeof "  12  " + sizeof "  against  12  " };
	size_t names = page->width > BETWEEN ? (page->width - BETWEEN) / 2 : 0;
	text_addf(out, "\n  %zu  ", finding->command + 1);
	add_name(out, command, names);
	text_addf(out, "  against  %zu  ", finding->reference + 1);
	add_name(out, reference, names);
	text_add(out, "\n");
}

static void add_last_line(struct text *out, const struct findings *findings, const struct page *page)
{
	struct text line = TEXT_INIT;
	size_t too_few = 0;
	for (size_t i = 0; i < findings->count; i++)
		too_few += findings->list[i].comparison.verdict == VERDICT_TOO_FEW;
	if (too_few < findings->count)
		text_addf(&line,
		    "× is the ratio to the other; the interval contains the true ratio in %.4g of 100 such comparisons",
		    100 * (1 - findings->alpha));
	if (too_few > 0)
		text_addf(&line, "%sa verdict needs %zu rounds", line.length > 0 ? "; " : "",
		    rounds_needed(findings->count / findings->metrics, findings->alpha));
	text_add(out, "\n");
	layout_paragraph(out, text_string(&line), 2, page, TERM_DIM);
	out->failed |= line.failed;
	text_free(&line);
}

void compare_sentence(struct text *out, const struct findings *findings, const struct finding *finding)
{
	const struct comparison *comparison = &finding->comparison;
	int decimals = decimals_of(finding);
	if (!isnan(comparison->estimate))
		text_addf(out, "%.*f%s", decimals, comparison->estimate,
		    finding->metric.kind == METRIC_ABOVE_IDLE ? " J" : " times the other's");
	if (!isnan(comparison->low))
		text_addf(out, " (%.*f … %.*f)", decimals, comparison->low, decimals, comparison->high);
	text_add(out, out->length > 0 ? ": " : "");
	add_verdict(out, findings, finding);
}

/* ---- in Markdown ---- */

static void markdown_command(
    struct text *out, const struct session *session, const struct findings *findings, size_t command)
{
	text_addf(out, "| %zu | ", command + 1);
	markdown_add_code(out, session->plan->commands[command].name);
	for (size_t i = 0; i < COLUMNS; i++) {
		text_add(out, " | ");
		add_quantity(out, findings, &session->results[command], &columns[i], 0);
	}
	text_add(out, " |\n");
}

static void markdown_finding(struct text *out, const struct findings *findings, const struct finding *finding)
{
	struct text sentence = TEXT_INIT;
	bool estimated = findings->basis.estimated && finding->metric.kind != METRIC_TIME;
	compare_sentence(&sentence, findings, finding);
	text_addf(out, "| %zu against %zu | ", finding->command + 1, finding->reference + 1);
	markdown_add(out, words_of(&finding->metric));
	text_add(out, " | ");
	markdown_add(out, text_string(&sentence));
	text_add(out, estimated ? " (of estimates) |\n" : " |\n");
	out->failed |= sentence.failed;
	text_free(&sentence);
}

static void markdown(struct text *out, const struct session *session, const struct findings *findings)
{
	text_add(out, "|  | command | mean energy | time | power |\n|---:|---|---:|---:|---:|\n");
	for (size_t i = 0; i < session->plan->command_count; i++)
		markdown_command(out, session, findings, i);
	text_add(out, "\n|  |  |  |\n|---|---|---|\n");
	for (size_t i = 0; i < findings->count; i++)
		markdown_finding(out, findings, &findings->list[i]);
}

bool compare_text(struct text *out, const struct arguments *arguments, const struct session *session,
    const struct findings *findings, const struct page *page)
{
	size_t commands = session->plan->command_count;
	if (findings->basis.rounds == 0) {
		text_addf(out, "%zu commands, but no round was measured\n", commands);
		return !out->failed;
	}
	text_addf(out, "%zu commands, %zu round%s, in random order (seed %llu)\n\n", commands, findings->basis.rounds,
	    findings->basis.rounds == 1 ? "" : "s", (unsigned long long)arguments->seed);
	if (page->markdown) {
		markdown(out, session, findings);
		return !out->failed;
	}
	add_commands(out, session, findings, page);
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->list[i];
		if (i % findings->metrics == 0)
			compare_against(out, finding, session->plan->commands[finding->command].name,
			    session->plan->commands[finding->reference].name, page);
		compare_row(out, findings, finding, page);
	}
	add_last_line(out, findings, page);
	return !out->failed;
}
