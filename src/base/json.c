/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <math.h>
#include <string.h>

/* ---- strings ---- */

/* What may follow the first byte of a UTF-8 sequence: Unicode 15, table 3-7. Ranges of the second byte differ, later
 * ones do not. */
struct sequence {
	unsigned char first, last; /* of the first byte */
	unsigned char low, high;   /* of the second */
	unsigned char length;
};

static const struct sequence sequences[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

/* Decodes the character that begins with a byte of 0x80 or above; returns how many bytes it took. What is no UTF-8 is
 * U+FFFD, one for each longest piece that could have begun a character, as Python's errors="replace". A NUL ends any
 * sequence. */
static size_t decode(const unsigned char *bytes, uint32_t *code)
{
	*code = 0xfffd;
	const struct sequence *s = NULL;
	for (size_t i = 0; i < sizeof sequences / sizeof *sequences && !s; i++)
		if (bytes[0] >= sequences[i].first && bytes[0] <= sequences[i].last)
			s = &sequences[i];
	if (!s || bytes[1] < s->low || bytes[1] > s->high)
		return 1;
	uint32_t value = bytes[0] & (0xffU >> (s->length + 1));
	value = value << 6 | (bytes[1] & 0x3f);
	for (size_t i = 2; i < s->length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return i;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	*code = value;
	return s->length;
}

enum { ESCAPED_MAX = 6 }; /* of one byte: \u001f, or \ufffd for one that is no UTF-8 */

static char *put_unit(char *at, uint32_t unit)
{
	static const char hex[] = "0123456789abcdef";
	*at++ = '\\';
	*at++ = 'u';
	for (int shift = 12; shift >= 0; shift -= 4)
		*at++ = hex[unit >> shift & 15];
	return at;
}

static char *put_escaped(char *at, uint32_t code)
{
	static const char names[] = {
		['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'
	};
	if (code < sizeof names && names[code]) {
		*at++ = '\\';
		*at++ = names[code];
		return at;
	}
	if (code < 0x10000)
		return put_unit(at, code);
	at = put_unit(at, 0xd800 + ((code - 0x10000) >> 10));
	return put_unit(at, 0xdc00 + ((code - 0x10000) & 0x3ff));
}

static bool is_plain(unsigned char c)
{
	return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

static char *put_string(char *at, const char *string)
{
	*at++ = '"';
	for (const unsigned char *from = (const unsigned char *)string; *from;) {
		uint32_t code = *from;
		if (is_plain(*from)) {
			*at++ = (char)*from++;
			continue;
		}
		from += code < 0x80 ? 1 : decode(from, &code);
		at = put_escaped(at, code);
	}
	*at++ = '"';
	return at;
}

/* ---- values ---- */

static void add_string(struct text *out, const char *string)
{
	char *at = text_reserve(out, ESCAPED_MAX * strlen(string) + 2);
	if (at)
		text_advance(out, (size_t)(put_string(at, string) - at));
}

/* Every value ends in a quote, a digit, a letter or a closing bracket: what the text ends in says whether one stands
 * before this one. */
static void begin_value(struct text *out, const char *name)
{
	char last = out->length > 0 ? out->bytes[out->length - 1] : '\n';
	if (last != '{' && last != '[' && last != '\n')
		text_add_bytes(out, ", ", 2);
	if (!name)
		return;
	add_string(out, name);
	text_add_bytes(out, ": ", 2);
}

static void add_word(struct text *out, const char *name, const char *word)
{
	begin_value(out, name);
	text_add(out, word);
}

void json_begin_object(struct text *out, const char *name)
{
	add_word(out, name, "{");
}

void json_end_object(struct text *out)
{
	text_add_bytes(out, "}", 1);
}

void json_begin_array(struct text *out, const char *name)
{
	add_word(out, name, "[");
}

void json_end_array(struct text *out)
{
	text_add_bytes(out, "]", 1);
}

void json_string(struct text *out, const char *name, const char *value)
{
	if (!value) {
		json_null(out, name);
		return;
	}
	begin_value(out, name);
	add_string(out, value);
}

void json_number(struct text *out, const char *name, double value)
{
	if (!isfinite(value)) {
		json_null(out, name);
		return;
	}
	begin_value(out, name);
	text_add_number(out, value);
}

void json_integer(struct text *out, const char *name, int64_t value)
{
	begin_value(out, name);
	text_add_integer(out, value);
}

void json_unsigned(struct text *out, const char *name, uint64_t value)
{
	begin_value(out, name);
	text_add_unsigned(out, value);
}

void json_bool(struct text *out, const char *name, bool value)
{
	add_word(out, name, value ? "true" : "false");
}

void json_null(struct text *out, const char *name)
{
	add_word(out, name, "null");
}
