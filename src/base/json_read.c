/* SPDX-License-Identifier: MIT */
#include "base/json_read.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* Deeper than any document of ours, and shallow enough for every stack. */
enum { MOST_DEPTH = 64 };

struct reader {
	const char *at, *end;
	unsigned depth;
	bool no_memory;
};

static bool read_value(struct reader *reader, struct json_value *value);

static void skip_blanks(struct reader *reader)
{
	while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) && *reader->at)
		reader->at++;
}

static bool take(struct reader *reader, const char *word)
{
	size_t length = strlen(word);
	if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0)
		return false;
	reader->at += length;
	return true;
}

static bool lacks_memory(struct reader *reader)
{
	reader->no_memory = true;
	return false;
}

/* ---- numbers ---- */

static size_t digits(const char *at, const char *end)
{
	size_t count = 0;
	while (at + count < end && at[count] >= '0' && at[count] <= '9')
		count++;
	return count;
}

/* int frac exp, without the sign. 0: it is none. */
static size_t number_length(const char *at, const char *end)
{
	const char *begin = at;
	size_t whole = digits(at, end);
	if (whole == 0 || (whole > 1 && *at == '0'))
		return 0;
	at += whole;
	if (at < end && *at == '.') {
		size_t fraction = digits(at + 1, end);
		if (fraction == 0)
			return 0;
		at += 1 + fraction;
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		at += at < end && (*at == '+' || *at == '-');
		size_t exponent = digits(at, end);
		if (exponent == 0)
			return 0;
		at += exponent;
	}
	return (size_t)(at - begin);
}

static bool read_number(struct reader *reader, struct json_value *value)
{
	bool negative = take(reader, "-");
	size_t length = number_length(reader->at, reader->end);
	if (length == 0)
		return false;
	char *copy = strndup(reader->at, length);
	if (!copy)
		return lacks_memory(reader);
	value->kind = JSON_NUMBER;
	bool ok = number_parse_double(copy, &value->number);
	free(copy);
	reader->at += length;
	value->number = negative ? -value->number : value->number;
	return ok;
}

/* ---- strings ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_unit(struct reader *reader, uint32_t *unit)
{
	if (reader->end - reader->at < 4)
		return false;
	*unit = 0;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(*reader->at++);
		if (digit < 0)
			return false;
		*unit = *unit * 16 + (uint32_t)digit;
	}
	return true;
}

static void add_utf8(struct text *text, uint32_t code)
{
	char bytes[4];
	size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned lead[] = { 0, 0x00, 0xc0, 0xe0, 0xf0 };
	for (size_t i = length; i-- > 1; code >>= 6)
		bytes[i] = (char)(0x80 | (code & 0x3f));
	bytes[0] = (char)(lead[length] | code);
	text_add_bytes(text, bytes, length);
}

/* Behind "\u". A surrogate without its other half is no character. */
static bool read_code(struct reader *reader, struct text *text)
{
	uint32_t code, low;
	if (!read_unit(reader, &code))
		return false;
	if (code >= 0xd800 && code < 0xdc00) {
		struct reader ahead = *reader;
		if (take(&ahead, "\\u") && read_unit(&ahead, &low) && low >= 0xdc00 && low < 0xe000) {
			code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
			reader->at = ahead.at;
		}
	}
	add_utf8(text, code == 0 || (code >= 0xd800 && code < 0xe000) ? 0xfffd : code);
	return true;
}

static bool read_escape(struct reader *reader, struct text *text)
{
	static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	if (reader->at == reader->end)
		return false;
	char name = *reader->at++;
	if (name == 'u')
		return read_code(reader, text);
	const char *found = name ? strchr(names, name) : NULL;
	if (found)
		text_add_bytes(text, &bytes[found - names], 1);
	return found != NULL;
}

static bool read_string(struct reader *reader, char **string)
{
	struct text text = TEXT_INIT;
	bool ok = take(reader, "\"");
	while (ok && reader->at < reader->end && *reader->at != '"') {
		if ((unsigned char)*reader->at < 0x20)
			ok = false;
		else if (take(reader, "\\"))
			ok = read_escape(reader, &text);
		else
			text_add_bytes(&text, reader->at++, 1);
	}
	ok = ok && take(reader, "\"");
	*string = ok && !text.failed ? strdup(text_string(&text)) : NULL;
	text_free(&text);
	return ok && (*string || lacks_memory(reader));
}

/* ---- arrays and objects ---- */

/* NULL without memory. Room doubles, so that a million items cost a million steps. */
static struct json_value *add_item(struct json_value *value)
{
	bool is_full = (value->count & (value->count - 1)) == 0; /* a power of two, or 0 */
	if (is_full) {
		struct json_value *items = reallocarray(value->items, value->count > 0 ? 2 * value->count : 1, sizeof *items);
		if (!items)
			return NULL;
		value->items = items;
	}
	value->items[value->count] = (struct json_value){ .kind = JSON_NULL };
	return &value->items[value->count++];
}

static bool read_item(struct reader *reader, struct json_value *value)
{
	struct json_value *item = add_item(value);
	if (!item)
		return lacks_memory(reader);
	if (value->kind == JSON_OBJECT) {
		skip_blanks(reader);
		if (!read_string(reader, &item->name))
			return false;
		skip_blanks(reader);
		if (!take(reader, ":"))
			return false;
	}
	return read_value(reader, item);
}

static bool read_items(struct reader *reader, struct json_value *value, const char *close)
{
	skip_blanks(reader);
	if (take(reader, close))
		return true;
	do {
		if (!read_item(reader, value))
			return false;
		skip_blanks(reader);
	} while (take(reader, ","));
	return take(reader, close);
}

static bool read_nested(struct reader *reader, struct json_value *value, enum json_kind kind, const char *close)
{
	value->kind = kind;
	if (++reader->depth > MOST_DEPTH)
		return false;
	bool ok = read_items(reader, value, close);
	reader->depth--;
	return ok;
}

static bool read_bool(struct json_value *value, bool is_true)
{
	value->kind = JSON_BOOL;
	value->number = is_true;
	return true;
}

static bool read_value(struct reader *reader, struct json_value *value)
{
	skip_blanks(reader);
	if (take(reader, "null"))
		return true;
	if (take(reader, "true"))
		return read_bool(value, true);
	if (take(reader, "false"))
		return read_bool(value, false);
	if (take(reader, "["))
		return read_nested(reader, value, JSON_ARRAY, "]");
	if (take(reader, "{"))
		return read_nested(reader, value, JSON_OBJECT, "}");
	if (reader->at < reader->end && *reader->at == '"') {
		value->kind = JSON_STRING;
		return read_string(reader, &value->string);
	}
	return read_number(reader, value);
}

/* ---- the whole ---- */

bool json_read(struct json_value *value, const char *text, size_t length, size_t *line)
{
	struct reader reader = { text, text + length, 0, false };
	*value = (struct json_value){ .kind = JSON_NULL };
	bool ok = read_value(&reader, value);
	if (ok)
		skip_blanks(&reader);
	if (ok && reader.at == reader.end)
		return true;
	*line = reader.no_memory ? 0 : 1;
	for (const char *at = text; *line > 0 && at < reader.at; at++)
		*line += *at == '\n';
	json_free(value);
	return false;
}

void json_free(struct json_value *value)
{
	for (size_t i = 0; i < value->count; i++)
		json_free(&value->items[i]);
	free(value->items);
	free(value->string);
	free(value->name);
	*value = (struct json_value){ .kind = JSON_NULL };
}

const struct json_value *json_member(const struct json_value *object, const char *name)
{
	for (size_t i = 0; object && object->kind == JSON_OBJECT && i < object->count; i++)
		if (strcmp(object->items[i].name, name) == 0)
			return &object->items[i];
	return NULL;
}

size_t json_count(const struct json_value *array)
{
	return array && array->kind == JSON_ARRAY ? array->count : 0;
}

const struct json_value *json_item(const struct json_value *array, size_t index)
{
	return index < json_count(array) ? &array->items[index] : NULL;
}

const char *json_text(const struct json_value *value)
{
	return value && value->kind == JSON_STRING ? value->string : NULL;
}

double json_real(const struct json_value *value)
{
	return value && value->kind == JSON_NUMBER ? value->number : (double)NAN;
}

void json_again(struct text *out, const char *name, const struct json_value *value)
{
	switch (value ? value->kind : JSON_NULL) {
	case JSON_NUMBER:
		json_number(out, name, value->number);
		return;
	case JSON_BOOL:
		json_bool(out, name, value->number > 0);
		return;
	case JSON_STRING:
		json_string(out, name, value->string);
		return;
	case JSON_ARRAY:
		json_begin_array(out, name);
		break;
	case JSON_OBJECT:
		json_begin_object(out, name);
		break;
	case JSON_NULL:
	default:
		json_null(out, name);
		return;
	}
	for (size_t i = 0; i < value->count; i++)
		json_again(out, value->items[i].name, &value->items[i]);
	(value->kind == JSON_ARRAY ? json_end_array : json_end_object)(out);
}
