/* SPDX-License-Identifier: MIT */
/* Sends traces to a server and finds out which of them are stored. */
#ifndef JOULES_HANDLERS_MONGODB_SENDER_H
#define JOULES_HANDLERS_MONGODB_SENDER_H

#include <joules/joules.h>

#include "base/text.h"
#include "handlers/mongodb/address.h"
#include "handlers/mongodb/driver.h"
#include "handlers/origin.h"

/* A trace that is to be sent. */
struct parcel {
	joules_trace *trace;
	size_t number; /* among those that the handler was given */
	size_t sent;   /* documents of it that were made … */
	size_t there;  /* … and that are stored */
	bool is_whole; /* there are no more to be made */
};

static inline bool parcel_is_stored(const struct parcel *parcel)
{
	return parcel->is_whole && parcel->there == parcel->sent;
}

/* Sets the origin's name to what its document has, which lives as long as `name`, the trace and the origin do. */
void parcel_name(struct origin *origin, struct text *name, const struct address *address, const struct parcel *parcel);

/* One connection for all of them. *reason is why the first one that failed did, to be released by the caller. */
joules_status sender_send(const struct driver *driver, const struct address *address, const struct mongoc_uri *uri,
    struct parcel *parcels, size_t count, struct text *reason);

#endif
