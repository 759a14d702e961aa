/* SPDX-License-Identifier: MIT */
#include "run/report_table.h"

#include <math.h>
#include <string.h>

#include "layout.h"
#include "run/report_samples.h"
#include "run/rows.h"

/* What a table is made of: rows of one run, or spreads of several. */
struct table {
	const struct results *results;
	const struct figures *figures;
	struct rows rows;
	struct spreads spreads;
	bool too_short; /* for every counter: then that is said once */
};

static const struct run_result *only_run(const struct table *table)
{
	return &table->results->runs[0];
}

/* ---- notes ---- */

static bool is_short(unsigned flags)
{
	return (flags & JOULES_BELOW_TICK) && !(flags & (JOULES_INVALID | JOULES_PARTIAL));
}

static const char *flag_words(unsigned flags, double joules)
{
	if (flags & JOULES_INVALID)
		return flags & JOULES_STUCK ? "the counter stands still" : "not measured";
	if (flags & JOULES_PARTIAL)
		return flags & JOULES_STUCK ? "the counter stood still part of the time" : "read only part of the time";
	if (flags & JOULES_BELOW_TICK)
		return joules > 0.0 ? "too short for this counter" : "the counter did not move";
	return NULL;
}

static void add_flags(struct text *note, const struct table *table, const joules_energy *energy)
{
	const char *words = flag_words(energy->flags, energy->joules);
	if (words && !(table->too_short && energy->joules > 0.0))
		note_add(note, words);
}

static void say_short(const struct table *table, struct text *text, const struct page *page)
{
	const char *words = table->results->count > 1 ? "the runs are too short for these counters"
	                                              : "the run is too short for these counters";
	if (table->too_short)
		layout_paragraph(text, words, 2, page, TERM_DIM);
}

static const char *parent_in(const struct results *results, const joules_domain *domain)
{
	for (size_t i = 0; domain->parent && i < results->domain_count; i++)
		if (strcmp(results->domains[i]->name, domain->parent) == 0)
			return domain->parent;
	return NULL;
}

static void add_source(struct text *note, const joules_domain *domain)
{
	note_add(note, joules_source_name(domain->source));
	if (domain->scope && domain->covers != JOULES_COVERS_GPU)
		text_addf(note, " (%s)", domain->scope);
}

static void add_place(struct text *note, const struct results *results, const joules_domain *domain)
{
	if (parent_in(results, domain)) {
		note_add(note, "part of ");
		text_add(note, domain->parent);
	} else if (!domain->in_total) {
		note_add(note, "not in the total");
	}
}

static void add_count(struct text *note, const struct results *results, size_t count)
{
	if (count < results->count)
		text_addf(note, "%s(%zu of %zu runs)", note->length > 0 ? " " : "", count, results->count);
}

/* ---- domains ---- */

static void domain_row(struct table *table, size_t index, unsigned depth)
{
	const joules_domain *domain = table->results->domains[index];
	const joules_sample *whole = only_run(table)->whole;
	const joules_energy *energy = joules_sample_energy(whole, index);
	struct row *row = rows_add(&table->rows, domain->name, depth, energy, energy->seen_s);
	if (!row)
		return;
	row->estimated = domain->source == JOULES_ESTIMATED;
	add_source(&row->note, domain);
	add_place(&row->note, table->results, domain);
	add_flags(&row->note, table, energy);
}

/* That a value is measured, and whose part it is, its place says: the line is long enough. */
static void domain_spread(struct table *table, size_t index, unsigned depth)
{
	const joules_domain *domain = table->results->domains[index];
	const struct figure *figure = &table->figures->domains[index];
	struct spread *spread =
	    spreads_add(&table->spreads, domain->name, depth, &figure->spread, figures_doubt(&figure->mean));
	if (!spread)
		return;
	spread->estimated = domain->source == JOULES_ESTIMATED;
	if (spread->estimated)
		note_add(&spread->note, "estimated");
	if (depth == 0)
		add_place(&spread->note, table->results, domain);
	add_flags(&spread->note, table, &figure->mean);
	if (!figure->left_out)
		add_count(&spread->note, table->results, figure->spread.count);
}

/* Parts stand below their whole. */
static void each_domain(struct table *table, const char *parent, unsigned depth,
    void (*visit)(struct table *table, size_t index, unsigned depth))
{
	for (size_t i = 0; i < table->results->domain_count; i++) {
		const joules_domain *domain = table->results->domains[i];
		const char *mine = parent_in(table->results, domain);
		bool is_here = mine && parent ? strcmp(mine, parent) == 0 : mine == parent;
		if (!is_here)
			continue;
		visit(table, i, depth);
		if (depth < 8)
			each_domain(table, domain->name, depth + 1, visit);
	}
}

/* ---- the total ---- */

/* "total", "total (without package_1)". */
static void name_total(const struct table *table, struct text *name)
{
	const char *missing[3];
	size_t most = sizeof missing / sizeof *missing;
	size_t count = joules_sample_missing(table->figures->example, missing, most);
	text_add(name, "total");
	for (size_t i = 0; i < count && i < most; i++)
		text_addf(name, "%s%s", i == 0 ? " (without " : ", ", missing[i]);
	if (count > most)
		text_addf(name, " and %zu more", count - most);
	text_add(name, count > 0 ? ")" : "");
}

/* Else the one row says it. */
static bool has_total(const struct table *table)
{
	return table->results->domain_count > 1 || joules_sample_missing(table->figures->example, NULL, 0) > 0;
}

static void total_row(struct table *table, const char *name)
{
	const struct run_result *run = only_run(table);
	struct row *row = rows_add(&table->rows, name, 0, &run->total, run->total.seen_s);
	if (!row)
		return;
	row->total = true;
	row->estimated = run->total_source == JOULES_ESTIMATED;
	if (row->estimated)
		note_add(&row->note, "estimated");
}

static void total_spread(struct table *table, const char *name)
{
	const struct figure *total = &table->figures->total;
	struct spread *spread = spreads_add(&table->spreads, name, 0, &total->spread, figures_doubt(&total->mean));
	if (!spread)
		return;
	spread->total = true;
	spread->at_least = isnan(total->mean.high);
	spread->estimated = table->figures->source == JOULES_ESTIMATED;
	if (spread->estimated)
		note_add(&spread->note, "estimated");
	add_count(&spread->note, table->results, total->spread.count);
}

static void add_total(struct table *table, void (*add)(struct table *table, const char *name))
{
	struct text name = TEXT_INIT;
	name_total(table, &name);
	if (has_total(table))
		add(table, text_string(&name));
	text_free(&name);
}

/* ---- above idle ---- */

static void note_idle(struct text *note, const struct figure *total)
{
	if (isnan(total->idle_w.joules))
		return;
	note_add(note, "the idle machine draws ");
	row_add_watts(note, &total->idle_w, 1.0);
}

static void above_row(struct table *table)
{
	const struct figure *total = &table->figures->total;
	struct row *row = rows_add(&table->rows, "above idle", 0, &total->above, table->figures->example->duration_s);
	if (row)
		note_idle(&row->note, total);
}

static void above_spread(struct table *table)
{
	const struct figure *total = &table->figures->total;
	struct spread *spread =
	    spreads_add(&table->spreads, "above idle", 0, &total->above_spread, figures_doubt(&total->above));
	if (!spread)
		return;
	spread->at_least = isnan(total->above.high);
	note_idle(&spread->note, total);
	add_count(&spread->note, table->results, total->above_spread.count);
}

/* ---- the tables ---- */

static void add_one_run(struct table *table, struct text *text, bool in_steps, const struct page *page)
{
	each_domain(table, NULL, 0, domain_row);
	add_total(table, total_row);
	if (table->results->idle)
		above_row(table);
	rows_print(&table->rows, text, page);
	rows_free(&table->rows);
	say_short(table, text, page);
	report_samples(text, only_run(table)->trace, in_steps, page);
}

static void add_runs(struct table *table, struct text *text, const struct page *page)
{
	struct spread *time = spreads_add_times(&table->spreads, "time", &table->figures->duration);
	if (time)
		add_count(&time->note, table->results, table->figures->duration.count);
	each_domain(table, NULL, 0, domain_spread);
	add_total(table, total_spread);
	if (table->results->idle)
		above_spread(table);
	spreads_print(&table->spreads, text, page);
	spreads_free(&table->spreads);
	say_short(table, text, page);
	report_samples_of_runs(text, table->results, table->figures, page);
}

void report_table(struct text *text, const struct results *results, const struct figures *figures, bool in_steps,
    const struct page *page)
{
	struct table table = { results, figures, ROWS_INIT, SPREADS_INIT, results->domain_count > 1 };
	for (size_t i = 0; i < results->domain_count; i++)
		table.too_short &= is_short(results->count == 1 ? joules_sample_energy(only_run(&table)->whole, i)->flags
		                                                : figures->domains[i].mean.flags);
	if (results->count == 1)
		add_one_run(&table, text, in_steps, page);
	else
		add_runs(&table, text, page);
}
