/* SPDX-License-Identifier: MIT */
#include "handlers/mongodb/address.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/status.h"
#include "base/text.h"
#include "base/uri.h"
#include "base/utf8.h"

#define VARIABLE "JOULES_MONGODB_URI"

/* An option, key=value, at `at`. */
struct option {
	const char *key, *value;
	size_t key_length, value_length, length;
};

static struct option option_at(const char *at)
{
	struct option option = { .key = at, .length = strcspn(at, "&;") };
	size_t key = strcspn(at, "=&;");
	bool has_value = key < option.length;
	option.key_length = key;
	option.value = has_value ? at + key + 1 : at + key;
	option.value_length = has_value ? option.length - key - 1 : 0;
	return option;
}

static bool is_called(const struct option *option, const char *name)
{
	return option->key_length == strlen(name) && strncasecmp(option->key, name, option->key_length) == 0;
}

static bool is_text(const char *string)
{
	uint32_t code = 0;
	for (const char *at = string; *at && code != UTF8_NONE;)
		at += utf8_decode((const unsigned char *)at, &code);
	return code != UTF8_NONE;
}

/* The option's value with its escapes undone, in place of what an earlier one of this name said. */
static joules_status take(const struct option *option, char **value)
{
	struct text plain = TEXT_INIT;
	text_add(&plain, "");
	bool is_plain = uri_decode(&plain, option->value, option->value_length);
	joules_status status = plain.failed    ? fail_memory()
	    : is_plain && is_text(plain.bytes) ? JOULES_OK
	                                       : joules_fail(JOULES_INVALID_ARGUMENT,
	                                             "the value of %.*s= in the address is not text; write a %% as %%25, "
	                                             "other characters as the %%XX of their UTF-8",
	                                             (int)option->key_length, option->key);
	if (status) {
		text_free(&plain);
		return status;
	}
	free(*value);
	*value = plain.bytes;
	return JOULES_OK;
}

/* The address without our options, which a driver would warn about. */
static joules_status divide(struct address *address)
{
	size_t hosts = strcspn(address->whole, "?");
	struct text uri = TEXT_INIT;
	joules_status status = JOULES_OK;
	text_add_bytes(&uri, address->whole, hosts);
	char mark = '?';
	for (const char *at = address->whole + hosts; *at && !status;) {
		struct option option = option_at(at + 1);
		at = option.key + option.length;
		if (is_called(&option, "collection")) {
			status = take(&option, &address->collection);
		} else if (is_called(&option, "prefix")) {
			status = take(&option, &address->prefix);
		} else if (option.length > 0) {
			text_add_bytes(&uri, &mark, 1);
			text_add_bytes(&uri, option.key, option.length);
			mark = '&';
		}
	}
	address->driver_uri = uri.bytes;
	return !status && uri.failed ? fail_memory() : status;
}

/* What every server refuses (MongoDB manual, Naming Restrictions). */
static bool is_name_of_collection(const char *name)
{
	size_t length = strlen(name);
	return length > 0 && length <= 255 && name[0] != '.' && name[length - 1] != '.' && !strstr(name, "..") &&
	    !strchr(name, '$') && strncmp(name, "system.", strlen("system.")) != 0;
}

static joules_status check(const struct address *address)
{
	if (!address->collection)
		return joules_fail(JOULES_INVALID_ARGUMENT, "the address names no collection; write " ADDRESS_FORM);
	if (!is_name_of_collection(address->collection))
		return joules_fail(JOULES_INVALID_ARGUMENT, "'%s' cannot be the name of a collection", address->collection);
	return JOULES_OK;
}

static bool is_address(const char *target)
{
	return strncasecmp(target, "mongodb://", strlen("mongodb://")) == 0 ||
	    strncasecmp(target, "mongodb+srv://", strlen("mongodb+srv://")) == 0;
}

/* The driver wants the scheme in small letters. */
static char *copy(const char *target)
{
	char *whole = strdup(target);
	for (char *at = whole; at && *at != ':'; at++)
		*at = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
	return whole;
}

joules_status address_parse(struct address *address, const char *target)
{
	*address = (struct address){ NULL };
	const char *variable = secure_getenv(VARIABLE);
	bool is_variable = !*target;
	if (is_variable && (!variable || !*variable))
		return joules_fail(JOULES_INVALID_ARGUMENT,
		    "mongodb: alone takes the address in " VARIABLE ", which is not set; write " ADDRESS_FORM);
	target = is_variable ? variable : target;
	struct text shown = TEXT_INIT;
	uri_show(&shown, target);
	address->shown = shown.bytes;
	if (shown.failed)
		return fail_memory();
	if (!is_address(target))
		return joules_fail(JOULES_INVALID_ARGUMENT,
		    "%s is not the address of a MongoDB server; write " ADDRESS_FORM ", or mongodb+srv://…",
		    is_variable ? "the value of " VARIABLE : "this");
	if (uri_is_unescaped(target))
		return joules_fail(JOULES_INVALID_ARGUMENT,
		    "the password contains a character that must be escaped there; write @ as %%40, : as %%3A, / as %%2F, ? as "
		    "%%3F, "
		    "# as %%23");
	address->whole = copy(target);
	struct text stored = TEXT_INIT;
	if (address->whole)
		uri_add_without_secrets(&stored, address->whole);
	address->stored = stored.bytes;
	if (!address->whole || stored.failed)
		return fail_memory();
	joules_status status = divide(address);
	return status ? status : check(address);
}

void address_free(struct address *address)
{
	free(address->whole);
	free(address->shown);
	free(address->stored);
	free(address->driver_uri);
	free(address->collection);
	free(address->prefix);
	*address = (struct address){ NULL };
}
