/* SPDX-License-Identifier: MIT */
#include "run/report_samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/rows.h"
#include "term.h"

enum { MOST_ROWS = 24, TAG_COLUMNS = 40 };

struct tag_use {
	char *tag;
	size_t count;
	size_t first;
};

static void add_sample(struct rows *rows, const joules_sample *sample, const char *tag, size_t times)
{
	struct text name = TEXT_INIT, time = TEXT_INIT;
	const joules_energy *total = joules_sample_total(sample, NULL);
	text_add_escaped(&name, *tag ? tag : "(no tag)");
	char *cut = strdup(text_string(&name));
	if (cut) {
		row_cut(cut, TAG_COLUMNS);
		struct row *row = rows_add(rows, cut, 0, total, sample->duration_s);
		row_add_time(&time, sample->duration_s);
		if (row)
			text_add(&row->note, text_string(&time));
		if (row && times > 1)
			text_addf(&row->note, ", %zu times", times);
		if (row && (total->flags & JOULES_BELOW_TICK))
			text_add(&row->note, ", shorter than two ticks");
	}
	free(cut);
	text_free(&name);
	text_free(&time);
}

static void add_each(struct rows *rows, const joules_trace *trace)
{
	joules_sample *sample = NULL;
	for (size_t i = 0; i < joules_trace_count(trace); i++)
		if (joules_trace_sample(trace, i, &sample) == JOULES_OK)
			add_sample(rows, sample, sample->tag, 1);
	joules_sample_free(sample);
}

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

/* Every tag once, in the order of their first samples; count 0 without memory. */
static struct tag_use *tags_of(const joules_trace *trace, size_t *count)
{
	size_t all = joules_trace_count(trace), used = 0, distinct = 0;
	struct tag_use *uses = calloc(all, sizeof *uses);
	joules_sample *sample = NULL;
	*count = 0;
	for (; uses && used < all; used++) {
		uses[used] = (struct tag_use){ NULL, 1, used };
		if (joules_trace_sample(trace, used, &sample) != JOULES_OK || !(uses[used].tag = strdup(sample->tag)))
			break;
	}
	joules_sample_free(sample);
	if (!uses)
		return NULL;
	qsort(uses, used, sizeof *uses, by_tag);
	for (size_t i = 0; i < used; i++) {
		if (distinct > 0 && strcmp(uses[distinct - 1].tag, uses[i].tag) == 0) {
			uses[distinct - 1].count++;
			free(uses[i].tag);
		} else {
			uses[distinct++] = uses[i];
		}
	}
	qsort(uses, distinct, sizeof *uses, by_first);
	*count = distinct;
	return uses;
}

/* Returns how many tags are left out. */
static size_t add_tags(struct rows *rows, const joules_trace *trace)
{
	size_t count = 0;
	struct tag_use *uses = tags_of(trace, &count);
	joules_sample *sum = NULL;
	for (size_t i = 0; i < count; i++) {
		if (i < MOST_ROWS && joules_trace_sum(trace, uses[i].tag, &sum) == JOULES_OK)
			add_sample(rows, sum, uses[i].tag, uses[i].count);
		free(uses[i].tag);
	}
	joules_sample_free(sum);
	free(uses);
	return count > MOST_ROWS ? count - MOST_ROWS : 0;
}

void report_samples(struct text *text, const joules_trace *trace, bool color)
{
	size_t count = joules_trace_count(trace), left_out = 0;
	if (count < 2)
		return;
	struct rows rows = ROWS_INIT;
	if (count <= MOST_ROWS)
		add_each(&rows, trace);
	else
		left_out = add_tags(&rows, trace);
	text_addf(text, "\n  %zu samples between marks, total of each%s\n", count, count > MOST_ROWS ? " tag" : "");
	rows_print(&rows, text, color);
	rows_free(&rows);
	if (left_out > 0) {
		char line[96];
		snprintf(line, sizeof line, "  and %zu more tags: -o csv:FILE writes every sample\n", left_out);
		term_add_styled(text, color, TERM_DIM, line);
	}
}
