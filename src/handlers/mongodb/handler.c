/* SPDX-License-Identifier: MIT */
/* Documents in a collection of a MongoDB server, one a trace. Traces are kept until they are saved, since sending
 * between two measurements would disturb them. Each save has a connection of its own: nothing of it is shared after a
 * fork. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"
#include "base/uri.h"
#include "handlers/formats.h"
#include "handlers/mongodb/address.h"
#include "handlers/mongodb/driver.h"
#include "handlers/mongodb/sender.h"
#include "handlers/notices.h"

struct mongodb {
	const struct driver *driver;
	struct address address;
	struct mongoc_uri *uri;
	struct parcel *parcels; /* not stored yet, oldest first */
	size_t count, room;
	size_t number; /* of the next trace */
	double timeout_s;
	struct notices notices; /* only its receiver is used */
	bool warned;
	struct origin unsaved; /* of the one that was asked for last */
	struct text unsaved_name;
};

static joules_status open_address(struct mongodb *m)
{
	struct driver_error error = { .code = 0 };
	m->uri = m->driver->uri_new(m->address.driver_uri, &error);
	if (!m->uri)
		return joules_fail(
		    JOULES_INVALID_ARGUMENT, "the address cannot be used: %s", uri_scrub(error.message, m->address.whole));
	if (!m->driver->uri_database(m->uri))
		return joules_fail(JOULES_INVALID_ARGUMENT, "the address names no database; write " ADDRESS_FORM);
	return JOULES_OK;
}

static void close_mongodb(void *state)
{
	struct mongodb *m = state;
	for (size_t i = 0; i < m->count; i++)
		joules_trace_unref(m->parcels[i].trace);
	free(m->parcels);
	if (m->driver && m->uri)
		m->driver->uri_destroy(m->uri);
	address_free(&m->address);
	text_free(&m->unsaved_name);
	free(m);
}

static joules_status open_mongodb(void *context, const char *target, void **state)
{
	(void)context;
	char reason[LIBRARY_REASON];
	struct mongodb *m = calloc(1, sizeof *m);
	if (!m)
		return fail_memory();
	m->timeout_s = 30;
	m->driver = driver_get(reason);
	joules_status status = address_parse(&m->address, target);
	if (!status)
		status = m->driver ? open_address(m) : joules_fail(JOULES_IO, "%s", reason);
	if (status)
		close_mongodb(m);
	else
		*state = m;
	return status;
}

/* ---- traces ---- */

static joules_status process_mongodb(void *state, joules_trace *trace)
{
	struct mongodb *m = state;
	if (!joules_trace_id(trace)) /* made now, so that after a fork both have the same */
		return fail_memory();
	if (m->count == m->room) {
		size_t room = m->room ? 2 * m->room : 8;
		struct parcel *parcels = realloc(m->parcels, room * sizeof *parcels);
		if (!parcels)
			return fail_memory();
		m->parcels = parcels;
		m->room = room;
	}
	m->parcels[m->count++] = (struct parcel){ .trace = joules_trace_ref(trace), .number = m->number++ };
	return JOULES_OK;
}

/* What the address itself says of these wins. */
static struct mongoc_uri *complete_uri(const struct mongodb *m)
{
	struct mongoc_uri *uri = m->driver->uri_copy(m->uri);
	int32_t first_answer = (int32_t)(m->timeout_s * 1000);
	const struct {
		const char *option;
		int32_t milliseconds;
	} timeouts[] = {
		{ "connectTimeoutMS", first_answer },
		{ "serverSelectionTimeoutMS", first_answer },
		{ "socketTimeoutMS", 30000 },
	};
	for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++)
		if (!m->driver->uri_has(uri, timeouts[i].option))
			(void)m->driver->uri_set_int32(uri, timeouts[i].option, timeouts[i].milliseconds);
	/* Else the first refusal would end it, however long it may take (libmongoc's default for one client). */
	if (!m->driver->uri_has(uri, "serverSelectionTryOnce"))
		(void)m->driver->uri_set_bool(uri, "serverSelectionTryOnce", false);
	return uri;
}

/* What nobody acknowledges nobody knows to be stored, so sender_send() asks for it. */
static void warn_of_concern(struct mongodb *m)
{
	bool is_needed = !m->driver->is_acknowledged(m->driver->uri_write_concern(m->uri));
	if (is_needed && !m->warned)
		notices_deliver(&m->notices,
		    &(joules_notice){ .size = sizeof(joules_notice),
		        .kind = JOULES_NOTICE_ADDRESS,
		        .line = "w=0 in the address would lose documents unseen: the server was asked to acknowledge them" });
	m->warned |= is_needed;
}

static joules_status save_mongodb(void *state)
{
	struct mongodb *m = state;
	struct text reason = TEXT_INIT;
	size_t tried = m->count, left = 0;
	if (tried == 0)
		return JOULES_OK;
	warn_of_concern(m);
	struct mongoc_uri *uri = complete_uri(m);
	joules_status status = sender_send(m->driver, &m->address, uri, m->parcels, tried, &reason);
	m->driver->uri_destroy(uri);
	for (size_t i = 0; i < tried; i++) {
		if (parcel_is_stored(&m->parcels[i]))
			joules_trace_unref(m->parcels[i].trace);
		else
			m->parcels[left++] = m->parcels[i];
	}
	m->count = left;
	if (status)
		(void)joules_fail(status, "%zu of %zu traces could not be stored in %s.%s of %s: %s", left, tried,
		    m->driver->uri_database(m->uri), m->address.collection, m->address.shown, text_string(&reason));
	text_free(&reason);
	return left > 0 ? status : JOULES_OK;
}

static joules_trace *unsaved_mongodb(void *state, size_t index, const char **name)
{
	struct mongodb *m = state;
	if (index >= m->count)
		return NULL;
	parcel_name(&m->unsaved, &m->unsaved_name, &m->address, &m->parcels[index]);
	*name = m->unsaved.name;
	return m->parcels[index].trace;
}

static const char *address_of_mongodb(void *state)
{
	const struct mongodb *m = state;
	return m->address.stored;
}

static void set_timeout_of_mongodb(void *state, double seconds)
{
	struct mongodb *m = state;
	m->timeout_s = seconds > 0.001 && seconds < 1e6 ? seconds : m->timeout_s;
}

static void set_notices_of_mongodb(void *state, joules_notice_function function, void *context)
{
	struct mongodb *m = state;
	m->notices.receiver = function;
	m->notices.context = context;
}

const joules_handler_ops mongodb_handler = { .size = sizeof(joules_handler_ops),
	.name = "mongodb",
	.schemes = (const char *const[]){ "mongodb", "mongodb+srv", NULL },
	.open = open_mongodb,
	.process = process_mongodb,
	.save = save_mongodb,
	.close = close_mongodb,
	.notices_set = set_notices_of_mongodb,
	.timeout_set = set_timeout_of_mongodb,
	.unsaved = unsaved_mongodb,
	.address = address_of_mongodb };
