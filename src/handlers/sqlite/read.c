/* SPDX-License-Identifier: MIT */
#include "handlers/sqlite/read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "handlers/sqlite/statement.h"
#include "model/trace.h"

/* A run as it comes out of its rows. */
struct reader {
	struct database *database;
	int64_t run;
	char uuid[UUID_MAX];
	struct stored *stored;
	struct domains *domains;
	joules_trace *trace;
	size_t count;                 /* samples so far */
	struct increment *increments; /* of one sample */
};

/* ---- words ---- */

/* The number, of 0 … last, that has this name; 0 where none has. */
#define FIND(word, type, name, last) \
	type found = 0; \
	for (int i = 0; (word) && i <= (last); i++) \
		if (name((type)i) && strcmp(name((type)i), (word)) == 0) \
			found = (type)i; \
	return found

joules_source read_source(const char *word)
{
	FIND(word, joules_source, joules_source_name, JOULES_ESTIMATED);
}

static joules_method read_method(const char *word)
{
	FIND(word, joules_method, joules_method_name, JOULES_METHOD_MODEL);
}

static joules_gain read_gain(const char *word)
{
	FIND(word, joules_gain, joules_gain_name, JOULES_GAIN_ESTIMATED);
}

static joules_part read_part(const char *word)
{
	FIND(word, joules_part, joules_part_name, JOULES_PART_UNKNOWN);
}

static joules_reason read_reason(const char *word)
{
	FIND(word, joules_reason, joules_reason_name, JOULES_REASON_SHORT);
}

unsigned read_flags(const char *words)
{
	unsigned flags = 0;
	for (unsigned flag = 1; words && joules_flag_name(flag); flag <<= 1)
		if (strstr(words, joules_flag_name(flag)))
			flags |= flag;
	return flags;
}

/* Eight columns, as put_energy() has them. */
static joules_energy read_energy(const struct statement *row, int column)
{
	return (joules_energy){
		.joules = get_number(row, column),
		.low = get_number(row, column + 1),
		.high = get_number(row, column + 2),
		.flags = (unsigned)get_integer(row, column + 3),
		.reason = read_reason(get_text(row, column + 4)),
		.likely_low = get_number(row, column + 5),
		.likely_high = get_number(row, column + 6),
		.seen_s = get_number(row, column + 7),
	};
}

/* ---- the run, and its domains ---- */

static bool copy(char **to, const char *text)
{
	*to = strdup(text ? text : "");
	return *to;
}

/* Until domains_new() copies them all. */
enum { STRINGS = 4 };
struct rows {
	joules_domain *domains;
	joules_energy *energies;
	char *(*strings)[STRINGS];
	size_t count;
	size_t missing; /* the last ones */
};

static void rows_free(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		for (size_t s = 0; s < STRINGS; s++)
			free(rows->strings[i][s]);
	free(rows->strings);
	free(rows->domains);
	free(rows->energies);
}

static bool rows_grow(struct rows *rows)
{
	size_t count = rows->count + 1;
	joules_domain *domains = realloc(rows->domains, count * sizeof *domains);
	rows->domains = domains ? domains : rows->domains;
	joules_energy *energies = realloc(rows->energies, count * sizeof *energies);
	rows->energies = energies ? energies : rows->energies;
	char *(*strings)[STRINGS] = realloc(rows->strings, count * sizeof *strings);
	rows->strings = strings ? strings : rows->strings;
	return domains && energies && strings;
}

/* A restored value is not computed from raw counts again: one with a model may have a likely band, the others not. */
static bool add_domain(struct rows *rows, const struct statement *row)
{
	static const int columns[STRINGS] = { 0, 1, 3, 7 };
	if (!rows_grow(rows))
		return false;
	char **strings = rows->strings[rows->count];
	bool complete = true;
	for (size_t s = 0; s < STRINGS; s++) {
		const char *text = get_text(row, columns[s]);
		strings[s] = text ? strdup(text) : NULL;
		complete = complete && (!text || strings[s]);
	}
	bool missing = get_integer(row, 8) != 0;
	joules_domain *domain = &rows->domains[rows->count];
	*domain = (joules_domain)JOULES_DOMAIN_INIT;
	domain->name = strings[0];
	domain->device = strings[1];
	domain->parent = strings[2];
	domain->scope = strings[3];
	domain->part = read_part(get_text(row, 2));
	domain->source = read_source(get_text(row, 4));
	domain->method = read_method(get_text(row, 5));
	domain->gain = read_gain(get_text(row, 6));
	domain->kind = domain->method == JOULES_METHOD_MODEL ? JOULES_KIND_MODEL : JOULES_KIND_JOULES;
	domain->available = !missing;
	rows->energies[rows->count] = read_energy(row, 9);
	domain->reason_code = missing ? rows->energies[rows->count].reason : JOULES_REASON_NONE;
	rows->missing += missing;
	rows->count++;
	return complete;
}

static joules_status make_domains(struct reader *reader, const struct rows *rows)
{
	size_t count = rows->count - rows->missing;
	const joules_domain **items = calloc(rows->count + 1, sizeof *items);
	for (size_t i = 0; items && i < rows->count; i++)
		items[i] = &rows->domains[i];
	if (items)
		reader->domains = domains_new(items, count, items + count, rows->missing);
	free(items);
	if (!reader->domains)
		return fail_memory();
	reader->stored = stored_new(count);
	reader->increments = calloc(count + 1, sizeof *reader->increments);
	if (!reader->stored || !reader->increments)
		return fail_memory();
	for (size_t i = 0; i < count; i++)
		reader->stored->whole[i] = rows->energies[i];
	return JOULES_OK;
}

static joules_status read_domains(struct reader *reader)
{
	struct statement rows_of;
	struct rows rows = { .count = 0 };
	bool found = true;
	joules_status status = statement_open(&rows_of, reader->database,
	    "SELECT name, device, part, parent, source, method, gain, scope, missing, joules, low, high, flags, reason,"
	    " likely_low, likely_high, seen_s FROM domain WHERE run = ? ORDER BY missing, number");
	if (!status)
		put_integer(&rows_of, 1, reader->run);
	while (!status && !(status = statement_next(&rows_of, &found)) && found)
		status = add_domain(&rows, &rows_of) ? JOULES_OK : fail_memory();
	if (!status)
		status = make_domains(reader, &rows);
	rows_free(&rows);
	statement_close(&rows_of);
	return status;
}

static joules_status take_run(struct reader *reader, const struct statement *row)
{
	struct stored *stored = reader->stored;
	bool complete = copy(&stored->name, get_text(row, 1)) && copy(&stored->host, get_text(row, 2)) &&
	    copy(&stored->version, get_text(row, 3)) && copy(&stored->series, get_text(row, 4));
	(void)snprintf(reader->uuid, sizeof reader->uuid, "%s", get_text(row, 0));
	stored->number = get_integer(row, 5);
	stored->truncated = get_integer(row, 6) != 0;
	stored->begin = get_number(row, 7);
	stored->duration_s = get_number(row, 8);
	return complete ? JOULES_OK : fail_memory();
}

joules_status fail_no_run(const struct database *database, int64_t run)
{
	return joules_fail(JOULES_INVALID_ARGUMENT, "there is no run %lld in %s", (long long)run, database->path);
}

static joules_status read_run(struct reader *reader)
{
	struct statement row;
	bool found = false;
	joules_status status = statement_open(&row, reader->database,
	    "SELECT uuid, name, host, version, series, number, truncated, begin, duration_s FROM run WHERE id = ?");
	if (!status) {
		put_integer(&row, 1, reader->run);
		status = statement_next(&row, &found);
	}
	if (!status && !found)
		status = fail_no_run(reader->database, reader->run);
	if (!status)
		status = read_domains(reader);
	if (!status)
		status = take_run(reader, &row);
	statement_close(&row);
	return status;
}

/* ---- labels and samples ---- */

static joules_status read_labels(const struct reader *reader)
{
	struct statement row;
	bool found = true;
	joules_status status = statement_open(
	    &row, reader->database, "SELECT key, value, value_bytes FROM label WHERE run = ? ORDER BY number");
	if (!status)
		put_integer(&row, 1, reader->run);
	while (!status && !(status = statement_next(&row, &found)) && found) {
		char *value = get_exact(&row, 1);
		status = value ? joules_trace_label_set(reader->trace, get_text(&row, 0), value) : fail_memory();
		free(value);
	}
	statement_close(&row);
	return status;
}

/* The rows of `values` up to this sample's last; a value that has no row was not measured. *found: there are more. */
static joules_status read_values(
    struct reader *reader, struct statement *values, int64_t sample, joules_energy *energies, bool *found)
{
	joules_status status = JOULES_OK;
	for (size_t d = 0; d < reader->domains->count; d++)
		energies[d] = (joules_energy)JOULES_ENERGY_NONE;
	while (*found && !status && get_integer(values, 0) <= sample) {
		size_t domain = (size_t)get_integer(values, 1);
		if (get_integer(values, 0) == sample && domain < reader->domains->count)
			energies[domain] = read_energy(values, 2);
		status = statement_next(values, found);
	}
	return status;
}

static joules_status add_sample(
    struct reader *reader, const struct statement *row, struct statement *values, bool *more)
{
	joules_energy *energies = stored_room(reader->stored, reader->count);
	char *tag = energies ? get_exact(row, 1) : NULL;
	joules_status status = tag ? read_values(reader, values, get_integer(row, 0), energies, more) : fail_memory();
	for (size_t d = 0; !status && d < reader->domains->count; d++)
		reader->increments[d] = increment_of_energy(&energies[d]);
	if (!status && !trace_append(reader->trace, tag, get_number(row, 3), get_number(row, 4), false, reader->increments))
		status = fail_memory();
	reader->count += !status;
	free(tag);
	return status;
}

static joules_status read_samples(struct reader *reader)
{
	struct statement samples, values = { .database = reader->database };
	bool found = true, more = false;
	joules_status status = statement_open(&samples, reader->database,
	    "SELECT number, tag, tag_bytes, timestamp, duration_s FROM sample WHERE run = ? ORDER BY number");
	if (!status)
		status = statement_open(&values, reader->database,
		    "SELECT sample, domain, joules, low, high, flags, reason, likely_low, likely_high, seen_s FROM value"
		    " WHERE run = ? ORDER BY sample, domain");
	if (!status) {
		put_integer(&samples, 1, reader->run);
		put_integer(&values, 1, reader->run);
		status = statement_next(&values, &more);
	}
	while (!status && !(status = statement_next(&samples, &found)) && found)
		status = add_sample(reader, &samples, &values, &more);
	statement_close(&samples);
	statement_close(&values);
	return status;
}

/* Differences, so that bounds stay as they are, also in what is computed from them. */
joules_status read_trace(struct database *database, int64_t run, joules_trace **trace)
{
	struct reader reader = { .database = database, .run = run };
	joules_status status = read_run(&reader);
	if (!status && !(reader.trace = trace_new_differences(reader.domains)))
		status = fail_memory();
	if (!status)
		status = read_labels(&reader);
	if (!status)
		status = read_samples(&reader);
	if (status) {
		joules_trace_unref(reader.trace);
		stored_free(reader.stored);
	} else {
		trace_keep(reader.trace, reader.stored, reader.uuid);
		*trace = reader.trace;
	}
	domains_unref(reader.domains);
	free(reader.increments);
	return status;
}
