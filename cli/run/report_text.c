/* SPDX-License-Identifier: MIT */
#include "run/report_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/report_samples.h"
#include "run/rows.h"
#include "term.h"

static const struct run_result *only_run(const struct results *results)
{
	return &results->runs[0];
}

/* ---- the first line ---- */

static void add_outcome(struct text *text, const struct results *results, const struct figures *figures, uint64_t runs)
{
	const struct run_result *run = only_run(results);
	struct text time = TEXT_INIT;
	if (results->count == 1) {
		row_add_time(&time, run->whole ? run->whole->duration_s : (double)NAN);
		int code = exit_code(run->status);
		if (code > 128 && (run->status & 0x7f))
			text_addf(text, "ended by signal %d after %s", run->status & 0x7f, text_string(&time));
		else
			text_addf(text, "exit %d after %s", code, text_string(&time));
	} else {
		text_addf(text, "%zu runs", results->count);
		if (figures->failed > 0)
			text_addf(text, ", %zu failed", figures->failed);
	}
	if (results->count < runs)
		text_addf(text, " (of %llu that were asked for)", (unsigned long long)runs);
	text_free(&time);
}

static void add_command(struct text *text, char *const *command, bool color)
{
	enum { COLUMNS = 72, MOST = 4 * COLUMNS };
	struct text line = TEXT_INIT;
	for (size_t i = 0; command[i] && line.length < MOST; i++) {
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

static const char *parent_in(const struct results *results, const joules_domain *domain)
{
	for (size_t i = 0; domain->parent && i < results->domain_count; i++)
		if (strcmp(results->domains[i]->name, domain->parent) == 0)
			return domain->parent;
	return NULL;
}

static void domain_row(struct rows *rows, const struct results *results, size_t index, unsigned depth)
{
	const joules_domain *domain = results->domains[index];
	const joules_sample *whole = only_run(results)->whole;
	struct row *row = rows_add(rows, domain->name, depth, joules_sample_energy(whole, index), whole->duration_s);
	if (!row)
		return;
	row->estimated = domain->source == JOULES_ESTIMATED;
	add_note(&row->note, "", joules_source_name(domain->source));
	if (domain->scope && domain->covers != JOULES_COVERS_GPU)
		text_addf(&row->note, " (%s)", domain->scope);
	if (parent_in(results, domain))
		add_note(&row->note, "part of ", domain->parent);
	else if (!domain->in_total)
		add_note(&row->note, "", "not in the total");
	if (flag_words(joules_sample_energy(whole, index)->flags))
		add_note(&row->note, "", flag_words(joules_sample_energy(whole, index)->flags));
}

/* Parts stand below their whole. */
static void each_domain(const struct results *results, const char *parent, unsigned depth,
    void (*visit)(void *context, size_t index, unsigned depth), void *context)
{
	for (size_t i = 0; i < results->domain_count; i++) {
		const joules_domain *domain = results->domains[i];
		const char *mine = parent_in(results, domain);
		bool is_here = mine && parent ? strcmp(mine, parent) == 0 : mine == parent;
		if (!is_here)
			continue;
		visit(context, i, depth);
		if (depth < 8)
			each_domain(results, domain->name, depth + 1, visit, context);
	}
}

struct table {
	const struct results *results;
	const struct figures *figures;
	struct rows *rows;
	struct spreads *spreads;
};

static void visit_domain(void *context, size_t index, unsigned depth)
{
	struct table *table = context;
	domain_row(table->rows, table->results, index, depth);
}

/* "total", "total (without package_1)". False where the one row of the table says it all: the total is that domain. */
static bool name_total(const struct results *results, char *name, size_t size)
{
	const char *missing[3];
	size_t most = sizeof missing / sizeof *missing;
	size_t count = only_run(results)->whole ? joules_sample_missing(only_run(results)->whole, missing, most) : 0;
	struct text text = TEXT_INIT;
	text_add(&text, "total");
	for (size_t i = 0; i < count && i < most; i++)
		text_addf(&text, "%s%s", i == 0 ? " (without " : ", ", missing[i]);
	if (count > most)
		text_addf(&text, " and %zu more", count - most);
	text_add(&text, count > 0 ? ")" : "");
	snprintf(name, size, "%s", text_string(&text));
	text_free(&text);
	return results->domain_count > 1 || count > 0;
}

static void total_row(struct rows *rows, const struct results *results)
{
	const struct run_result *run = only_run(results);
	char name[160];
	if (!name_total(results, name, sizeof name))
		return;
	struct row *row = rows_add(rows, name, 0, &run->total, run->whole->duration_s);
	if (!row)
		return;
	row->total = true;
	row->estimated = run->total_source == JOULES_ESTIMATED;
	if (row->estimated)
		add_note(&row->note, "", "estimated");
}

static void above_row(struct rows *rows, const struct results *results)
{
	if (!results->idle)
		return;
	joules_energy above = figures_above_idle(results, FIGURES_TOTAL), idle = figures_idle_watts(results, FIGURES_TOTAL);
	struct row *row = rows_add(rows, "above idle", 0, &above, only_run(results)->whole->duration_s);
	if (row && !isnan(idle.joules))
		text_addf(&row->note, "the idle machine: %.2f W", idle.joules);
}

static void add_one_run(struct text *text, const struct results *results, bool color)
{
	struct rows rows = ROWS_INIT;
	struct table table = { .results = results, .rows = &rows };
	each_domain(results, NULL, 0, visit_domain, &table);
	total_row(&rows, results);
	above_row(&rows, results);
	rows_print(&rows, text, color);
	rows_free(&rows);
	report_samples(text, only_run(results)->trace, color);
}

/* ---- the table of several runs ---- */

static void visit_spread(void *context, size_t index, unsigned depth)
{
	struct table *table = context;
	const joules_domain *domain = table->results->domains[index];
	struct spread *spread = spreads_add(table->spreads, domain->name, depth, "J", &table->figures->domains[index]);
	if (spread)
		spread->estimated = domain->source == JOULES_ESTIMATED;
}

static void add_runs(struct text *text, const struct results *results, const struct figures *figures, bool color)
{
	struct spreads spreads = SPREADS_INIT;
	struct table table = { .results = results, .figures = figures, .spreads = &spreads };
	char name[160];
	spreads_add(&spreads, "time", 0, "s", &figures->duration);
	each_domain(results, NULL, 0, visit_spread, &table);
	if (name_total(results, name, sizeof name)) {
		struct spread *total = spreads_add(&spreads, name, 0, "J", &figures->total);
		if (total) {
			total->total = true;
			total->estimated = only_run(results)->total_source == JOULES_ESTIMATED;
			total->at_least = isnan(figures_mean(results, FIGURES_TOTAL).high);
		}
	}
	spreads_print(&spreads, text, color);
	spreads_free(&spreads);
	if (!results->idle)
		return;
	joules_energy above = figures_above_idle(results, FIGURES_TOTAL), idle = figures_idle_watts(results, FIGURES_TOTAL);
	text_add(text, "\n  above idle    ");
	row_add_energy(text, &above);
	text_addf(text, " a run; the idle machine: %.2f W\n", idle.joules);
}

/* ---- what stands below ---- */

static void add_attributed(struct text *text, const struct results *results)
{
	double cpu = 0.0;
	joules_energy energy = figures_attributed(results, &cpu);
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
	text_addf(text, " J%s): %.0f %% of the busy CPU time\n", results->count > 1 ? " a run" : "", 100.0 * cpu);
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

static bool has_bounds(const struct results *results)
{
	joules_energy mean = figures_mean(results, FIGURES_TOTAL);
	return !isnan(figures_half(&mean));
}

static void add_last_line(struct text *text, const struct results *results, bool color)
{
	bool estimated = only_run(results)->total_source == JOULES_ESTIMATED;
	struct text line = TEXT_INIT;
	if (results->count > 1) {
		joules_energy mean = figures_mean(results, FIGURES_TOTAL);
		text_add(&line, "± is σ, the spread of the runs");
		if (has_bounds(results)) {
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

void report_text(struct text *text, const struct plan *plan, const struct results *results,
    const struct figures *figures, bool color)
{
	add_command(text, plan->command.argv, color);
	text_add(text, ": ");
	add_outcome(text, results, figures, plan->runs);
	text_add(text, "\n");
	if (results->count == 0 || !only_run(results)->whole)
		return;
	text_add(text, "\n");
	if (results->count == 1)
		add_one_run(text, results, color);
	else
		add_runs(text, results, figures, color);
	text_add(text, "\n");
	add_attributed(text, results);
	if (results->count > 1) {
		add_outliers(text, "time", &figures->duration, color);
		add_outliers(text, "energy", &figures->total, color);
	}
	add_last_line(text, results, color);
}
