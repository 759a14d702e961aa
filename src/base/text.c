/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "base/shortest.h"
#include "base/utf8.h"

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

char *text_reserve(struct text *text, size_t most)
{
	if (text->failed)
		return NULL;
	if (text->capacity - text->length > most) /* one byte is the NUL's */
		return text->bytes + text->length;
	size_t capacity = text->capacity < 256 ? 256 : text->capacity;
	while (capacity - text->length <= most && capacity <= SIZE_MAX / 2)
		capacity *= 2;
	char *bytes = capacity - text->length > most ? realloc(text->bytes, capacity) : NULL;
	if (!bytes) {
		text->failed = true;
		return NULL;
	}
	text->bytes = bytes;
	text->capacity = capacity;
	return bytes + text->length;
}

void text_advance(struct text *text, size_t added)
{
	text->length += added;
	text->bytes[text->length] = '\0';
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
	char *out = text_reserve(text, length);
	if (!out)
		return;
	if (length > 0)
		memcpy(out, bytes, length);
	text_advance(text, length);
}

void text_addf(struct text *text, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	va_list again;
	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	char *out = length < 0 ? NULL : text_reserve(text, (size_t)length);
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
	char *out = text_reserve(text, NUMBER_MAX);
	if (out)
		text_advance(text, number_print(value, out));
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

/* What a terminal obeys or, unseen, orders its text by: C0, DEL and C1 controls, the ends of line and paragraph, and
 * Unicode's property Bidi_Control (UAX #9). */
static bool is_obeyed(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = { { 0, 0x1f }, { 0x7f, 0x9f }, { 0x61c, 0x61c }, { 0x200e, 0x200f }, { 0x2028, 0x202e },
		{ 0x2066, 0x2069 } };
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

void text_add_escaped(struct text *text, const char *string)
{
	for (const unsigned char *at = (const unsigned char *)string; *at;) {
		uint32_t code;
		size_t length = utf8_decode(at, &code);
		if (code == UTF8_NONE)
			for (size_t i = 0; i < length; i++)
				text_addf(text, "\\x%02x", (unsigned)at[i]);
		else if (is_obeyed(code))
			text_addf(text, code < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)code);
		else
			text_add_bytes(text, (const char *)at, length);
		at += length;
	}
}

bool text_add_valid(struct text *text, const char *string)
{
	bool changed = false;
	while (*string) {
		uint32_t code;
		size_t length = utf8_decode((const unsigned char *)string, &code);
		changed |= code == UTF8_NONE;
		if (code == UTF8_NONE)
			text_add(text, "\xef\xbf\xbd");
		else
			text_add_bytes(text, string, length);
		string += length;
	}
	return changed;
}
