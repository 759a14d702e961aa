/* SPDX-License-Identifier: MIT */
/* mongodb://user:password@hosts/DATABASE?collection=NAME&prefix=…: what of it is ours, and what is the driver's. */
#ifndef JOULES_HANDLERS_MONGODB_ADDRESS_H
#define JOULES_HANDLERS_MONGODB_ADDRESS_H

#include <joules/joules.h>

/* How an address looks, for messages. */
#define ADDRESS_FORM "mongodb://HOST/DATABASE?collection=NAME"

struct address {
	char *whole;      /* as given: what messages are looked through for secrets of */
	char *shown;      /* as it may be said */
	char *stored;     /* as it may be kept: without secrets */
	char *driver_uri; /* without our options */
	char *collection;
	char *prefix; /* of a trace's name, before its number */
};

/* target: an address, or "" for the one in $JOULES_MONGODB_URI. Release with address_free(), also after a failure. */
joules_status address_parse(struct address *address, const char *target);
void address_free(struct address *address);

#endif
