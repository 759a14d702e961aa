/* SPDX-License-Identifier: MIT */
#include "base/uri.h"

#include <string.h>
#include <strings.h>

/* What stands behind the scheme. */
static const char *skip_scheme(const char *uri)
{
	static const char *const schemes[] = { "mongodb:", "mongodb+srv:" };
	const char *mark = strstr(uri, "://");
	if (mark)
		return mark + strlen("://");
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (strncasecmp(uri, schemes[i], strlen(schemes[i])) == 0)
			return uri + strlen(schemes[i]);
	return uri;
}

/* Where the password begins, and the @ behind it; NULL: it has none. It may hold an @ of its own, so the last one ends
 * it. What stands before an @ may also be hosts with a port, if that @ belongs to the options. */
static const char *find_password(const char *uri, const char **end)
{
	const char *rest = skip_scheme(uri);
	const char *colon = strchr(rest, ':');
	*end = strrchr(rest, '@');
	return colon && *end && colon < *end ? colon + 1 : NULL;
}

bool uri_is_address(const char *string)
{
	const char *end, *options = strchr(string, '?');
	return skip_scheme(string) > string || find_password(string, &end) || (options && strchr(options, '='));
}

void uri_show(struct text *out, const char *uri)
{
	const char *options = "?", *at = uri, *end = NULL;
	const char *password = find_password(uri, &end);
	size_t question = strcspn(uri, "?");
	if (password && uri + question >= password) {
		text_add_bytes(out, uri, (size_t)(password - uri));
		text_add(out, "***");
		at = end;
		options = "?&=#;"; /* the @ was one of the options, perhaps */
	}
	size_t length = strcspn(at, options);
	text_add_bytes(out, at, length);
	if (at[length])
		text_add(out, "?…");
}

bool uri_is_unescaped(const char *uri)
{
	const char *end, *password = find_password(uri, &end);
	if (!password)
		return false;
	const char *rest = skip_scheme(uri);
	bool is_user = strcspn(rest, "/?") >= (size_t)(password - rest);
	size_t port = strspn(password, "0123456789");
	bool is_host = port > 0 && (password[port] == '/' || password[port] == ',');
	return is_user && !is_host && password + strcspn(password, "]:/?#@[") < end;
}

/* ---- secrets in messages ---- */

static int hex_value(char digit)
{
	return digit >= '0' && digit <= '9' ? digit - '0'
	    : digit >= 'a' && digit <= 'f'  ? digit - 'a' + 10
	    : digit >= 'A' && digit <= 'F'  ? digit - 'A' + 10
	                                    : -1;
}

bool uri_decode(struct text *out, const char *string, size_t length)
{
	for (const char *at = string; at < string + length; at++) {
		char byte = *at;
		if (byte == '%') {
			int high = at + 2 < string + length ? hex_value(at[1]) : -1;
			int low = high >= 0 ? hex_value(at[2]) : -1;
			byte = (char)(high * 16 + low);
			if (high < 0 || low < 0 || byte == '\0')
				return false;
			at += 2;
		}
		text_add_bytes(out, &byte, 1);
	}
	return true;
}

/* Does the message repeat these bytes, as they are or with their escapes undone? Yes where there is no memory to ask.
 */
static bool repeats(const char *message, const char *bytes, size_t length)
{
	if (length == 0)
		return false;
	if (memmem(message, strlen(message), bytes, length))
		return true;
	struct text plain = TEXT_INIT;
	bool found = uri_decode(&plain, bytes, length) && (plain.failed || strstr(message, plain.bytes));
	for (char *plus = plain.bytes; !found && plus && (plus = strchr(plus, '+'));)
		*plus = ' '; /* as some drivers read it */
	found = found || (plain.length > 0 && strstr(message, plain.bytes));
	text_free(&plain);
	return found;
}

/* A secret that is not escaped is cut at the separators, and a driver then takes a piece of it for a host or a port. */
static bool repeats_a_piece(const char *message, const char *secret, size_t length, const char *separators)
{
	const char *end = secret + length;
	for (const char *at = secret; at < end;) {
		size_t piece = strcspn(at, separators);
		piece = piece < (size_t)(end - at) ? piece : (size_t)(end - at);
		if (repeats(message, at, piece))
			return true;
		at += piece + 1;
	}
	return repeats(message, secret, length);
}

static bool holds(const char *key, size_t length, const char *word)
{
	for (size_t i = 0; i + strlen(word) <= length; i++)
		if (strncasecmp(key + i, word, strlen(word)) == 0)
			return true;
	return false;
}

bool uri_option_is_secret(const char *key, size_t length)
{
	static const char *const words[] = { "password", "properties", "token", "secret" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (holds(key, length, words[i]))
			return true;
	return false;
}

static bool repeats_an_option(const char *message, const char *uri)
{
	for (const char *at = uri + strcspn(uri, "?"); *at;) {
		const char *key = at + 1;
		size_t length = strcspn(key, "&;"), name = strcspn(key, "=");
		if (name < length && uri_option_is_secret(key, name) &&
		    repeats_a_piece(message, key + name + 1, length - name - 1, ":,"))
			return true;
		at = key + length;
	}
	return false;
}

const char *uri_scrub(const char *message, const char *uri)
{
	const char *end, *password = find_password(uri, &end);
	bool told = password && repeats_a_piece(message, password, (size_t)(end - password), "/@:?#,");
	return told || repeats_an_option(message, uri)
	    ? "(the driver's message repeats a part of the password and is not shown)"
	    : message;
}
