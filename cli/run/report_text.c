/* SPDX-License-Identifier: MIT */
/* The report for people. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/report.h"
#include "run/report_samples.h"
#include "run/rows.h"
#include "run/share.h"
#include "term.h"

static const struct run_result *only_run(const struct series *series)
{
	return &series->results[0];
}

/* ---- the first line ---- */

static void add_outcome(struct text *text, const struct series *series, const struct figures *figures)
{
	const struct run_result *run = only_run(series);
	struct text time = TEXT_INIT;
	if (series->count == 1) {
		row_add_time(&time, run->whole ? run->whole->duration_s : (double)NAN);
		int code = series_code(run->status);
		if (code > 128 && (run->status & 0x7f))
			text_addf(text, "ended by signal %d after %s", run->status & 0x7f, text_string(&time));
		else
			text_addf(text, "exit %d after %s", code, text_string(&time));
	} else {
		text_addf(text, "%zu runs", series->count);
		if (figures->failed > 0)
			text_addf(text, ", %zu failed", figures->failed);
	}
	if (series->count < series->options->runs)
		text_addf(text, " (of %llu that were asked for)", (unsigned long long)series->options->runs);
	text_free(&time);
}

static void add_command(struct text *text, char *const *command, bool color)
{
	enum { COLUMNS = 72 };
	struct text line = TEXT_INIT;
	for (size_t i = 0; command[i] && line.length < 4 * COLUMNS; i++) {
		text_add(&line, i > 0 ? " " : "");
		text_add_escaped(&line, command[i]);
	}
	char *string = strdup(text_string(&line));
	if (string)
		row_cut(string, COLUMNS);
	term_add_styled(text, color, TERM_BOLD, string ? string : "");
	free(string);
	text_free(&line);
}

/* ---- the table of one run ---- */

static void add_note(struct text *note, const char *begin, const char *word)
{
	if (note->length > 0)
		text_add(note, ", ");
	text_add(note, begin);
	text_add(note, word);
}

static const char *flag_words(unsigned flags)
{
	if (flags & JOULES_INVALID)
		return "no number can be given";
	if (flags & JOULES_PARTIAL)
		return "read only part of the time";
	return flags & JOULES_BELOW_TICK ? "shorter than two ticks" : NULL;
}

static const char *parent_in(const struct series *series, const joules_domain *domain)
{
	for (size_t i = 0; domain->parent && i < joules_meter_domain_count(series->meter); i++)
		if (strcmp(joules_meter_domain(series->meter, i)->name, domain->parent) == 0)
			return domain->parent;
	return NULL;
}

static void domain_row(struct rows *rows, const struct series *series, size_t index, unsigned depth)
{
	const joules_domain *domain = joules_meter_domain(series->meter, index);
	const joules_sample *whole = only_run(series)->whole;
	struct row *row = rows_add(rows, domain->name, depth, &whole->energy[index], whole->duration_s);
	if (!row)
		return;
	row->estimated = domain->source == JOULES_ESTIMATED;
	add_note(&row->note, "", joules_source_name(domain->source));
	if (domain->scope && strcmp(domain->scope, "gpu") != 0)
		text_addf(&row->note, " (%s)", domain->scope);
	if (parent_in(series, domain))
		add_note(&row->note, "part of ", domain->parent);
	else if (!domain->in_total)
		add_note(&row->note, "", "not in the total");
	if (flag_words(whole->energy[index].flags))
		add_note(&row->note, "", flag_words(whole->energy[index].flags));
}

/* Parts stand below their whole. */
static void each_domain(const struct series *series, const char *parent, unsigned depth,
    void (*visit)(void *context, size_t index, unsigned depth), void *context)
{
	for (size_t i = 0; i < joules_meter_domain_count(series->meter); i++) {
		const joules_domain *domain = joules_meter_domain(series->meter, i);
		const char *mine = parent_in(series, domain);
		bool is_here = mine && parent ? strcmp(mine, parent) == 0 : mine == parent;
		if (!is_here)
			continue;
		visit(context, i, depth);
		if (depth < 8)
			each_domain(series, domain->name, depth + 1, visit, context);
	}
}

struct table {
	const struct series *series;
	const struct figures *figures;
	struct rows *rows;
	struct spreads *spreads;
};

static void visit_domain(void *context, size_t index, unsigned depth)
{
	struct table *table = context;
	domain_row(table->rows, table->series, index, depth);
}

/* "total", "total (without package_1)". */
static void name_total(const struct series *series, char *name, size_t size)
{
	const char *missing[3];
	size_t most = sizeof missing / sizeof *missing;
	size_t count = only_run(series)->whole ? joules_sample_missing(only_run(series)->whole, missing, most) : 0;
	struct text text = TEXT_INIT;
	text_add(&text, "total");
	for (size_t i = 0; i < count && i < most; i++)
		text_addf(&text, "%s%s", i == 0 ? " (without " : ", ", missing[i]);
	if (count > most)
		text_addf(&text, " and %zu more", count - most);
	text_add(&text, count > 0 ? ")" : "");
	snprintf(name, size, "%s", text_string(&text));
	text_free(&text);
}

static void total_row(struct rows *rows, const struct series *series)
{
	const struct run_result *run = only_run(series);
	char name[160];
	name_total(series, name, sizeof name);
	if (joules_meter_domain_count(series->meter) < 2 && !strchr(name, '('))
		return; /* the one row says it */
	struct row *row = rows_add(rows, name, 0, &run->total, run->whole->duration_s);
	if (!row)
		return;
	row->total = true;
	row->estimated = run->total_source == JOULES_ESTIMATED;
	if (row->estimated)
		add_note(&row->note, "", "estimated");
}

static void above_row(struct rows *rows, const struct series *series)
{
	if (!series->idle)
		return;
	joules_energy above = figures_above_idle(series, FIGURES_TOTAL), idle = figures_idle_watts(series, FIGURES_TOTAL);
	struct row *row = rows_add(rows, "above idle", 0, &above, only_run(series)->whole->duration_s);
	if (row && !isnan(idle.joules))
		text_addf(&row->note, "the idle machine: %.2f W", idle.joules);
}

static void add_one_run(struct text *text, const struct series *series, bool color)
{
	struct rows rows = ROWS_INIT;
	struct table table = { .series = series, .rows = &rows };
	each_domain(series, NULL, 0, visit_domain, &table);
	total_row(&rows, series);
	above_row(&rows, series);
	rows_print(&rows, text, color);
	rows_free(&rows);
	report_samples(text, only_run(series)->trace, color);
}

/* ---- the table of several runs ---- */

static void visit_spread(void *context, size_t index, unsigned depth)
{
	struct table *table = context;
	const joules_domain *domain = joules_meter_domain(table->series->meter, index);
	struct spread *spread = spreads_add(table->spreads, domain->name, depth, "J", &table->figures->domains[index]);
	if (spread)
		spread->estimated = domain->source == JOULES_ESTIMATED;
}

static void add_runs(struct text *text, const struct series *series, const struct figures *figures, bool color)
{
	struct spreads spreads = SPREADS_INIT;
	struct table table = { .series = series, .figures = figures, .spreads = &spreads };
	char name[160];
	spreads_add(&spreads, "time", 0, "s", &figures->duration);
	each_domain(series, NULL, 0, visit_spread, &table);
	name_total(series, name, sizeof name);
	if (joules_meter_domain_count(series->meter) > 1 || strchr(name, '(')) {
		struct spread *total = spreads_add(&spreads, name, 0, "J", &figures->total);
		if (total) {
			total->total = true;
			total->estimated = only_run(series)->total_source == JOULES_ESTIMATED;
			total->at_least = isnan(figures_mean(series, FIGURES_TOTAL).high);
		}
	}
	spreads_print(&spreads, text, color);
	spreads_free(&spreads);
	if (!series->idle)
		return;
	joules_energy above = figures_above_idle(series, FIGURES_TOTAL), idle = figures_idle_watts(series, FIGURES_TOTAL);
	text_add(text, "\n  above idle    ");
	row_add_energy(text, &above);
	text_addf(text, " a run; the idle machine: %.2f W\n", idle.joules);
}

/* ---- what stands below ---- */

static void add_attributed(struct text *text, const struct series *series)
{
	double cpu = 0.0;
	joules_energy energy = figures_attributed(series, &cpu);
	if (isnan(energy.joules))
		return;
	text_add(text, "  this command  about ");
	row_add_rough(text, energy.joules);
	text_add(text, " J (");
	row_add_rough(text, energy.low);
	text_add(text, " … ");
	if (isnan(energy.high))
		text_add(text, "?");
	else
		row_add_rough(text, energy.high);
	text_addf(text, " J%s): %.0f %% of the busy CPU time\n", series->count > 1 ? " a run" : "", 100.0 * cpu);
}

static void add_outliers(struct text *text, const char *what, const joules_statistics *statistics, bool color)
{
	if (statistics->outliers == 0)
		return;
	struct text line = TEXT_INIT;
	text_addf(&line, "%zu of %zu runs %s far from the others in %s: ", statistics->outliers, statistics->count,
	    statistics->outliers == 1 ? "is" : "are", what);
	text_add(&line,
	    statistics->first_outlier && statistics->outliers == 1
	        ? "the first one, so caches were cold (try --warmup 2)"
	        : "something else was at work here; close it and measure again");
	text_add(text, "  ");
	term_add_styled(text, color, TERM_WARN, text_string(&line));
	text_add(text, "\n");
	text_free(&line);
}

static bool has_bounds(const struct series *series)
{
	joules_energy mean = figures_mean(series, FIGURES_TOTAL);
	return !isnan(figures_half(&mean));
}

static void add_last_line(struct text *text, const struct series *series, bool color)
{
	bool estimated = only_run(series)->total_source == JOULES_ESTIMATED;
	struct text line = TEXT_INIT;
	if (series->count > 1) {
		joules_energy mean = figures_mean(series, FIGURES_TOTAL);
		text_add(&line, "± is σ, the spread of the runs");
		if (has_bounds(series)) {
			text_add(&line, estimated ? "; the band of the estimate is ± " : "; the counters resolve each to ± ");
			row_add_rough(&line, figures_half(&mean));
			text_add(&line, " J");
		}
		text_add(&line, estimated ? ", likely and not certain" : ", their calibration is not included (joules doctor)");
	} else if (estimated) {
		text_add(
		    &line, "± is the band of the estimate: likely, and not certain (joules doctor says how to measure here)");
	} else {
		text_add(&line, "± is what the counters resolve; their calibration is not included (joules doctor)");
	}
	text_add(text, "  ");
	term_add_styled(text, color, TERM_DIM, text_string(&line));
	text_add(text, "\n");
	text_free(&line);
}

void report_text(struct text *text, const struct series *series, const struct figures *figures, bool color)
{
	add_command(text, series->options->command, color);
	text_add(text, ": ");
	add_outcome(text, series, figures);
	text_add(text, "\n");
	if (series->count == 0 || !only_run(series)->whole)
		return;
	text_add(text, "\n");
	if (series->count == 1)
		add_one_run(text, series, color);
	else
		add_runs(text, series, figures, color);
	text_add(text, "\n");
	add_attributed(text, series);
	if (series->count > 1) {
		add_outliers(text, "time", &figures->duration, color);
		add_outliers(text, "energy", &figures->total, color);
	}
	add_last_line(text, series, color);
}
