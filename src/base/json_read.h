/* SPDX-License-Identifier: MIT */
/* JSON (RFC 8259), read into a tree. Of what is wrong with a text it says the line. */
#ifndef JOULES_BASE_JSON_READ_H
#define JOULES_BASE_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_value {
	enum json_kind kind;
	double number; /* JSON_BOOL: 0 or 1 */
	char *string;  /* with its escapes undone, as UTF-8; a NUL (\u0000) comes out as U+FFFD */
	char *name;    /* in an object */
	struct json_value *items;
	size_t count;
};

/* False: *line (from 1) is where it is wrong, 0 without memory. Release with json_free(); the value itself is the
 * caller's. */
bool json_read(struct json_value *value, const char *text, size_t length, size_t *line);
void json_free(struct json_value *value);

/* Of NULL, and of what is not there or is of another kind: NULL, NAN, 0. */
const struct json_value *json_member(const struct json_value *object, const char *name);
const struct json_value *json_item(const struct json_value *array, size_t index);
size_t json_count(const struct json_value *array);
const char *json_text(const struct json_value *value);
double json_real(const struct json_value *value);

/* Writes it again; NULL is null. */
void json_again(struct text *out, const char *name, const struct json_value *value);

#endif
