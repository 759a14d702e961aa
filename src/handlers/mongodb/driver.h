/* SPDX-License-Identifier: MIT */
/* What is used of libmongoc, which is opened when it is first needed. Declared here, so that nobody who builds or links
 * this library needs it; the functions are those that 1.x (libmongoc-1.0.so.0) and 2.x (libmongoc2.so.2) have in
 * common. What a document looks like inside is the driver's own: it comes from bson_new(), or is a `driver_room`. */
#ifndef JOULES_HANDLERS_MONGODB_DRIVER_H
#define JOULES_HANDLERS_MONGODB_DRIVER_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/library.h"

struct bson;
struct bson_iter;
struct mongoc_uri;
struct mongoc_client;
struct mongoc_collection;
struct mongoc_cursor;

/* bson_error_t, whose layout is public, with room to spare. */
struct driver_error {
	uint32_t domain;
	uint32_t code;
	char message[1016];
};

/* mongoc_error_domain_t, mongoc_error_code_t and the server's own */
enum { DRIVER_ERROR_SERVER = 17 };
enum {
	SERVER_UNAUTHORIZED = 13,
	SERVER_AUTHENTICATION_FAILED = 18,
	SERVER_COMMAND_NOT_FOUND = 59,
	SERVER_DUPLICATE_KEY = 11000
};

/* Where the driver puts an answer or a place in one: bson_t and bson_iter_t take 128 bytes at most, aligned to as many.
 */
struct driver_room {
	alignas(128) unsigned char bytes[512];
};

struct driver {
	void (*init)(void);
	void (*log_set_handler)(void (*function)(int, const char *, const char *, void *), void *data);

	struct mongoc_uri *(*uri_new)(const char *string, struct driver_error *error);
	struct mongoc_uri *(*uri_copy)(const struct mongoc_uri *uri);
	void (*uri_destroy)(struct mongoc_uri *uri);
	const char *(*uri_database)(const struct mongoc_uri *uri);
	bool (*uri_has)(const struct mongoc_uri *uri, const char *option);
	bool (*uri_set_int32)(struct mongoc_uri *uri, const char *option, int32_t value);
	bool (*uri_set_bool)(struct mongoc_uri *uri, const char *option, bool value);
	const void *(*uri_write_concern)(const struct mongoc_uri *uri);
	bool (*is_acknowledged)(const void *write_concern);

	struct mongoc_client *(*client_new)(const struct mongoc_uri *uri);
	void (*client_destroy)(struct mongoc_client *client);
	bool (*client_set_errors)(struct mongoc_client *client, int32_t version);
	bool (*command)(struct mongoc_client *client, const char *database, const struct bson *command,
	    const void *preferences, struct bson *reply, struct driver_error *error);

	struct mongoc_collection *(*collection)(struct mongoc_client *client, const char *database, const char *name);
	void (*collection_destroy)(struct mongoc_collection *collection);
	bool (*insert_many)(struct mongoc_collection *collection, const struct bson **documents, size_t count,
	    const struct bson *options, struct bson *reply, struct driver_error *error);
	struct mongoc_cursor *(*find)(struct mongoc_collection *collection, const struct bson *filter,
	    const struct bson *options, const void *preferences);
	bool (*cursor_next)(struct mongoc_cursor *cursor, const struct bson **document);
	bool (*cursor_error)(struct mongoc_cursor *cursor, struct driver_error *error);
	void (*cursor_destroy)(struct mongoc_cursor *cursor);

	struct bson *(*bson_new)(void);
	void (*bson_destroy)(struct bson *bson);
	void (*bson_clear)(struct bson *bson);
	const uint8_t *(*bson_bytes)(const struct bson *bson);
	bool (*add_string)(struct bson *bson, const char *key, int key_length, const char *value, int length);
	bool (*add_double)(struct bson *bson, const char *key, int key_length, double value);
	bool (*add_int32)(struct bson *bson, const char *key, int key_length, int32_t value);
	bool (*add_bool)(struct bson *bson, const char *key, int key_length, bool value);
	bool (*add_null)(struct bson *bson, const char *key, int key_length);
	bool (*add_document)(struct bson *bson, const char *key, int key_length, const struct bson *value);
	bool (*add_array)(struct bson *bson, const char *key, int key_length, const struct bson *value);

	bool (*iterate)(struct bson_iter *iter, const struct bson *bson);
	bool (*find_key)(struct bson_iter *iter, const char *key);
	bool (*enter)(const struct bson_iter *iter, struct bson_iter *child);
	bool (*next)(struct bson_iter *iter);
	const char *(*key)(const struct bson_iter *iter);
	int64_t (*as_int64)(const struct bson_iter *iter);
	const char *(*string)(const struct bson_iter *iter, uint32_t *length);
};

/* NULL: why not, with what to install. */
const struct driver *driver_get(char reason[LIBRARY_REASON]);

#endif
