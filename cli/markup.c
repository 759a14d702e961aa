/* SPDX-License-Identifier: MIT */
#include "markup.h"

#include <string.h>

/* Bytes of `special` as numeric entities. */
static void add_entities(struct text *out, const char *string, const char *special)
{
	for (;;) {
		size_t length = strcspn(string, special);
		text_add_bytes(out, string, length);
		if (!string[length])
			return;
		text_addf(out, "&#%d;", string[length]);
		string += length + 1;
	}
}

static void add(struct text *out, const char *string, const char *special)
{
	struct text clean = TEXT_INIT;
	text_add_escaped(&clean, string);
	add_entities(out, text_string(&clean), special);
	out->failed |= clean.failed;
	text_free(&clean);
}

void markdown_add(struct text *out, const char *string)
{
	add(out, string, "\\`*_{}[]<>#!|&~$@");
}

void markdown_add_code(struct text *out, const char *string)
{
	text_add(out, "<code>");
	markdown_add(out, string);
	text_add(out, "</code>");
}

/* U+FFFE and U+FFFF, which are UTF-8 and no characters of XML (its section 2.2). */
static const char *no_character(const char *string)
{
	const char *found = strstr(string, "\xef\xbf\xbe"), *other = strstr(string, "\xef\xbf\xbf");
	return !found || (other && other < found) ? other : found;
}

void xml_add(struct text *out, const char *string)
{
	struct text characters = TEXT_INIT;
	for (const char *bad; (bad = no_character(string)); string = bad + 3) {
		text_add_bytes(&characters, string, (size_t)(bad - string));
		text_add(&characters, bad[2] == '\xbe' ? "\\ufffe" : "\\uffff");
	}
	text_add(&characters, string);
	add(out, text_string(&characters), "&<>\"'");
	out->failed |= characters.failed;
	text_free(&characters);
}
