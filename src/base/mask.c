/* SPDX-License-Identifier: MIT */
#include "base/mask.h"

#include <string.h>

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

void mask_passwords(char *string)
{
	for (char *at = string; (at = strstr(at, MARK));) {
		at += strlen(MARK);
		char *password = password_of(at);
		char *end = password ? end_of_password(password) : NULL;
		if (!end)
			continue;
		size_t stars = (size_t)(end - password) < 3 ? (size_t)(end - password) : 3;
		memset(password, '*', stars);
		memmove(password + stars, end, strlen(end) + 1);
		at = password + stars;
	}
}
