/* SPDX-License-Identifier: MIT */
#include "handlers/sqlite/write.h"

#include <math.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"
#include "handlers/origin.h"
#include "handlers/sqlite/statement.h"
#include "model/trace.h"

/* ---- words ---- */

/* As text, and the exact bytes beside it where that is not the same. */
static joules_status put_exact(struct statement *insert, int place, const char *value, struct text *valid)
{
	text_clear(valid);
	bool changed = text_add_valid(valid, value);
	if (valid->failed)
		return fail_memory();
	put_text(insert, place, text_string(valid));
	put_bytes(insert, place + 1, changed ? value : NULL);
	return JOULES_OK;
}

static void add_flags(struct text *out, unsigned flags)
{
	text_add(out, "");
	for (unsigned flag = 1; flag && flag <= flags; flag <<= 1)
		if (flags & flag && joules_flag_name(flag))
			text_addf(out, "%s%s", out->length ? " " : "", joules_flag_name(flag));
}

/* ---- rows ---- */

/* Eight places, from `place` on: joules, low, high, flags, reason, likely_low, likely_high, seen_s. */
static void put_energy(struct statement *insert, int place, const joules_energy *energy)
{
	put_number(insert, place, energy->joules);
	put_number(insert, place + 1, energy->low);
	put_number(insert, place + 2, energy->high);
	put_integer(insert, place + 3, energy->flags);
	put_text(insert, place + 4, joules_reason_name(energy->reason));
	put_number(insert, place + 5, energy->likely_low);
	put_number(insert, place + 6, energy->likely_high);
	put_number(insert, place + 7, energy->flags & JOULES_PARTIAL ? energy->seen_s : (double)NAN);
}

static void put_total(struct statement *insert, int place, const joules_sample *whole, struct text *flags)
{
	joules_energy none = JOULES_ENERGY_NONE;
	none.flags = 0;
	joules_source source = JOULES_MEASURED;
	const joules_energy *total = whole ? joules_sample_total(whole, &source) : &none;
	add_flags(flags, total->flags);
	put_number(insert, place, total->joules);
	put_number(insert, place + 1, total->low);
	put_number(insert, place + 2, total->high);
	put_text(insert, place + 3, whole ? joules_source_name(source) : NULL);
	put_text(insert, place + 4, text_string(flags));
}

static void put_run(
    struct statement *insert, joules_trace *trace, const struct place *place, const joules_sample *whole)
{
	const struct stored *stored = trace_stored(trace);
	put_text(insert, 1, joules_trace_id(trace));
	put_number(insert, 2, whole ? whole->timestamp : (double)NAN);
	put_number(insert, 3, whole ? whole->duration_s : (double)NAN);
	put_text(insert, 4, stored ? stored->series : place->series);
	put_integer(insert, 5, stored ? stored->number : place->number);
	put_integer(insert, 6, (stored && stored->truncated) || joules_trace_count(trace) > place->most);
}

/* `whole` is NULL for a trace without samples. */
static joules_status write_run(
    struct database *database, joules_trace *trace, const struct place *place, const joules_sample *whole, bool *added)
{
	struct statement insert;
	struct text flags = TEXT_INIT;
	struct origin origin;
	origin_find(&origin, trace, (size_t)place->number);
	joules_status status = statement_open(&insert, database,
	    "INSERT INTO run(uuid, begin, duration_s, series, number, truncated, name, host, version, total_joules,"
	    " total_low, total_high, total_source, total_flags) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT(uuid) DO NOTHING");
	if (!status) {
		put_run(&insert, trace, place, whole);
		put_text(&insert, 7, origin.name);
		put_text(&insert, 8, origin.host);
		put_text(&insert, 9, origin.version);
		put_total(&insert, 10, whole, &flags);
		status = flags.failed ? fail_memory() : statement_run(&insert);
	}
	*added = !status && database->sqlite->changes(database->db) > 0;
	statement_close(&insert);
	text_free(&flags);
	return status;
}

static joules_status write_labels(struct database *database, const joules_trace *trace, int64_t run)
{
	struct statement insert;
	struct text valid = TEXT_INIT;
	joules_status status = statement_open(&insert, database, "INSERT INTO label VALUES(?, ?, ?, ?, ?)");
	for (size_t i = 0; i < joules_trace_label_count(trace) && !status; i++) {
		const char *key = joules_trace_label_key(trace, i);
		put_integer(&insert, 1, run);
		put_integer(&insert, 2, (int64_t)i);
		put_text(&insert, 3, key);
		status = put_exact(&insert, 4, joules_trace_label(trace, key), &valid);
		if (!status)
			status = statement_run(&insert);
	}
	text_free(&valid);
	statement_close(&insert);
	return status;
}

static joules_status write_domain(
    struct statement *insert, int64_t number, const joules_domain *domain, bool missing, const joules_energy *energy)
{
	put_integer(insert, 2, number);
	put_text(insert, 3, domain->name);
	put_text(insert, 4, domain->device);
	put_text(insert, 5, joules_part_name(domain->part));
	put_text(insert, 6, domain->parent);
	put_text(insert, 7, joules_source_name(domain->source));
	put_text(insert, 8, joules_method_name(domain->method));
	put_text(insert, 9, joules_gain_name(domain->gain));
	put_text(insert, 10, domain->scope);
	put_integer(insert, 11, missing);
	put_energy(insert, 12, energy);
	return statement_run(insert);
}

static joules_status write_domains(
    struct database *database, const joules_trace *trace, const joules_sample *whole, int64_t run)
{
	struct statement insert;
	joules_status status = statement_open(
	    &insert, database, "INSERT INTO domain VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	if (status)
		return status;
	const struct domains *domains = trace_domains(trace);
	joules_energy none = JOULES_ENERGY_NONE;
	put_integer(&insert, 1, run);
	for (size_t d = 0; d < domains->count && !status; d++)
		status =
		    write_domain(&insert, (int64_t)d, domains->items[d], false, whole ? joules_sample_energy(whole, d) : &none);
	for (size_t d = 0; d < domains->missing_count && !status; d++) {
		none.reason = domains->missing[d]->reason_code;
		status = write_domain(&insert, (int64_t)(domains->count + d), domains->missing[d], true, &none);
	}
	statement_close(&insert);
	return status;
}

/* The tags of a trace are strings that live as long as it does, the same one for the same tag. */
static joules_status write_sample(
    struct statement *insert, int64_t number, const joules_sample *sample, const char *before, struct text *valid)
{
	put_integer(insert, 2, number);
	if (sample->tag != before) {
		joules_status status = put_exact(insert, 3, sample->tag, valid);
		if (status)
			return status;
	}
	put_number(insert, 5, sample->timestamp);
	put_number(insert, 6, sample->duration_s);
	return statement_run(insert);
}

static joules_status write_values(struct statement *insert, int64_t number, const joules_sample *sample)
{
	joules_status status = JOULES_OK;
	put_integer(insert, 2, number);
	for (size_t d = 0; d < sample->domain_count && !status; d++) {
		put_integer(insert, 3, (int64_t)d);
		put_energy(insert, 4, joules_sample_energy(sample, d));
		status = statement_run(insert);
	}
	return status;
}

static joules_status write_samples(struct database *database, const joules_trace *trace, size_t most, int64_t run)
{
	struct statement samples = { .database = database }, values = { .database = database };
	struct text valid = TEXT_INIT;
	joules_sample *sample = NULL;
	joules_status status = statement_open(&samples, database, "INSERT INTO sample VALUES(?, ?, ?, ?, ?, ?)");
	if (!status)
		status = statement_open(&values, database, "INSERT INTO value VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	if (!status) {
		put_integer(&samples, 1, run);
		put_integer(&values, 1, run);
	}
	const char *before = NULL;
	for (size_t i = 0; i < joules_trace_count(trace) && i < most && !status; i++) {
		status = joules_trace_sample(trace, i, &sample);
		if (!status)
			status = write_sample(&samples, (int64_t)i, sample, before, &valid);
		if (!status)
			status = write_values(&values, (int64_t)i, sample);
		before = sample ? sample->tag : NULL;
	}
	joules_sample_free(sample);
	text_free(&valid);
	statement_close(&samples);
	statement_close(&values);
	return status;
}

static joules_status find_run(struct database *database, const char *uuid, int64_t *id)
{
	struct statement query;
	bool found = false;
	joules_status status = statement_open(&query, database, "SELECT id FROM run WHERE uuid = ?");
	if (!status) {
		put_text(&query, 1, uuid);
		status = statement_next(&query, &found);
	}
	if (found)
		*id = get_integer(&query, 0);
	statement_close(&query);
	return status;
}

joules_status write_trace(struct database *database, joules_trace *trace, const struct place *place, int64_t *id)
{
	joules_sample *whole = NULL;
	bool added = false;
	joules_status status = joules_trace_count(trace) > 0 ? joules_trace_sum(trace, NULL, &whole) : JOULES_OK;
	if (!status)
		status = write_run(database, trace, place, whole, &added);
	if (!status && !added) {
		status = find_run(database, joules_trace_id(trace), id);
	} else if (!status) {
		*id = database->sqlite->last_id(database->db);
		status = write_labels(database, trace, *id);
		if (!status)
			status = write_domains(database, trace, whole, *id);
		if (!status)
			status = write_samples(database, trace, place->most, *id);
	}
	joules_sample_free(whole);
	return status;
}
