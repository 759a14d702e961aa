/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <math.h>
#include <string.h>

#include "base/utf8.h"

/* ---- strings ---- */

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
		uint32_t code;
		if (is_plain(*from)) {
			*at++ = (char)*from++;
			continue;
		}
		from += utf8_decode(from, &code);
		at = put_escaped(at, code == UTF8_NONE ? 0xfffd : code);
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
