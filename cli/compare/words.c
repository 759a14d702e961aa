/* SPDX-License-Identifier: MIT */
#include "compare/words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void words_free(char **words)
{
	for (size_t i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}

/* In double quotes a backslash is one before these only (POSIX, Shell Command Language, 2.2.3). */
static bool is_escape(const char *here, char quote)
{
	return *here == '\\' && here[1] && quote != '\'' && (!quote || strchr("$`\"\\\n", here[1]));
}

/* One word from *line on, which is moved behind it. False: a quote stands open. */
static bool take_word(const char **line, struct text *word)
{
	char quote = '\0';
	const char *here = *line;
	for (; *here && (quote || !strchr(" \t\n", *here)); here++) {
		if (is_escape(here, quote))
			text_add_bytes(word, ++here, 1);
		else if (quote ? *here == quote : *here == '\'' || *here == '"')
			quote = quote ? '\0' : *here;
		else
			text_add_bytes(word, here, 1);
	}
	*line = here;
	return !quote;
}

char **words_split(const char *line, const char **why)
{
	/* No more words than every second byte. */
	char **words = calloc(strlen(line) / 2 + 2, sizeof *words);
	*why = "out of memory";
	size_t count = 0;
	for (line += strspn(line, " \t\n"); words && *line; line += strspn(line, " \t\n")) {
		struct text word = TEXT_INIT;
		bool ends = take_word(&line, &word);
		words[count] = ends && !word.failed ? strdup(text_string(&word)) : NULL;
		text_free(&word);
		if (!ends)
			*why = "a quote is not closed";
		if (!words[count++]) {
			words_free(words);
			return NULL;
		}
	}
	return words;
}
