/* SPDX-License-Identifier: MIT */
#include "handlers/mongodb/driver.h"

#include <pthread.h>
#include <stdio.h>

static const char *const places[] = { "libmongoc2.so.2", "libmongoc-1.0.so.0", NULL };

#define FUNCTION(member, name) { name, offsetof(struct driver, member), false }

static const struct library_symbol symbols[] = {
	FUNCTION(init, "mongoc_init"),
	FUNCTION(log_set_handler, "mongoc_log_set_handler"),
	FUNCTION(uri_new, "mongoc_uri_new_with_error"),
	FUNCTION(uri_copy, "mongoc_uri_copy"),
	FUNCTION(uri_destroy, "mongoc_uri_destroy"),
	FUNCTION(uri_database, "mongoc_uri_get_database"),
	FUNCTION(uri_has, "mongoc_uri_has_option"),
	FUNCTION(uri_set_int32, "mongoc_uri_set_option_as_int32"),
	FUNCTION(uri_set_bool, "mongoc_uri_set_option_as_bool"),
	FUNCTION(uri_write_concern, "mongoc_uri_get_write_concern"),
	FUNCTION(is_acknowledged, "mongoc_write_concern_is_acknowledged"),
	FUNCTION(client_new, "mongoc_client_new_from_uri"),
	FUNCTION(client_destroy, "mongoc_client_destroy"),
	FUNCTION(client_set_errors, "mongoc_client_set_error_api"),
	FUNCTION(command, "mongoc_client_command_simple"),
	FUNCTION(collection, "mongoc_client_get_collection"),
	FUNCTION(collection_destroy, "mongoc_collection_destroy"),
	FUNCTION(insert_many, "mongoc_collection_insert_many"),
	FUNCTION(find, "mongoc_collection_find_with_opts"),
	FUNCTION(cursor_next, "mongoc_cursor_next"),
	FUNCTION(cursor_error, "mongoc_cursor_error"),
	FUNCTION(cursor_destroy, "mongoc_cursor_destroy"),
	FUNCTION(bson_new, "bson_new"),
	FUNCTION(bson_destroy, "bson_destroy"),
	FUNCTION(bson_clear, "bson_reinit"),
	FUNCTION(bson_bytes, "bson_get_data"),
	FUNCTION(add_string, "bson_append_utf8"),
	FUNCTION(add_double, "bson_append_double"),
	FUNCTION(add_int32, "bson_append_int32"),
	FUNCTION(add_bool, "bson_append_bool"),
	FUNCTION(add_null, "bson_append_null"),
	FUNCTION(add_document, "bson_append_document"),
	FUNCTION(add_array, "bson_append_array"),
	FUNCTION(iterate, "bson_iter_init"),
	FUNCTION(find_key, "bson_iter_find"),
	FUNCTION(enter, "bson_iter_recurse"),
	FUNCTION(next, "bson_iter_next"),
	FUNCTION(key, "bson_iter_key"),
	FUNCTION(as_int64, "bson_iter_as_int64"),
	FUNCTION(string, "bson_iter_utf8"),
	{ NULL, 0, false },
};

static struct library library = { .places = places, .symbols = symbols, .size = sizeof(struct driver) };

static void begin(void)
{
	const struct driver *driver = atomic_load(&library.functions);
	driver->init();
	/* It prints what goes wrong by itself, with pieces of addresses. Of a program that uses it too, the handler stays.
	 */
	if (!atomic_load(&library.was_there))
		driver->log_set_handler(NULL, NULL);
}

const struct driver *driver_get(char reason[LIBRARY_REASON])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const void *functions = NULL;
	enum library_status status = library_open(&library, &functions, reason);
	if (status == LIBRARY_MISSING)
		(void)snprintf(reason, LIBRARY_REASON,
		    "the driver libmongoc was not found (%s, %s); install it: Debian and Ubuntu call it libmongoc-1.0-0, "
		    "Fedora "
		    "mongo-c-driver-libs",
		    places[0], places[1]);
	if (status != LIBRARY_OPEN)
		return NULL;
	pthread_once(&once, begin);
	return functions;
}
