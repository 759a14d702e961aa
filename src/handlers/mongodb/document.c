/* SPDX-License-Identifier: MIT */
#include "handlers/mongodb/document.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"
#include "handlers/render.h"

/* An element of an array: its type, and the NUL behind its index. */
#define ELEMENT 2
/* Stands for the numbers of parts that are not known yet, with as many digits as they can have. */
#define LARGE_PART 1000000000

struct encoder {
	const struct driver *driver;
	struct bson *sample, *table, *pair; /* used again and again */
	joules_sample *row;
	struct text text, key;
	bool has_odd_names; /* a domain's name is no valid UTF-8 */
	bool failed;        /* a document would be larger than any can be */
};

/* ---- values ---- */

size_t document_size(const struct driver *driver, const struct bson *document)
{
	const uint8_t *bytes = driver->bson_bytes(document);
	return (size_t)bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 | (size_t)bytes[3] << 24;
}

static void add_number(struct encoder *w, struct bson *to, const char *key, double value)
{
	w->failed |= !(isfinite(value) ? w->driver->add_double(to, key, -1, value) : w->driver->add_null(to, key, -1));
}

/* A word of ours. */
static void add_word(struct encoder *w, struct bson *to, const char *key, const char *value)
{
	w->failed |= !w->driver->add_string(to, key, -1, value, -1);
}

static void add_string(struct encoder *w, struct bson *to, const char *key, const char *value)
{
	text_clear(&w->text);
	(void)text_add_valid(&w->text, value);
	w->failed |= w->text.failed || !w->driver->add_string(to, key, -1, text_string(&w->text), -1);
}

/* A domain's name as a key. */
static const char *name_of(struct encoder *w, const joules_domain *domain)
{
	if (!w->has_odd_names)
		return domain->name;
	text_clear(&w->key);
	(void)text_add_valid(&w->key, domain->name);
	w->failed |= w->key.failed;
	return text_string(&w->key);
}

/* The key of an array's element. */
static const char *index_of(struct encoder *w, size_t index)
{
	text_clear(&w->key);
	text_add_unsigned(&w->key, index);
	w->failed |= w->key.failed;
	return text_string(&w->key);
}

/* What was put into w->table; it is empty again. */
static void end_table(struct encoder *w, struct bson *to, const char *key)
{
	w->failed |= !w->driver->add_document(to, key, -1, w->table);
	w->driver->bson_clear(w->table);
}

static void add_bounds(struct encoder *w, struct bson *to, const char *key, const joules_energy *energy)
{
	double low = microjoules(energy->low), high = microjoules(energy->high);
	if (!isfinite(low) && !isfinite(high)) {
		w->failed |= !w->driver->add_null(to, key, -1);
		return;
	}
	w->driver->bson_clear(w->pair);
	add_number(w, w->pair, "0", low);
	add_number(w, w->pair, "1", high);
	w->failed |= !w->driver->add_array(to, key, -1, w->pair);
}

static void add_flags(struct encoder *w, struct bson *to, const joules_domain *domain, unsigned flags)
{
	size_t count = 0;
	w->driver->bson_clear(w->pair);
	for (unsigned flag = 1; flag && flag <= flags; flag <<= 1) {
		if (!(flags & flag) || !joules_flag_name(flag))
			continue;
		add_word(w, w->pair, index_of(w, count++), joules_flag_name(flag));
	}
	w->failed |= !w->driver->add_array(to, name_of(w, domain), -1, w->pair);
}

/* ---- a sample ---- */

/* One table by domains each. */
static void add_tables(struct encoder *w, const joules_sample *row)
{
	const joules_domain *const *domains = row->domains;
	for (size_t d = 0; d < row->domain_count; d++)
		add_number(w, w->table, name_of(w, domains[d]), microjoules(joules_sample_energy(row, d)->joules));
	end_table(w, w->sample, "energy");
	for (size_t d = 0; d < row->domain_count; d++)
		add_bounds(w, w->table, name_of(w, domains[d]), joules_sample_energy(row, d));
	end_table(w, w->sample, "bounds_uj");
	for (size_t d = 0; d < row->domain_count; d++)
		add_word(w, w->table, name_of(w, domains[d]), joules_source_name(domains[d]->source));
	end_table(w, w->sample, "source");
	for (size_t d = 0; d < row->domain_count; d++)
		add_word(w, w->table, name_of(w, domains[d]), joules_method_name(domains[d]->method));
	end_table(w, w->sample, "method");
	for (size_t d = 0; d < row->domain_count; d++)
		if (joules_sample_energy(row, d)->flags)
			add_flags(w, w->table, domains[d], joules_sample_energy(row, d)->flags);
	end_table(w, w->sample, "flags");
}

/* w->sample is the sample then. */
static joules_status make_sample(struct encoder *w, const joules_trace *trace, size_t index)
{
	joules_status status = joules_trace_sample(trace, index, &w->row);
	if (status)
		return status;
	w->driver->bson_clear(w->sample);
	add_number(w, w->sample, "timestamp", w->row->timestamp);
	add_string(w, w->sample, "tag", w->row->tag);
	add_number(w, w->sample, "duration", w->row->duration_s);
	add_tables(w, w->row);
	return JOULES_OK;
}

/* ---- a document ---- */

struct whole {
	struct encoder encoder;
	joules_trace *trace;
	const char *id;
	const struct origin *origin;
	size_t most;
};

static void add_labels(struct whole *whole, struct bson *document)
{
	struct encoder *w = &whole->encoder;
	const joules_trace *trace = whole->trace;
	if (joules_trace_label_count(trace) == 0)
		return;
	for (size_t i = 0; i < joules_trace_label_count(trace); i++) {
		const char *key = joules_trace_label_key(trace, i);
		add_string(w, w->table, key, joules_trace_label(trace, key));
	}
	end_table(w, document, "labels");
}

/* The document around these samples. part: from 1; 0: it is not divided. */
static struct bson *make_frame(struct whole *whole, const struct bson *samples, size_t part, size_t parts)
{
	struct encoder *w = &whole->encoder;
	struct bson *document = w->driver->bson_new();
	text_clear(&w->key);
	text_add(&w->key, whole->id);
	if (part)
		text_addf(&w->key, "/%zu", part);
	w->failed |= w->key.failed;
	add_word(w, document, "_id", text_string(&w->key));
	add_string(w, document, "name", whole->origin->name);
	w->failed |= !w->driver->add_array(document, "trace", -1, samples);
	add_string(w, document, "host", whole->origin->host);
	add_string(w, document, "version", whole->origin->version);
	add_labels(whole, document);
	if (part) {
		add_string(w, document, "id", whole->id);
		w->failed |= !w->driver->add_int32(document, "part", -1, (int32_t)part);
		w->failed |= !w->driver->add_int32(document, "parts", -1, (int32_t)parts);
	}
	return document;
}

/* The bytes that a document of no samples takes. */
static size_t frame_size(struct whole *whole, size_t part)
{
	const struct driver *driver = whole->encoder.driver;
	driver->bson_clear(whole->encoder.pair);
	struct bson *frame = make_frame(whole, whole->encoder.pair, part, part);
	size_t size = document_size(driver, frame);
	driver->bson_destroy(frame);
	return size;
}

/* The bytes that w->sample takes as that element of an array. */
static size_t element_size(const struct encoder *w, const char *index)
{
	return document_size(w->driver, w->sample) + ELEMENT + strlen(index);
}

/* Appends samples from *index on, while they fit; *index is the first one that did not. */
static joules_status fill(struct whole *whole, struct bson *samples, size_t *index, size_t room)
{
	struct encoder *w = &whole->encoder;
	size_t first = *index, size = 0;
	for (; *index < joules_trace_count(whole->trace); ++*index) {
		joules_status status = make_sample(w, whole->trace, *index);
		if (status)
			return status;
		const char *key = index_of(w, *index - first);
		size += element_size(w, key);
		if (size > room || w->failed)
			break;
		w->failed |= !w->driver->add_document(samples, key, -1, w->sample);
	}
	return w->failed ? fail_memory() : JOULES_OK;
}

static joules_status fail_large_sample(const struct whole *whole, size_t index)
{
	return joules_fail(JOULES_INCONSISTENT, "sample %zu of %s alone is larger than a document may be (%zu bytes)",
	    index, whole->origin->name, document_size(whole->encoder.driver, whole->encoder.sample));
}

/* Where each part begins, found by making them all once: how many there are stands in each of them. */
static joules_status count_parts(struct whole *whole, size_t room, size_t *parts)
{
	struct bson *samples = whole->encoder.driver->bson_new();
	joules_status status = JOULES_OK;
	*parts = 0;
	for (size_t index = 0; index < joules_trace_count(whole->trace) && !status; ++*parts) {
		size_t first = index;
		whole->encoder.driver->bson_clear(samples);
		status = fill(whole, samples, &index, room);
		if (!status && index == first)
			status = fail_large_sample(whole, index);
	}
	whole->encoder.driver->bson_destroy(samples);
	return status;
}

static joules_status take_part(
    struct whole *whole, const struct bson *samples, size_t part, size_t parts, document_taker take, void *context)
{
	struct bson *document = make_frame(whole, samples, part, parts);
	if (!whole->encoder.failed)
		return take(context, document);
	whole->encoder.driver->bson_destroy(document);
	return fail_memory();
}

static joules_status take_parts(struct whole *whole, struct bson *samples, document_taker take, void *context)
{
	size_t parts, frame = frame_size(whole, LARGE_PART);
	if (frame > whole->most)
		return joules_fail(
		    JOULES_INCONSISTENT, "the labels of %s alone are larger than a document may be", whole->origin->name);
	size_t room = whole->most - frame;
	joules_status status = count_parts(whole, room, &parts);
	for (size_t index = 0, part = 1; part <= parts && !status; part++) {
		whole->encoder.driver->bson_clear(samples);
		status = fill(whole, samples, &index, room);
		if (!status)
			status = take_part(whole, samples, part, parts, take, context);
	}
	return status;
}

/* All samples in one document; NULL: it is too large. */
static struct bson *make_whole(struct whole *whole, const struct bson *samples)
{
	const struct driver *driver = whole->encoder.driver;
	struct bson *document = make_frame(whole, samples, 0, 0);
	if (!whole->encoder.failed && document_size(driver, document) <= whole->most)
		return document;
	driver->bson_destroy(document);
	return NULL;
}

static joules_status take_all(struct whole *whole, document_taker take, void *context)
{
	struct bson *samples = whole->encoder.driver->bson_new(), *document = NULL;
	size_t index = 0;
	joules_status status = fill(whole, samples, &index, whole->most);
	if (!status && index == joules_trace_count(whole->trace))
		document = make_whole(whole, samples);
	if (!status)
		status = document ? take(context, document) : take_parts(whole, samples, take, context);
	whole->encoder.driver->bson_destroy(samples);
	return status;
}

/* Asked once a trace: names stand in five tables of each sample. */
static bool has_odd_names(struct encoder *w, const joules_trace *trace)
{
	bool found = false;
	for (size_t d = 0; d < joules_trace_domain_count(trace) && !found; d++) {
		text_clear(&w->text);
		found = text_add_valid(&w->text, joules_trace_domain(trace, d)->name);
	}
	return found;
}

joules_status document_each(const struct driver *driver, joules_trace *trace, const struct origin *origin, size_t most,
    document_taker take, void *context)
{
	struct whole whole = { .encoder = { .driver = driver }, .trace = trace, .origin = origin, .most = most };
	struct encoder *w = &whole.encoder;
	whole.id = joules_trace_id(trace);
	if (!whole.id)
		return fail_memory();
	w->sample = driver->bson_new();
	w->table = driver->bson_new();
	w->pair = driver->bson_new();
	w->has_odd_names = has_odd_names(w, trace);
	joules_status status = take_all(&whole, take, context);
	driver->bson_destroy(w->sample);
	driver->bson_destroy(w->table);
	driver->bson_destroy(w->pair);
	joules_sample_free(w->row);
	text_free(&w->text);
	text_free(&w->key);
	return status;
}
