/* SPDX-License-Identifier: MIT */
/* Text that grows, and how values stand in files: numbers and CSV fields (JSON is base/json.h). Locale-independent. */
#ifndef JOULES_BASE_TEXT_H
#define JOULES_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Start from TEXT_INIT (or memset 0), end with text_free(). After a failed allocation `failed` is true, and appends do
 * nothing. */
struct text {
	char *bytes; /* ends with NUL once anything was appended */
	size_t length;
	size_t capacity;
	bool failed;
};

#define TEXT_INIT { NULL, 0, 0, false }

void text_free(struct text *text);
void text_clear(struct text *text);               /* keeps the memory */
const char *text_string(const struct text *text); /* "" if empty */

/* Where `most` further bytes may be written, NULL without memory; and how many of them were. */
char *text_reserve(struct text *text, size_t most);
void text_advance(struct text *text, size_t added);

void text_add_bytes(struct text *text, const char *bytes, size_t length);
static inline void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string)); /* a literal's length is known to the compiler */
}
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As Python's repr(float) prints it (shortest that reads back the same; 0.1, 12345.0, 1e-07). */
void text_add_number(struct text *text, double value);
void text_add_integer(struct text *text, int64_t value);
void text_add_unsigned(struct text *text, uint64_t value);

/* A field by RFC 4180 with `separator`: in quotes only if it holds the separator, a quote, CR or LF. */
void text_add_csv_field(struct text *text, const char *string, char separator);

/* For a terminal, so that one line stays one line, and reads as it was written: controls as \xNN, what reorders text as
 * \u202e, bytes that are no UTF-8 as \xNN. python/joules/_plain.py has the same rule. */
void text_add_escaped(struct text *text, const char *string);

/* As valid UTF-8: what is none becomes U+FFFD. True where that was so. */
bool text_add_valid(struct text *text, const char *string);

/* The most that number_print() writes, with its NUL. */
#define NUMBER_MAX 32
/* repr(float) of a double into out; returns the length. NAN is "nan", infinities "inf", "-inf". */
size_t number_print(double value, char out[NUMBER_MAX]);

/* Strict parsers: the whole string is the number, else false and *value untouched. No sign, no blanks, no 0x. */
bool number_parse_u64(const char *string, uint64_t *value);
/* A finite decimal double, non-negative, whatever the locale ("2", "0.5", "1e3"). */
bool number_parse_double(const char *string, double *value);

#endif
