/* SPDX-License-Identifier: MIT */
/* A server's address, scheme://user:password@hosts/database?options: what may be said of it, and which part is where.
 * People forget to escape what stands in a password, so rather too much is kept back than too little. */
#ifndef JOULES_BASE_URI_H
#define JOULES_BASE_URI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* Appends the address without its password and its options, which can hold secrets too: mongodb://alice:***@db/runs?…
 * Where there is no "://", a leading "mongodb:" or "mongodb+srv:" is its scheme. */
void uri_show(struct text *out, const char *uri);

/* Is it an address, and no file name: scheme://…, mongodb:…, or something with a password or options in it? */
bool uri_is_address(const char *string);

/* Does the password hold a character that ends it too early (@ / ? and the like)? A driver takes the rest for something
 * else, which it may print. */
bool uri_is_unescaped(const char *uri);

/* The message, or in place of it a note where it repeats a secret of this address. */
const char *uri_scrub(const char *message, const char *uri);

/* Appends an address that is not unescaped without its password and without the options that are secrets; and puts
 * those of another address back into it, if that has the same user, hosts and database. */
void uri_add_without_secrets(struct text *out, const char *uri);
void uri_add_with_secrets_of(struct text *out, const char *uri, const char *with);

/* Is an option of this name a secret? */
bool uri_option_is_secret(const char *key, size_t length);

/* Appends string[0 … length) with each %XX as its byte; false where a % is followed by something else, or is a NUL. */
bool uri_decode(struct text *out, const char *string, size_t length);

#endif
