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
	bool is_host =
	    port > 0 && (password[port] == '/' || password[port] == ',') && password[strcspn(password, "?@")] == '?';
	return is_user && !is_host && password + strcspn(password, "]:/?#@[") < end;
}

/* ---- without secrets, and with them again ---- */

/* Where the pieces of an address are that is not unescaped. */
struct pieces {
	const char *user, *user_end; /* user_end: the : of its password, the @ */
	const char *hosts, *path, *options;
};

static struct pieces divide(const char *uri)
{
	struct pieces pieces = { .user = skip_scheme(uri) };
	size_t authority = strcspn(pieces.user, "/?");
	const char *at = memrchr(pieces.user, '@', authority);
	pieces.user_end = at ? pieces.user + strcspn(pieces.user, ":@") : pieces.user;
	pieces.hosts = at ? at + 1 : pieces.user;
	pieces.path = pieces.user + authority;
	pieces.options = pieces.path + strcspn(pieces.path, "?");
	return pieces;
}

/* Those that are secret, or those that are not. mark: what stands before the first one. */
static void add_options(struct text *out, const char *options, bool secret, char mark)
{
	for (const char *at = options; *at;) {
		const char *key = at + 1;
		size_t length = strcspn(key, "&;");
		at = key + length;
		if (length == 0 || uri_option_is_secret(key, strcspn(key, "=&;")) != secret)
			continue;
		text_add_bytes(out, &mark, 1);
		text_add_bytes(out, key, length);
		mark = '&';
	}
}

void uri_add_without_secrets(struct text *out, const char *uri)
{
	struct pieces pieces = divide(uri);
	text_add_bytes(out, uri, (size_t)(pieces.user_end - uri));
	text_add(out, pieces.hosts > pieces.user ? "@" : "");
	text_add_bytes(out, pieces.hosts, (size_t)(pieces.options - pieces.hosts));
	add_options(out, pieces.options, false, '?');
}

static bool are_equal(const char *a, const char *a_end, const char *b, const char *b_end)
{
	return a_end - a == b_end - b && strncmp(a, b, (size_t)(a_end - a)) == 0;
}

void uri_add_with_secrets_of(struct text *out, const char *uri, const char *with)
{
	struct pieces pieces = divide(uri), secret = divide(with);
	if (!are_equal(pieces.user, pieces.user_end, secret.user, secret.user_end) ||
	    !are_equal(pieces.hosts, pieces.options, secret.hosts, secret.options)) {
		text_add(out, uri);
		return;
	}
	text_add_bytes(out, uri, (size_t)(pieces.user_end - uri));
	text_add_bytes(out, secret.user_end, (size_t)(secret.hosts - secret.user_end));
	text_add(out, pieces.hosts);
	add_options(out, secret.options, true, *pieces.options ? '&' : '?');
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
	bool found = uri_decode(&plain, bytes, length) && (plain.failed || strstr(message, text_string(&plain)));
	for (char *plus = plain.bytes; !found && plus && (plus = strchr(plus, '+'));)
		*plus = ' '; /* as some drivers read it */
	found = found || (plain.length > 0 && strstr(message, text_string(&plain)));
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
