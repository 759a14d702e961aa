/* SPDX-License-Identifier: MIT */
#include "run/report_samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "run/rows.h"
#include "term.h"

enum { MOST_ROWS = 24, TAG_COLUMNS = 40 };

/* ---- names ---- */

static char *name_of(const char *tag)
{
	struct text name = TEXT_INIT;
	text_add_escaped(&name, *tag ? tag : "(no tag)");
	char *cut = strdup(text_string(&name));
	if (cut)
		layout_cut(cut, TAG_COLUMNS);
	text_free(&name);
	return cut;
}

static void add_left_out(struct text *text, size_t count, const struct page *page)
{
	struct text line = TEXT_INIT;
	text_addf(&line, "  and %zu more tags; -o csv:FILE writes every sample\n", count - MOST_ROWS);
	term_add_styled(text, page->color, TERM_DIM, text_string(&line));
	text_free(&line);
}

/* ---- the tags of some traces ---- */

struct tag_use {
	char *tag;
	size_t count; /* samples with it */
	size_t first;
};

struct tag_list {
	struct tag_use *uses;
	size_t count;
};

static int by_tag(const void *a, const void *b)
{
	const struct tag_use *left = a, *right = b;
	int order = strcmp(left->tag, right->tag);
	return order ? order : (left->first > right->first) - (left->first < right->first);
}

static int by_first(const void *a, const void *b)
{
	const struct tag_use *left = a, *right = b;
	return (left->first > right->first) - (left->first < right->first);
}

/* False without memory. */
static bool list_samples(struct tag_list *list, const joules_trace *trace)
{
	size_t count = joules_trace_count(trace);
	struct tag_use *uses = reallocarray(list->uses, list->count + count + 1, sizeof *uses);
	joules_sample *sample = NULL;
	if (!uses)
		return false;
	list->uses = uses;
	bool ok = true;
	for (size_t i = 0; ok && i < count; i++) {
		char *tag = joules_trace_sample(trace, i, &sample) == JOULES_OK ? strdup(sample->tag) : NULL;
		ok = tag;
		if (ok) {
			uses[list->count] = (struct tag_use){ tag, 1, list->count };
			list->count++;
		}
	}
	joules_sample_free(sample);
	return ok;
}

/* Each tag once, in the order of their first samples. */
static void unite(struct tag_list *list)
{
	struct tag_use *uses = list->uses;
	size_t distinct = 0;
	if (list->count == 0)
		return;
	qsort(uses, list->count, sizeof *uses, by_tag);
	for (size_t i = 0; i < list->count; i++) {
		if (distinct > 0 && strcmp(uses[distinct - 1].tag, uses[i].tag) == 0) {
			uses[distinct - 1].count++;
			free(uses[i].tag);
		} else {
			uses[distinct++] = uses[i];
		}
	}
	qsort(uses, distinct, sizeof *uses, by_first);
	list->count = distinct;
}

static void forget(struct tag_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->uses[i].tag);
	free(list->uses);
}

/* ---- one run ---- */

static void add_sample(struct rows *rows, const joules_sample *sample, const char *tag, size_t times)
{
	const joules_energy *total = joules_sample_total(sample, NULL);
	char *name = name_of(tag);
	struct row *row = name ? rows_add(rows, name, 0, total, total->seen_s) : NULL;
	free(name);
	if (!row)
		return;
	row_add_time(&row->note, sample->duration_s);
	if (times > 1)
		text_addf(&row->note, ", %zu times", times);
	if (total->flags & JOULES_BELOW_TICK)
		note_add(&row->note, "too short for the counters");
}

static void add_each(struct rows *rows, const joules_trace *trace)
{
	joules_sample *sample = NULL;
	for (size_t i = 0; i < joules_trace_count(trace); i++)
		if (joules_trace_sample(trace, i, &sample) == JOULES_OK)
			add_sample(rows, sample, sample->tag, 1);
	joules_sample_free(sample);
}

static void add_tags(struct rows *rows, const joules_trace *trace, const struct tag_list *tags)
{
	joules_sample *sum = NULL;
	for (size_t i = 0; i < tags->count && i < MOST_ROWS; i++)
		if (joules_trace_sum(trace, tags->uses[i].tag, &sum) == JOULES_OK)
			add_sample(rows, sum, tags->uses[i].tag, tags->uses[i].count);
	joules_sample_free(sum);
}

void report_samples(struct text *text, const joules_trace *trace, bool in_steps, const struct page *page)
{
	size_t count = joules_trace_count(trace);
	bool by_tags = in_steps || count > MOST_ROWS;
	struct tag_list tags = { NULL, 0 };
	struct rows rows = ROWS_INIT;
	if (count < 2)
		return;
	if (!by_tags) {
		add_each(&rows, trace);
	} else if (list_samples(&tags, trace)) {
		unite(&tags);
		if (tags.count > 1 || !in_steps)
			add_tags(&rows, trace, &tags);
	}
	if (rows.count > 0) {
		text_addf(text, "\n  %zu samples between marks; the total of each%s\n", count, by_tags ? " tag" : "");
		rows_print(&rows, text, page);
	}
	if (tags.count > MOST_ROWS)
		add_left_out(text, tags.count, page);
	rows_free(&rows);
	forget(&tags);
}

/* ---- several runs ---- */

struct tag_figure {
	joules_statistics spread;
	double seconds; /* the mean */
	unsigned flags;
};

/* What a run spent under this tag; NAN: it has none of it. */
static double total_of(const struct figures *figures, const struct run_result *run, const char *tag,
    joules_sample **sum, struct tag_figure *figure)
{
	if (joules_trace_sum(run->trace, tag, sum) != JOULES_OK)
		return (double)NAN;
	joules_energy total = figures_total(figures, *sum);
	figure->seconds += (*sum)->duration_s;
	figure->flags |= total.flags;
	return total.joules;
}

static bool figure_of(
    const struct results *results, const struct figures *figures, const char *tag, struct tag_figure *figure)
{
	double *values = calloc(results->count, sizeof *values);
	joules_sample *sum = NULL;
	*figure = (struct tag_figure){ .seconds = 0.0 };
	if (!values)
		return false;
	for (size_t i = 0; i < results->count; i++)
		values[i] = figures->counts[i] ? total_of(figures, &results->runs[i], tag, &sum, figure) : (double)NAN;
	bool ok = figures_spread(values, results->count, &figure->spread);
	figure->seconds /= (double)figure->spread.count;
	joules_sample_free(sum);
	free(values);
	return ok;
}

static void add_tag(
    struct spreads *spreads, const struct results *results, const struct figures *figures, const struct tag_use *use)
{
	struct tag_figure figure;
	char *name = name_of(use->tag);
	struct spread *spread = NULL;
	if (name && figure_of(results, figures, use->tag, &figure))
		spread = spreads_add(spreads, name, 0, &figure.spread, figures_doubt(&figures->total.mean));
	free(name);
	if (!spread)
		return;
	size_t runs = figure.spread.count;
	spread->at_least = isnan(figures->total.mean.high);
	row_add_time(&spread->note, figure.seconds);
	if (use->count > runs)
		text_addf(&spread->note, ", %zu times in all", use->count);
	if (figure.flags & JOULES_BELOW_TICK)
		note_add(&spread->note, "too short for the counters");
	if (runs < results->count)
		text_addf(&spread->note, " (%zu of %zu runs)", runs, results->count);
}

void report_samples_of_runs(
    struct text *text, const struct results *results, const struct figures *figures, const struct page *page)
{
	struct tag_list tags = { NULL, 0 };
	struct spreads spreads = SPREADS_INIT;
	bool ok = true, marked = false;
	for (size_t i = 0; ok && i < results->count; i++) {
		marked |= figures->counts[i] && joules_trace_count(results->runs[i].trace) > 1;
		ok = !figures->counts[i] || list_samples(&tags, results->runs[i].trace);
	}
	if (ok && marked) {
		unite(&tags);
		for (size_t i = 0; i < tags.count && i < MOST_ROWS; i++)
			add_tag(&spreads, results, figures, &tags.uses[i]);
		text_add(text, "\n  between marks: the total of each tag in a run\n");
		spreads_print(&spreads, text, page);
		if (tags.count > MOST_ROWS)
			add_left_out(text, tags.count, page);
	}
	spreads_free(&spreads);
	forget(&tags);
}
