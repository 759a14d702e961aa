/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "base/shortest.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_free(struct text *text)
{
	free(text->bytes);
	*text = (struct text)TEXT_INIT;
}

void text_clear(struct text *text)
{
	text->length = 0;
	text->failed = false;
	if (text->bytes)
		text->bytes[0] = '\0';
}

const char *text_string(const struct text *text)
{
	return text->bytes ? text->bytes : "";
}

/* Room for `more` bytes and a NUL; where they go, or NULL. */
static char *reserve(struct text *text, size_t more)
{
	if (text->failed)
		return NULL;
	if (text->capacity - text->length > more)
		return text->bytes + text->length;
	size_t capacity = text->capacity < 256 ? 256 : text->capacity;
	while (capacity - text->length <= more && capacity <= SIZE_MAX / 2)
		capacity *= 2;
	char *bytes = capacity - text->length > more ? realloc(text->bytes, capacity) : NULL;
	if (!bytes) {
		text->failed = true;
		return NULL;
	}
	text->bytes = bytes;
	text->capacity = capacity;
	return bytes + text->length;
}

static void advance(struct text *text, size_t added)
{
	text->length += added;
	text->bytes[text->length] = '\0';
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
	char *out = reserve(text, length);
	if (!out)
		return;
	if (length > 0)
		memcpy(out, bytes, length);
	advance(text, length);
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_addf(struct text *text, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	va_list again;
	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	char *out = length < 0 ? NULL : reserve(text, (size_t)length);
	if (out) {
		(void)vsnprintf(out, (size_t)length + 1, format, again);
		text->length += (size_t)length;
	} else {
		text->failed = true;
	}
	va_end(again);
}

/* ---- numbers ---- */

/* "1.5e+16", "1e-07": at least two digits of exponent, as repr(float). */
static size_t lay_out_exponent(char *out, const char *digits, size_t count, int exponent)
{
	char *at = out;
	*at++ = digits[0];
	if (count > 1) {
		*at++ = '.';
		memcpy(at, digits + 1, count - 1);
		at += count - 1;
	}
	*at++ = 'e';
	*at++ = exponent < 0 ? '-' : '+';
	unsigned power = (unsigned)(exponent < 0 ? -exponent : exponent);
	if (power >= 100)
		*at++ = (char)('0' + power / 100);
	*at++ = (char)('0' + power / 10 % 10);
	*at++ = (char)('0' + power % 10);
	return (size_t)(at - out);
}

/* "0.00015", "12345.0", "1.5" */
static size_t lay_out_fixed(char *out, const char *digits, size_t count, int exponent)
{
	if (exponent < 0) {
		size_t zeros = (size_t)-exponent - 1;
		memcpy(out, "0.000", 5);
		memcpy(out + 2 + zeros, digits, count);
		return 2 + zeros + count;
	}
	size_t whole = (size_t)exponent + 1;
	if (count <= whole) {
		memcpy(out, digits, count);
		memset(out + count, '0', whole - count);
		memcpy(out + whole, ".0", 2);
		return whole + 2;
	}
	memcpy(out, digits, whole);
	out[whole] = '.';
	memcpy(out + whole + 1, digits + whole, count - whole);
	return count + 1;
}

size_t number_print(double value, char out[NUMBER_MAX])
{
	size_t length = 0;
	if (isnan(value)) {
		memcpy(out, "nan", 4);
		return 3;
	}
	if (signbit(value))
		out[length++] = '-';
	value = fabs(value);
	if (isinf(value)) {
		memcpy(out + length, "inf", 4);
		return length + 3;
	}
	char digits[SHORTEST_DIGITS];
	int exponent;
	size_t count = shortest_digits(value, digits, &exponent);
	/* CPython's float_repr_style: an exponent below -4 or from 16 on. */
	if (exponent < -4 || exponent >= 16)
		length += lay_out_exponent(out + length, digits, count, exponent);
	else
		length += lay_out_fixed(out + length, digits, count, exponent);
	out[length] = '\0';
	return length;
}

void text_add_number(struct text *text, double value)
{
	char *out = reserve(text, NUMBER_MAX);
	if (out)
		advance(text, number_print(value, out));
}

void text_add_integer(struct text *text, int64_t value)
{
	text_addf(text, "%" PRId64, value);
}

void text_add_unsigned(struct text *text, uint64_t value)
{
	text_addf(text, "%" PRIu64, value);
}

bool number_parse_u64(const char *string, uint64_t *value)
{
	uint64_t number = 0;
	const char *at = string;
	for (; *at >= '0' && *at <= '9'; at++) {
		unsigned digit = (unsigned)(*at - '0');
		if (number > (UINT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	if (at == string || *at)
		return false;
	*value = number;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool number_parse_double(const char *string, double *value)
{
	/* Words (inf, nan) and signs end here. */
	if (!is_digit(string[0]) && !(string[0] == '.' && is_digit(string[1])))
		return false;
	return shortest_parse(string, string + strlen(string), value);
}

/* ---- JSON ---- */

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

static void add_unit(struct text *text, uint32_t unit)
{
	static const char hex[] = "0123456789abcdef";
	char escape[6] = { '\\', 'u', hex[unit >> 12 & 15], hex[unit >> 8 & 15], hex[unit >> 4 & 15], hex[unit & 15] };
	text_add_bytes(text, escape, sizeof escape);
}

static void add_json_character(struct text *text, uint32_t code)
{
	static const char names[] = {
		['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'
	};
	if (code < sizeof names && names[code]) {
		text_add_bytes(text, (const char[]){ '\\', names[code] }, 2);
	} else if (code >= 0x10000) {
		add_unit(text, 0xd800 + ((code - 0x10000) >> 10));
		add_unit(text, 0xdc00 + ((code - 0x10000) & 0x3ff));
	} else {
		add_unit(text, code);
	}
}

static bool is_plain_json(unsigned char c)
{
	return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

void text_add_json_string(struct text *text, const char *string)
{
	text_add_bytes(text, "\"", 1);
	const unsigned char *at = (const unsigned char *)string;
	while (*at) {
		const unsigned char *plain = at;
		while (is_plain_json(*at))
			at++;
		text_add_bytes(text, (const char *)plain, (size_t)(at - plain));
		if (!*at)
			break;
		uint32_t code = *at;
		at += code < 0x80 ? 1 : decode(at, &code);
		add_json_character(text, code);
	}
	text_add_bytes(text, "\"", 1);
}

void text_add_json_number(struct text *text, double value)
{
	if (isfinite(value))
		text_add_number(text, value);
	else
		text_add_bytes(text, "null", 4);
}

/* ---- CSV and lines for people ---- */

void text_add_csv_field(struct text *text, const char *string, char separator)
{
	const char special[] = { separator, '"', '\r', '\n', '\0' };
	if (!string[strcspn(string, special)]) {
		text_add(text, string);
		return;
	}
	text_add_bytes(text, "\"", 1);
	for (;;) {
		size_t length = strcspn(string, "\"");
		text_add_bytes(text, string, length);
		if (!string[length])
			break;
		text_add_bytes(text, "\"\"", 2);
		string += length + 1;
	}
	text_add_bytes(text, "\"", 1);
}

void text_add_escaped(struct text *text, const char *string)
{
	for (const char *at = string; *at;) {
		const char *plain = at;
		while ((unsigned char)*at >= 0x20 && *at != 0x7f)
			at++;
		text_add_bytes(text, plain, (size_t)(at - plain));
		if (*at)
			text_addf(text, "\\x%02x", (unsigned)(unsigned char)*at++);
	}
}
