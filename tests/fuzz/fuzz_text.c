/* SPDX-License-Identifier: MIT */
/* Numbers, JSON strings, CSV fields and escaped lines: whatever goes in, what comes out is well formed and reads back
 * the same. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

static void check_printing(double value)
{
	char out[NUMBER_MAX];
	size_t length = number_print(value, out);
	CHECK(length < NUMBER_MAX && strlen(out) == length);
	if (isnan(value))
		return;
	double back = strtod(out, NULL);
	CHECK(memcmp(&back, &value, sizeof back) == 0);
	if (isfinite(value) && !signbit(value))
		CHECK(number_parse_double(out, &back) && memcmp(&back, &value, sizeof back) == 0);
}

static void check_parsing(const char *string)
{
	uint64_t whole = 12345;
	if (number_parse_u64(string, &whole)) {
		struct text text = TEXT_INIT;
		text_add_unsigned(&text, whole);
		const char *digits = string + strspn(string, "0");
		CHECK(strcmp(text_string(&text), *digits ? digits : "0") == 0);
		text_free(&text);
	} else {
		CHECK(whole == 12345);
	}
	double value = -12345;
	if (number_parse_double(string, &value)) {
		char *end = NULL;
		double expected = strtod(string, &end);
		CHECK(!*end && memcmp(&value, &expected, sizeof value) == 0);
		CHECK(isfinite(value) && !signbit(value));
		CHECK(strspn(string, "0123456789.eE+-") == strlen(string));
		check_printing(value);
	} else {
		CHECK((int)value == -12345);
	}
}

/* ---- JSON ---- */

static unsigned unit_at(const char *at)
{
	unsigned unit = 0;
	for (int i = 0; i < 4; i++) {
		CHECK((at[i] >= '0' && at[i] <= '9') || (at[i] >= 'a' && at[i] <= 'f'));
		unit = unit << 4 | (unsigned)(at[i] <= '9' ? at[i] - '0' : at[i] - 'a' + 10);
	}
	return unit;
}

static void add_utf8(struct text *text, unsigned code)
{
	char out[4];
	size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	for (size_t i = length; i-- > 1; code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(leads[length] | code);
	text_add_bytes(text, out, length);
}

/* The character of the escape at *at (behind the backslash), which is moved behind it. */
static unsigned unescape(const char **at)
{
	static const char letters[] = "\"\\bfnrt", meant[] = "\"\\\b\f\n\r\t";
	char letter = *(*at)++;
	if (letter != 'u') {
		const char *found = strchr(letters, letter);
		CHECK(letter && found);
		return (unsigned)meant[found - letters];
	}
	unsigned code = unit_at(*at);
	*at += 4;
	CHECK(code < 0xdc00 || code > 0xdfff);
	if (code < 0xd800 || code > 0xdbff)
		return code;
	CHECK((*at)[0] == '\\' && (*at)[1] == 'u');
	unsigned second = unit_at(*at + 2);
	CHECK(second >= 0xdc00 && second <= 0xdfff);
	*at += 6;
	return 0x10000 + ((code - 0xd800) << 10) + (second - 0xdc00);
}

static void decode_json(struct text *text, const char *json)
{
	CHECK(*json++ == '"');
	while (*json != '"') {
		CHECK(*json >= ' ' && *json <= '~');
		unsigned code = (unsigned)*json++;
		add_utf8(text, code == '\\' ? unescape(&json) : code);
	}
	CHECK(json[1] == '\0');
}

static void check_json(const char *string)
{
	struct text json = TEXT_INIT, decoded = TEXT_INIT, again = TEXT_INIT;
	json_string(&json, NULL, string);
	CHECK(!json.failed);
	decode_json(&decoded, text_string(&json));
	if (!strstr(text_string(&json), "\\ufffd"))
		CHECK(strcmp(text_string(&decoded), string) == 0);
	json_string(&again, NULL, text_string(&decoded));
	CHECK(strcmp(text_string(&again), text_string(&json)) == 0);
	text_free(&json);
	text_free(&decoded);
	text_free(&again);
}

/* ---- CSV and lines ---- */

static void decode_csv(struct text *text, const char *field)
{
	if (*field != '"') {
		CHECK(!field[strcspn(field, ";\"\r\n")]);
		text_add(text, field);
		return;
	}
	for (field++;; field++) {
		if (*field == '"' && *++field != '"')
			break;
		CHECK(*field);
		text_add_bytes(text, field, 1);
	}
	CHECK(!*field);
}

static void check_csv(const char *string)
{
	struct text field = TEXT_INIT, decoded = TEXT_INIT;
	text_add_csv_field(&field, string, ';');
	CHECK(!field.failed);
	decode_csv(&decoded, text_string(&field));
	CHECK(strcmp(text_string(&decoded), string) == 0);
	text_free(&field);
	text_free(&decoded);
}

static void check_escaped(const char *string)
{
	struct text line = TEXT_INIT;
	text_add_escaped(&line, string);
	uint32_t code;
	for (const unsigned char *at = (const unsigned char *)text_string(&line); *at; at += utf8_decode(at, &code)) {
		utf8_decode(at, &code);
		CHECK(code >= 0x20 && !(code >= 0x7f && code < 0xa0) && code != UTF8_NONE && code != 0x202e);
	}
	struct text again = TEXT_INIT;
	text_add_escaped(&again, text_string(&line));
	CHECK(strcmp(text_string(&again), text_string(&line)) == 0);
	text_free(&line);
	text_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *string = malloc(length + 1);
	if (!string)
		return 0;
	if (length)
		memcpy(string, bytes, length);
	string[length] = '\0';
	check_parsing(string);
	check_json(string);
	check_csv(string);
	check_escaped(string);
	for (size_t at = 0; at + sizeof(double) <= length; at += sizeof(double)) {
		double value;
		memcpy(&value, bytes + at, sizeof value);
		check_printing(value);
	}
	free(string);
	return 0;
}
