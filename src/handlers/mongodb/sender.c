/* SPDX-License-Identifier: MIT */
#include "handlers/mongodb/sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"
#include "base/uri.h"
#include "handlers/mongodb/document.h"
#include "model/trace.h"

/* What servers take that do not say: a document, a message. */
#define DOCUMENT_MOST ((size_t)16 << 20)
#define MESSAGE_MOST ((size_t)48000000)
#define BATCH_MOST ((size_t)100000)

/* A document in the batch at hand, and whose it is. */
struct part {
	struct bson *document;
	struct parcel *parcel;
	const char *id;                                                   /* in the document; known of duplicates only */
	enum { UNKNOWN, STORED, REFUSED, DUPLICATE, DUPLICATE_ID } state; /* the last: it names _id as the key */
};

struct sender {
	const struct driver *driver;
	const struct address *address;
	struct mongoc_client *client;
	struct mongoc_collection *collection;
	bool acknowledged;
	size_t document_most, batch_bytes_most, batch_most; /* what the server takes */
	struct parcel *parcel;                              /* whose documents are being made */
	struct part *parts;
	size_t count, room, bytes;
	bool is_cut;          /* the connection is gone, or the server refuses everything */
	joules_status status; /* of the first failure … */
	struct text reason;   /* … and what it was */
};

/* ---- what went wrong ---- */

static void note(struct sender *s, joules_status status, const char *message)
{
	if (s->status)
		return;
	s->status = status;
	text_add(&s->reason, uri_scrub(message, s->address->whole));
}

static joules_status status_of(const struct driver_error *error)
{
	bool forbidden = error->code == SERVER_UNAUTHORIZED || error->code == SERVER_AUTHENTICATION_FAILED;
	return forbidden ? JOULES_NO_PERMISSION : JOULES_IO;
}

static void note_error(struct sender *s, const struct driver_error *error)
{
	note(s, status_of(error), error->message);
}

/* ---- answers ---- */

/* The entry of that name; false: there is none. */
static bool look_up(const struct driver *driver, const struct bson *bson, const char *key, struct driver_room *at)
{
	struct bson_iter *iter = (struct bson_iter *)at;
	return driver->iterate(iter, bson) && driver->find_key(iter, key);
}

static size_t limit(const struct driver *driver, const struct bson *hello, const char *key, size_t otherwise)
{
	struct driver_room at;
	int64_t value = look_up(driver, hello, key, &at) ? driver->as_int64((struct bson_iter *)&at) : 0;
	return value > 0 ? (size_t)value : otherwise;
}

static const char *string_at(const struct driver *driver, const struct bson_iter *at)
{
	const char *string = driver->string(at, NULL);
	return string ? string : "";
}

/* What the server says of one document that it did not store. */
struct complaint {
	size_t index;
	int64_t code;
	const char *message;
	bool names_key, is_id; /* it says which key is there already; it is _id */
};

static struct complaint read_complaint(const struct driver *driver, const struct bson_iter *entry)
{
	struct complaint complaint = { .index = SIZE_MAX, .message = "refused" };
	struct driver_room room, inner;
	struct bson_iter *at = (struct bson_iter *)&room, *key = (struct bson_iter *)&inner;
	for (bool more = driver->enter(entry, at) && driver->next(at); more; more = driver->next(at)) {
		const char *name = driver->key(at);
		if (strcmp(name, "index") == 0)
			complaint.index = (size_t)driver->as_int64(at);
		else if (strcmp(name, "code") == 0)
			complaint.code = driver->as_int64(at);
		else if (strcmp(name, "errmsg") == 0)
			complaint.message = string_at(driver, at);
		else if (strcmp(name, "keyPattern") == 0 && driver->enter(at, key) && driver->next(key)) {
			complaint.names_key = true;
			complaint.is_id = strcmp(driver->key(key), "_id") == 0 && !driver->next(key);
		}
	}
	return complaint;
}

static void take_complaint(struct sender *s, const struct complaint *complaint)
{
	if (complaint->index >= s->count)
		return;
	struct part *part = &s->parts[complaint->index];
	part->state = REFUSED;
	if (complaint->code != SERVER_DUPLICATE_KEY || (complaint->names_key && !complaint->is_id))
		note(s, JOULES_IO, complaint->message);
	else
		part->state = complaint->is_id ? DUPLICATE_ID : DUPLICATE;
}

/* Each document that the server does not complain of is stored. False: it complains of no single ones. */
static bool read_complaints(struct sender *s, const struct bson *reply)
{
	struct driver_room room, inner;
	struct bson_iter *list = (struct bson_iter *)&room, *entry = (struct bson_iter *)&inner;
	if (!look_up(s->driver, reply, "writeErrors", &room) || !s->driver->enter(list, entry) || !s->driver->next(entry))
		return false;
	for (size_t i = 0; i < s->count; i++)
		s->parts[i].state = STORED;
	do {
		struct complaint complaint = read_complaint(s->driver, entry);
		take_complaint(s, &complaint);
	} while (s->driver->next(entry));
	return true;
}

/* Stored, but not as safely as was asked for: sent again, it counts as stored only when the server is content. */
static bool read_concern(struct sender *s, const struct bson *reply)
{
	struct driver_room room, inner;
	struct bson_iter *list = (struct bson_iter *)&room, *entry = (struct bson_iter *)&inner;
	if (!look_up(s->driver, reply, "writeConcernErrors", &room) || !s->driver->enter(list, entry) ||
	    !s->driver->next(entry))
		return false;
	struct complaint complaint = read_complaint(s->driver, entry);
	note(s, JOULES_IO, complaint.message);
	return true;
}

/* ---- is what the server calls a duplicate there under our _id, or is it another key that clashes? ---- */

static const char *id_of(const struct driver *driver, const struct bson *document)
{
	struct driver_room room;
	return look_up(driver, document, "_id", &room) ? string_at(driver, (struct bson_iter *)&room) : "";
}

static bool is_duplicate(const struct part *part)
{
	return part->state == DUPLICATE || part->state == DUPLICATE_ID;
}

static int by_id(const void *a, const void *b)
{
	const struct part *const *one = a, *const *other = b;
	return strcmp((*one)->id, (*other)->id);
}

/* {"_id": {"$in": […]}} of these parts. */
static struct bson *make_filter(const struct driver *driver, struct part *const *parts, size_t count)
{
	struct bson *list = driver->bson_new(), *in = driver->bson_new(), *filter = driver->bson_new();
	for (size_t i = 0; i < count; i++) {
		char key[24];
		(void)snprintf(key, sizeof key, "%zu", i);
		(void)driver->add_string(list, key, -1, parts[i]->id, -1);
	}
	(void)driver->add_array(in, "$in", -1, list);
	(void)driver->add_document(filter, "_id", -1, in);
	driver->bson_destroy(list);
	driver->bson_destroy(in);
	return filter;
}

/* {"projection": {"_id": true}} */
static struct bson *make_projection(const struct driver *driver)
{
	struct bson *fields = driver->bson_new(), *options = driver->bson_new();
	(void)driver->add_bool(fields, "_id", -1, true);
	(void)driver->add_document(options, "projection", -1, fields);
	driver->bson_destroy(fields);
	return options;
}

static void find_ids(struct sender *s, struct part **parts, size_t count)
{
	const struct driver *driver = s->driver;
	struct driver_error error = { .code = 0 };
	const struct bson *document;
	struct bson *filter = make_filter(driver, parts, count), *options = make_projection(driver);
	struct mongoc_cursor *cursor = driver->find(s->collection, filter, options, NULL);
	while (driver->cursor_next(cursor, &document)) {
		struct part wanted = { .id = id_of(driver, document) }, *pointer = &wanted;
		struct part **found = bsearch(&pointer, parts, count, sizeof *parts, by_id);
		if (found)
			(*found)->state = STORED;
	}
	bool failed = driver->cursor_error(cursor, &error);
	/* Who may write and not read has only the server's word that it is the _id. */
	for (size_t i = 0; failed && error.code == SERVER_UNAUTHORIZED && i < count; i++)
		if (parts[i]->state == DUPLICATE_ID)
			parts[i]->state = STORED;
	for (size_t i = 0; i < count; i++)
		if (is_duplicate(parts[i]))
			note(s, JOULES_IO, failed ? error.message : "another document has one of its unique keys already (11000)");
	driver->cursor_destroy(cursor);
	driver->bson_destroy(filter);
	driver->bson_destroy(options);
}

static void resolve_duplicates(struct sender *s)
{
	size_t count = 0;
	struct part **parts = malloc(s->count * sizeof *parts);
	for (size_t i = 0; parts && i < s->count; i++) {
		if (!is_duplicate(&s->parts[i]))
			continue;
		s->parts[i].id = id_of(s->driver, s->parts[i].document);
		parts[count++] = &s->parts[i];
	}
	if (!parts)
		note(s, JOULES_NO_MEMORY, "out of memory");
	if (count > 0) {
		qsort(parts, count, sizeof *parts, by_id);
		find_ids(s, parts, count);
	}
	free(parts);
}

/* ---- sending ---- */

/* Documents are valid, so the driver need not look at each once more, which takes a quarter of the time. What is not
 * acknowledged nobody knows to be stored: asked for all the same. */
static struct bson *insert_options(const struct sender *s)
{
	const struct driver *driver = s->driver;
	struct bson *options = driver->bson_new();
	(void)driver->add_bool(options, "ordered", -1, false);
	(void)driver->add_bool(options, "validate", -1, false);
	if (!s->acknowledged) {
		struct bson *concern = driver->bson_new();
		(void)driver->add_int32(concern, "w", -1, 1);
		(void)driver->add_document(options, "writeConcern", -1, concern);
		driver->bson_destroy(concern);
	}
	return options;
}

static void insert(struct sender *s, const struct bson **documents)
{
	struct driver_room room = { { 0 } };
	struct driver_error error = { .code = 0 };
	struct bson *reply = (struct bson *)&room, *options = insert_options(s);
	bool done = s->driver->insert_many(s->collection, documents, s->count, options, reply, &error);
	for (size_t i = 0; done && i < s->count; i++)
		s->parts[i].state = STORED;
	if (!done && !read_concern(s, reply) && !read_complaints(s, reply)) {
		note_error(s, &error);
		s->is_cut = true;
	}
	s->driver->bson_destroy(reply);
	s->driver->bson_destroy(options);
}

static void send_batch(struct sender *s)
{
	const struct bson **documents = malloc((s->count + 1) * sizeof *documents);
	for (size_t i = 0; documents && i < s->count; i++)
		documents[i] = s->parts[i].document;
	if (!documents)
		note(s, JOULES_NO_MEMORY, "out of memory");
	else if (s->count > 0 && !s->is_cut)
		insert(s, documents);
	if (s->count > 0)
		resolve_duplicates(s);
	for (size_t i = 0; i < s->count; i++) {
		s->parts[i].parcel->there += s->parts[i].state == STORED;
		s->driver->bson_destroy(s->parts[i].document);
	}
	s->count = 0;
	s->bytes = 0;
	free(documents);
}

static bool make_room(struct sender *s)
{
	if (s->count < s->room)
		return true;
	size_t room = s->room ? 2 * s->room : 64;
	struct part *parts = realloc(s->parts, room * sizeof *parts);
	if (!parts)
		return false;
	s->parts = parts;
	s->room = room;
	return true;
}

static joules_status take(void *context, struct bson *document)
{
	struct sender *s = context;
	size_t size = document_size(s->driver, document);
	if (s->count == s->batch_most || s->bytes + size > s->batch_bytes_most)
		send_batch(s);
	if (s->is_cut || !make_room(s)) {
		s->driver->bson_destroy(document);
		return s->is_cut ? s->status : fail_memory();
	}
	s->parts[s->count++] = (struct part){ .document = document, .parcel = s->parcel };
	s->bytes += size;
	s->parcel->sent++;
	return JOULES_OK;
}

void parcel_name(struct origin *origin, struct text *name, const struct address *address, const struct parcel *parcel)
{
	const struct stored *stored = trace_stored(parcel->trace);
	origin_find(origin, parcel->trace, parcel->number);
	if (!address->prefix)
		return;
	text_clear(name);
	text_addf(name, "%s%zu", address->prefix, stored ? (size_t)stored->number : parcel->number);
	origin->name = text_string(name);
}

static joules_status send_parcel(struct sender *s, struct parcel *parcel)
{
	struct origin origin;
	struct text name = TEXT_INIT;
	parcel_name(&origin, &name, s->address, parcel);
	s->parcel = parcel;
	parcel->sent = 0;
	parcel->there = 0;
	joules_status status =
	    name.failed ? fail_memory() : document_each(s->driver, parcel->trace, &origin, s->document_most, take, s);
	parcel->is_whole = status == JOULES_OK;
	text_free(&name);
	return status;
}

/* ---- the connection ---- */

/* The first word with the server: it finds out whether there is one, and what it takes. */
static bool greet(struct sender *s)
{
	struct driver_room room = { { 0 } };
	struct driver_error error = { .code = 0 };
	struct bson *hello = s->driver->bson_new(), *reply = (struct bson *)&room;
	(void)s->driver->add_int32(hello, "hello", -1, 1);
	bool done = s->driver->command(s->client, "admin", hello, NULL, reply, &error);
	s->document_most = limit(s->driver, reply, "maxBsonObjectSize", DOCUMENT_MOST);
	s->batch_bytes_most = limit(s->driver, reply, "maxMessageSizeBytes", MESSAGE_MOST) / 2;
	s->batch_most = limit(s->driver, reply, "maxWriteBatchSize", BATCH_MOST);
	s->driver->bson_destroy(reply);
	s->driver->bson_destroy(hello);
	bool is_old = error.domain == DRIVER_ERROR_SERVER && error.code == SERVER_COMMAND_NOT_FOUND;
	if (!done && !is_old)
		note_error(s, &error);
	return done || is_old;
}

static bool connect_client(struct sender *s, const struct mongoc_uri *uri)
{
	s->client = s->driver->client_new(uri);
	if (!s->client) {
		note(s, JOULES_IO, "the driver cannot use this address (a name that DNS does not know, or TLS that it lacks)");
		return false;
	}
	(void)s->driver->client_set_errors(s->client, 2);
	s->collection = s->driver->collection(s->client, s->driver->uri_database(uri), s->address->collection);
	return greet(s);
}

joules_status sender_send(const struct driver *driver, const struct address *address, const struct mongoc_uri *uri,
    struct parcel *parcels, size_t count, struct text *reason)
{
	struct sender s = { .driver = driver, .address = address };
	s.acknowledged = driver->is_acknowledged(driver->uri_write_concern(uri));
	s.is_cut = !connect_client(&s, uri);
	for (size_t i = 0; i < count && !s.is_cut; i++) {
		joules_status status = send_parcel(&s, &parcels[i]);
		if (status)
			note(&s, status, joules_error_message());
	}
	send_batch(&s);
	if (s.collection)
		driver->collection_destroy(s.collection);
	if (s.client)
		driver->client_destroy(s.client);
	free(s.parts);
	*reason = s.reason;
	return s.status;
}
