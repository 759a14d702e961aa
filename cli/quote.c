/* SPDX-License-Identifier: MIT */
#include "quote.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"

static bool is_plain(const char *word)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
	return *word && !word[strspn(word, safe)];
}

/* The word with `with` before each byte that is one of `special`. */
static void add_with(struct text *text, const char *word, const char *special, const char *with)
{
	for (;;) {
		size_t length = strcspn(word, special);
		text_add_bytes(text, word, length);
		if (!word[length])
			return;
		text_add(text, with);
		text_add_bytes(text, word + length, 1);
		word += length + 1;
	}
}

static void add_escaped(struct text *text, const char *word)
{
	struct text careful = TEXT_INIT;
	add_with(&careful, word, "'\\", "\\");
	text_add(text, "$'");
	text_add_escaped(text, text_string(&careful));
	text_add(text, "'");
	text->failed |= careful.failed;
	text_free(&careful);
}

void quote_word(struct text *text, const char *word)
{
	struct text shown = TEXT_INIT;
	text_add_escaped(&shown, word);
	if (strcmp(text_string(&shown), word) != 0) {
		add_escaped(text, word);
	} else if (is_plain(word)) {
		text_add(text, word);
	} else {
		text_add(text, "'");
		add_with(text, word, "'", "'\\'");
		text_add(text, "'");
	}
	text->failed |= shown.failed;
	text_free(&shown);
}

/* Masked before it is quoted: else stars stand where a shell takes them for a pattern, and a quote may go with the
 * password. */
static void add_masked(struct text *text, const char *word)
{
	char *shown = strdup(word);
	if (shown) {
		mask_passwords(shown);
		quote_word(text, shown);
	}
	text->failed |= !shown;
	free(shown);
}

void quote_command(struct text *text, char *const *words)
{
	for (size_t i = 0; words[i]; i++) {
		text_add(text, i > 0 ? " " : "");
		add_masked(text, words[i]);
	}
}
