/* SPDX-License-Identifier: MIT */
#include "base/mask.h"
#include "base/uri.h"

#include <string.h>
#include <strings.h>

#define MARK "://"

/* The last @ before the next address, or else (that mark was a part of the password) before a later one. People forget
 * to escape the @, / and blanks of a password; rather too much is masked than too little. NULL: there is none. */
static char *end_of_password(char *at)
{
	char *last = NULL;
	for (char *next = at; *next && !last;) {
		char *mark = strstr(next, MARK);
		char *end = mark ? mark : next + strlen(next);
		last = memrchr(at, '@', (size_t)(end - at));
		next = mark ? mark + strlen(MARK) : end;
	}
	return last;
}

/* The password of the address whose user begins here; NULL: it has none. */
static char *password_of(char *user)
{
	char *colon = user + strcspn(user, ":/?#@ ");
	return *colon == ':' ? colon + 1 : NULL;
}

/* Stars in place of bytes[at … end); returns their end. */
static char *put_stars(char *at, char *end)
{
	size_t stars = (size_t)(end - at) < 3 ? (size_t)(end - at) : 3;
	memset(at, '*', stars);
	memmove(at + stars, end, strlen(end) + 1);
	return at + stars;
}

/* Behind the next scheme: "://", or of the addresses that are ours also without the slashes. NULL: there is none. */
static char *skip_scheme(char *at)
{
	static const char *const schemes[] = { MARK, "mongodb:", "mongodb+srv:" };
	char *first = NULL;
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		char *found = strcasestr(at, schemes[i]);
		char *end = found ? found + strlen(schemes[i]) : NULL;
		first = !first || (end && end < first) ? end : first;
	}
	return first && strncmp(first, "//", 2) == 0 ? first + 2 : first;
}

static void mask_users(char *string)
{
	for (char *at = string; (at = skip_scheme(at));) {
		char *password = password_of(at);
		if (password && strncmp(password, "***@", 4) != 0 && end_of_password(password))
			at = put_stars(password, end_of_password(password));
	}
}

static void mask_options(char *string)
{
	for (char *at = string; (at = strpbrk(at, "?&"));) {
		at++;
		size_t key = strcspn(at, "=&?; \n"), value = key + strcspn(at + key, "&; '\"\n");
		if (at[key] == '=' && uri_option_is_secret(at, key))
			at = put_stars(at + key + 1, at + value);
	}
}

void mask_passwords(char *string)
{
	mask_users(string);
	mask_options(string);
}
