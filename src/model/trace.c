/* SPDX-License-Identifier: MIT */
#include "model/trace.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/cancel.h"
#include "base/status.h"
#include "model/tags.h"

/* Chunks hold 16, 64, 256, 1024 samples, then 4096 each: a short trace stays small, a long one needs no copy when it
 * grows. */
#define SMALL_CHUNKS 4
#define SMALL_SAMPLES (16 + 64 + 256 + 1024)
#define CHUNK_SAMPLES 4096

#define JOINED 0x80000000u /* in a tag's number */

/* In the byte of a value's flags: why it is invalid or partial, as its place in this list. What is stuck or short says
 * so by its flag. */
#define FLAG_BITS 5
#define FLAG_MASK ((1u << FLAG_BITS) - 1)
static const joules_reason reasons[] = { JOULES_REASON_NONE, JOULES_REASON_FAILED, JOULES_REASON_RESET,
	JOULES_REASON_SLEPT, JOULES_REASON_IMPLAUSIBLE, JOULES_REASON_UNREAD };

/* Columns of `capacity` entries; those of a domain stand at domain × capacity. */
struct chunk {
	double *timestamp;
	double *duration;
	double *joules;
	float *below;
	float *above;        /* of a partial value, which has no bound there, the time in which it was seen */
	float *likely_below; /* only where a domain has a model: else NULL */
	float *likely_above;
	uint32_t *tag;
	uint8_t *flags;
};

struct joules_trace {
	atomic_uint references;
	struct domains *domains;
	bool differences;
	struct chunk *chunks;
	size_t chunk_count;
	size_t chunk_capacity;
	size_t count;
	size_t room; /* samples that fit into the chunks */
	struct tags tags;
	struct labels labels;
	struct stored *stored;
	pthread_mutex_t id_lock;
	char id[UUID_MAX];
};

static size_t capacity_of(size_t chunk)
{
	return chunk < SMALL_CHUNKS ? (size_t)16 << (2 * chunk) : CHUNK_SAMPLES;
}

struct place {
	const struct chunk *chunk;
	size_t at;
	size_t capacity;
};

static struct place place_of(const joules_trace *trace, size_t index)
{
	size_t chunk = 0;
	if (index >= SMALL_SAMPLES) {
		chunk = SMALL_CHUNKS + (index - SMALL_SAMPLES) / CHUNK_SAMPLES;
		index = (index - SMALL_SAMPLES) % CHUNK_SAMPLES;
	}
	for (; chunk < SMALL_CHUNKS && index >= capacity_of(chunk); chunk++)
		index -= capacity_of(chunk);
	return (struct place){ &trace->chunks[chunk], index, capacity_of(chunk) };
}

joules_trace *trace_new(const struct domains *domains)
{
	joules_trace *trace = calloc(1, sizeof *trace);
	if (!trace)
		return NULL;
	atomic_init(&trace->references, 1);
	pthread_mutex_init(&trace->id_lock, NULL);
	trace->domains = domains_ref(domains);
	return trace;
}

joules_trace *trace_new_differences(const struct domains *domains)
{
	joules_trace *trace = trace_new(domains);
	if (trace)
		trace->differences = true;
	return trace;
}

joules_trace *trace_new_like(const joules_trace *trace)
{
	return trace->differences ? trace_new_differences(trace->domains) : trace_new(trace->domains);
}

bool trace_holds_differences(const joules_trace *trace)
{
	return trace->differences;
}

joules_status trace_check_pair(const joules_trace *a, const joules_trace *b, joules_trace **result, const char *what)
{
	if (!a || !b || !result)
		return joules_fail(JOULES_INVALID_ARGUMENT, "%s: no trace may be NULL", what);
	*result = NULL;
	if (!domains_equal(a->domains, b->domains))
		return joules_fail(JOULES_INCONSISTENT,
		    "%s: the traces have different domains; measure both with the same --domains or options", what);
	return JOULES_OK;
}

joules_trace *joules_trace_ref(joules_trace *trace)
{
	if (trace)
		atomic_fetch_add_explicit(&trace->references, 1, memory_order_relaxed);
	return trace;
}

void joules_trace_unref(joules_trace *trace)
{
	if (!trace || atomic_fetch_sub_explicit(&trace->references, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < trace->chunk_count; i++)
		free(trace->chunks[i].timestamp); /* one block a chunk */
	free(trace->chunks);
	tags_free(&trace->tags);
	labels_free(&trace->labels);
	stored_free(trace->stored);
	domains_unref(trace->domains);
	pthread_mutex_destroy(&trace->id_lock);
	free(trace);
}

const struct domains *trace_domains(const joules_trace *trace)
{
	return trace->domains;
}

static bool has_model(const struct domains *domains)
{
	for (size_t i = 0; i < domains->count; i++)
		if (domains->items[i]->kind == JOULES_KIND_MODEL)
			return true;
	return false;
}

/* One block, the widest columns first, so that each is aligned. */
static bool chunk_allocate(struct chunk *chunk, size_t capacity, const struct domains *domains)
{
	size_t values = capacity * domains->count, likely = has_model(domains) ? values : 0;
	size_t wide = capacity * 2 + values, narrow = 2 * (values + likely);
	char *block = malloc(wide * sizeof(double) + narrow * sizeof(float) + capacity * sizeof(uint32_t) + values);
	if (!block)
		return false;
	void *at = block;
	chunk->timestamp = at;
	chunk->duration = chunk->timestamp + capacity;
	chunk->joules = chunk->duration + capacity;
	at = chunk->joules + values;
	chunk->below = at;
	chunk->above = chunk->below + values;
	chunk->likely_below = likely ? chunk->above + values : NULL;
	chunk->likely_above = likely ? chunk->likely_below + likely : NULL;
	at = chunk->below + narrow;
	chunk->tag = at;
	at = chunk->tag + capacity;
	chunk->flags = at;
	return true;
}

static bool add_chunk(joules_trace *trace)
{
	if (trace->chunk_count == trace->chunk_capacity) {
		size_t capacity = trace->chunk_capacity ? trace->chunk_capacity * 2 : 4;
		struct chunk *chunks = realloc(trace->chunks, capacity * sizeof *chunks);
		if (!chunks)
			return false;
		trace->chunks = chunks;
		trace->chunk_capacity = capacity;
	}
	if (!chunk_allocate(&trace->chunks[trace->chunk_count], capacity_of(trace->chunk_count), trace->domains))
		return false;
	trace->room += capacity_of(trace->chunk_count++);
	return true;
}

bool trace_reserve(joules_trace *trace, size_t samples, const char *tag, uint32_t *number)
{
	while (trace->room - trace->count < samples)
		if (!add_chunk(trace))
			return false;
	*number = tags_intern(&trace->tags, tag ? tag : "");
	return *number != TAGS_NONE;
}

/* A doubt is never made smaller by being stored in fewer bits. */
static float round_up(double doubt)
{
	union {
		float value;
		uint32_t bits; /* of a number that is not negative, the next larger one has the next bits (IEEE 754) */
	} rounded = { (float)doubt };
	rounded.bits += (double)rounded.value < doubt;
	return rounded.value;
}

static uint8_t packed_reason(joules_reason reason)
{
	for (unsigned i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i] == reason)
			return (uint8_t)(i << FLAG_BITS);
	return 0;
}

static void put(const struct chunk *chunk, size_t at, const struct increment *increment)
{
	chunk->joules[at] = increment->joules;
	chunk->below[at] = round_up(increment->below);
	chunk->above[at] = round_up(increment->above);
	chunk->flags[at] = (uint8_t)(increment->flags & FLAG_MASK);
	if (increment->flags & (JOULES_PARTIAL | JOULES_INVALID))
		chunk->flags[at] |= packed_reason(increment->reason);
	if (increment->flags & JOULES_PARTIAL)
		chunk->above[at] = (float)increment->seen_s;
	if (!chunk->likely_below)
		return;
	chunk->likely_below[at] = round_up(increment->likely_below);
	chunk->likely_above[at] = round_up(increment->likely_above);
}

void trace_push(joules_trace *trace, uint32_t tag, double timestamp, double duration_s, bool joined,
    const struct increment *increments)
{
	struct place place = place_of(trace, trace->count);
	const struct chunk *chunk = place.chunk;
	chunk->timestamp[place.at] = timestamp;
	chunk->duration[place.at] = duration_s;
	chunk->tag[place.at] = tag | (joined ? JOINED : 0);
	size_t domains = trace->domains->count, at = place.at;
	for (size_t i = 0; i < domains; i++, at += place.capacity)
		put(chunk, at, &increments[i]);
	trace->count++;
}

bool trace_append(joules_trace *trace, const char *tag, double timestamp, double duration_s, bool joined,
    const struct increment *increments)
{
	uint32_t number;
	if (!trace_reserve(trace, 1, tag, &number))
		return false;
	trace_push(trace, number, timestamp, duration_s, joined, increments);
	return true;
}

static void tighten(float *doubt, double closed)
{
	float rounded = round_up(closed);
	if (rounded < *doubt)
		*doubt = rounded;
}

void trace_tighten_begin(joules_trace *trace, size_t index, size_t domain, double doubt)
{
	struct place place = place_of(trace, index);
	tighten(&place.chunk->below[domain * place.capacity + place.at], doubt);
}

void trace_tighten_end(joules_trace *trace, size_t index, size_t domain, double doubt)
{
	struct place place = place_of(trace, index);
	size_t at = domain * place.capacity + place.at;
	if (!(place.chunk->flags[at] & (JOULES_PARTIAL | JOULES_INVALID)))
		tighten(&place.chunk->above[at], doubt);
}

void trace_put_begin(joules_trace *trace, size_t index, size_t domain, double doubt)
{
	struct place place = place_of(trace, index);
	place.chunk->below[domain * place.capacity + place.at] = round_up(doubt);
}

void trace_put_end(joules_trace *trace, size_t index, size_t domain, double doubt)
{
	struct place place = place_of(trace, index);
	size_t at = domain * place.capacity + place.at;
	if (!(place.chunk->flags[at] & (JOULES_PARTIAL | JOULES_INVALID)))
		place.chunk->above[at] = round_up(doubt);
}

void trace_stick(joules_trace *trace, size_t index, size_t domain, double stood_s, double unsure_s)
{
	struct place place = place_of(trace, index);
	size_t at = domain * place.capacity + place.at;
	if (isnan(place.chunk->joules[at]))
		return;
	if (place.chunk->joules[at] > 0.0) {
		bool partial = place.chunk->flags[at] & JOULES_PARTIAL;
		double whole_s = partial ? (double)place.chunk->above[at] : place.chunk->duration[place.at];
		double seconds = whole_s - stood_s;
		place.chunk->flags[at] |= JOULES_PARTIAL | JOULES_STUCK;
		place.chunk->above[at] = seen_is_sure(seconds, unsure_s) ? (float)seconds : (float)NAN;
		return;
	}
	place.chunk->flags[at] = JOULES_INVALID | JOULES_STUCK;
	place.chunk->joules[at] = (double)NAN;
}

struct row trace_row(const joules_trace *trace, size_t index)
{
	struct place place = place_of(trace, index);
	uint32_t tag = place.chunk->tag[place.at];
	return (struct row){
		.tag = trace->tags.strings[tag & ~JOINED],
		.timestamp = place.chunk->timestamp[place.at],
		.duration_s = place.chunk->duration[place.at],
		.joined = tag & JOINED,
	};
}

struct increment trace_increment(const joules_trace *trace, size_t index, size_t domain)
{
	struct place place = place_of(trace, index);
	const struct chunk *chunk = place.chunk;
	size_t at = domain * place.capacity + place.at;
	double above = (double)chunk->above[at];
	bool partial = chunk->flags[at] & JOULES_PARTIAL;
	return (struct increment){
		.joules = chunk->joules[at],
		.below = (double)chunk->below[at],
		.above = partial ? (double)INFINITY : above,
		.likely_below = chunk->likely_below ? (double)chunk->likely_below[at] : (double)NAN,
		.likely_above = chunk->likely_above ? (double)chunk->likely_above[at] : (double)NAN,
		.flags = chunk->flags[at] & FLAG_MASK,
		.reason = reasons[chunk->flags[at] >> FLAG_BITS],
		.seen_s = partial ? above : (double)NAN,
	};
}

joules_energy trace_energy(const joules_trace *trace, size_t domain, const struct increment *increment)
{
	return trace->differences ? energy_of_difference(increment)
	                          : energy_of_increment(trace->domains->items[domain], increment);
}

/* As a value of `trace`: among differences an energy keeps the bounds that a reader sees. */
static struct increment adopted(
    const joules_trace *trace, const joules_trace *other, size_t domain, struct increment increment)
{
	if (trace->differences == other->differences)
		return increment;
	joules_energy energy = trace_energy(other, domain, &increment);
	return increment_of_energy(&energy);
}

bool trace_append_range(joules_trace *trace, const joules_trace *other, size_t from, size_t to)
{
	size_t domains = trace->domains->count;
	struct increment *increments = calloc(domains + 1, sizeof *increments);
	bool done = increments, alike = trace->differences == other->differences;
	for (size_t i = from; i < to && done; i++) {
		struct row row = trace_row(other, i);
		for (size_t d = 0; d < domains; d++)
			increments[d] = adopted(trace, other, d, trace_increment(other, i, d));
		bool joined = row.joined && alike && i > from;
		done = trace_append(trace, row.tag, row.timestamp, row.duration_s, joined, increments);
	}
	free(increments);
	return done;
}

size_t joules_trace_count(const joules_trace *trace)
{
	return trace ? trace->count : 0;
}

size_t joules_trace_domain_count(const joules_trace *trace)
{
	return trace ? trace->domains->count : 0;
}

const joules_domain *joules_trace_domain(const joules_trace *trace, size_t index)
{
	return trace && index < trace->domains->count ? trace->domains->items[index] : NULL;
}

size_t joules_trace_find(const joules_trace *trace, const char *tag, size_t from)
{
	if (!trace)
		return 0;
	uint32_t number = tag ? tags_find(&trace->tags, tag) : TAGS_NONE;
	for (size_t i = number == TAGS_NONE ? trace->count : from; i < trace->count; i++) {
		struct place place = place_of(trace, i);
		if ((place.chunk->tag[place.at] & ~JOINED) == number)
			return i;
	}
	return trace->count;
}

void trace_keep(joules_trace *trace, struct stored *stored, const char *id)
{
	stored_free(trace->stored);
	trace->stored = stored;
	(void)snprintf(trace->id, sizeof trace->id, "%s", id);
}

const struct stored *trace_stored(const joules_trace *trace)
{
	return trace->stored;
}

/* ---- what it was told of its run ---- */

static bool is_key(const char *key)
{
	size_t length = strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
	return length > 0 && !key[length];
}

joules_status joules_trace_label_set(joules_trace *trace, const char *key, const char *value)
{
	if (!trace || !key || !value)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_trace_label_set: no argument may be NULL");
	if (!is_key(key))
		return joules_fail(JOULES_INVALID_ARGUMENT,
		    "'%s' cannot be the name of a label; use letters, digits, _ and - (A-Z a-z 0-9)", key);
	return labels_set(&trace->labels, key, value) ? JOULES_OK : fail_memory();
}

const char *joules_trace_label(const joules_trace *trace, const char *key)
{
	return trace && key ? labels_find(&trace->labels, key) : NULL;
}

const char *joules_trace_label_key(const joules_trace *trace, size_t index)
{
	return index < joules_trace_label_count(trace) ? trace->labels.list[index].key : NULL;
}

size_t joules_trace_label_count(const joules_trace *trace)
{
	return trace ? trace->labels.count : 0;
}

bool trace_copy_labels(joules_trace *trace, const joules_trace *from, const joules_trace *common)
{
	return labels_copy(&trace->labels, &from->labels, common ? &common->labels : NULL);
}

/* RFC 9562 section 5.4: version 4, variant 10. */
static void make_uuid(char uuid[UUID_MAX])
{
	unsigned char b[16];
	if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
		memset(b, 0, sizeof b);
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	(void)snprintf(uuid, UUID_MAX, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
	    b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

const char *joules_trace_id(joules_trace *trace)
{
	UNCANCELLED;
	if (!trace)
		return "";
	pthread_mutex_lock(&trace->id_lock);
	if (!trace->id[0])
		make_uuid(trace->id);
	pthread_mutex_unlock(&trace->id_lock);
	return trace->id;
}
