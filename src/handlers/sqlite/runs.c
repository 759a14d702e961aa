/* SPDX-License-Identifier: MIT */
#include "handlers/sqlite/runs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "handlers/sqlite/read.h"

/* Strings that belong together. */
struct strings {
	char **list;
	size_t count;
};

struct row {
	joules_run run;
	joules_energy total;
	struct strings own; /* the run's own texts */
	struct strings keys;
	struct strings values;
	struct strings unsent;
};

struct joules_runs {
	struct row **rows;
	size_t count;
	size_t capacity;
};

static void strings_free(struct strings *strings)
{
	for (size_t i = 0; i < strings->count; i++)
		free(strings->list[i]);
	free(strings->list);
}

/* Takes a malloc'ed string; NULL without memory, or where there was none to take. */
static const char *strings_add(struct strings *strings, char *string)
{
	char **list = string ? realloc(strings->list, (strings->count + 1) * sizeof *list) : NULL;
	if (!list) {
		free(string);
		return NULL;
	}
	strings->list = list;
	return list[strings->count++] = string;
}

static void row_free(struct row *row)
{
	strings_free(&row->own);
	strings_free(&row->keys);
	strings_free(&row->values);
	strings_free(&row->unsent);
	free(row);
}

void joules_runs_free(joules_runs *runs)
{
	for (size_t i = 0; runs && i < runs->count; i++)
		row_free(runs->rows[i]);
	if (runs)
		free(runs->rows);
	free(runs);
}

size_t joules_runs_count(const joules_runs *runs)
{
	return runs ? runs->count : 0;
}

const joules_run *joules_runs_at(const joules_runs *runs, size_t index)
{
	return index < joules_runs_count(runs) ? &runs->rows[index]->run : NULL;
}

static struct row *add_row(joules_runs *runs)
{
	if (runs->count == runs->capacity) {
		size_t capacity = runs->capacity ? 2 * runs->capacity : 64;
		struct row **rows = realloc(runs->rows, capacity * sizeof(struct row *));
		if (!rows)
			return NULL;
		runs->rows = rows;
		runs->capacity = capacity;
	}
	struct row *row = calloc(1, sizeof *row);
	if (row)
		runs->rows[runs->count++] = row;
	return row;
}

/* ---- out of its rows ---- */

#define COLUMNS \
	"id, number, truncated, begin, duration_s, total_joules, total_low, total_high, total_source, total_flags, uuid," \
	" name, host, version, series"
enum { TEXTS = 10 };

static joules_status take_run(struct row *row, const struct statement *from)
{
	joules_run *run = &row->run;
	const char **const texts[] = { &run->uuid, &run->name, &run->host, &run->version, &run->series };
	run->size = sizeof *run;
	run->id = get_integer(from, 0);
	run->number = get_integer(from, 1);
	run->truncated = get_integer(from, 2) != 0;
	run->begin = get_number(from, 3);
	run->duration_s = get_number(from, 4);
	row->total = (joules_energy)JOULES_ENERGY_NONE;
	row->total.joules = get_number(from, 5);
	row->total.low = get_number(from, 6);
	row->total.high = get_number(from, 7);
	row->total.flags = read_flags(get_text(from, 9));
	run->total = &row->total;
	run->source = read_source(get_text(from, 8));
	for (int i = 0; i < (int)(sizeof texts / sizeof *texts); i++) {
		const char *text = get_text(from, TEXTS + i);
		*texts[i] = strings_add(&row->own, strdup(text ? text : ""));
		if (!*texts[i])
			return fail_memory();
	}
	return JOULES_OK;
}

static joules_status take_labels(struct row *row, struct statement *labels)
{
	bool found = true;
	joules_status status = JOULES_OK;
	put_integer(labels, 1, row->run.id);
	while (!(status = statement_next(labels, &found)) && found)
		if (!strings_add(&row->keys, strdup(get_text(labels, 0))) || !strings_add(&row->values, get_exact(labels, 1)))
			return fail_memory();
	row->run.label_count = row->values.count;
	row->run.label_keys = (const char *const *)row->keys.list;
	row->run.label_values = (const char *const *)row->values.list;
	return status;
}

static joules_status take_unsent(struct row *row, struct statement *unsent)
{
	bool found = true;
	joules_status status = JOULES_OK;
	put_integer(unsent, 1, row->run.id);
	while (!(status = statement_next(unsent, &found)) && found)
		if (!strings_add(&row->unsent, strdup(get_text(unsent, 0))))
			return fail_memory();
	row->run.unsent_count = row->unsent.count;
	row->run.unsent = (const char *const *)row->unsent.list;
	return status;
}

static joules_status read_all(
    struct statement *rows, struct statement *labels, struct statement *unsent, joules_runs *runs)
{
	bool found = true;
	joules_status status = JOULES_OK;
	while (!status && !(status = statement_next(rows, &found)) && found) {
		struct row *row = add_row(runs);
		status = row ? take_run(row, rows) : fail_memory();
		if (!status)
			status = take_labels(row, labels);
		if (!status)
			status = take_unsent(row, unsent);
	}
	return status;
}

joules_status runs_read(struct database *database, const struct filter *filter, joules_runs **runs)
{
	struct statement rows = { .database = database }, labels = rows, unsent = rows;
	struct text sql = TEXT_INIT;
	joules_runs *made = calloc(1, sizeof *made);
	text_addf(&sql, "SELECT " COLUMNS " FROM run WHERE %s ORDER BY begin, id", text_string(&filter->condition));
	joules_status status = made && !sql.failed ? statement_open(&rows, database, text_string(&sql)) : fail_memory();
	if (!status)
		status = statement_open(
		    &labels, database, "SELECT key, value, value_bytes FROM label WHERE run = ? ORDER BY number");
	if (!status)
		status = statement_open(&unsent, database, "SELECT uri FROM unsent WHERE run = ?");
	if (!status) {
		filter_put(filter, &rows);
		status = read_all(&rows, &labels, &unsent, made);
	}
	statement_close(&rows);
	statement_close(&labels);
	statement_close(&unsent);
	text_free(&sql);
	if (status)
		joules_runs_free(made);
	else
		*runs = made;
	return status;
}
