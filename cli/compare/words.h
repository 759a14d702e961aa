/* SPDX-License-Identifier: MIT */
/* A line split into words as a shell would, and nothing else that a shell does: blanks, quotes and backslashes. */
#ifndef JOULES_CLI_WORDS_H
#define JOULES_CLI_WORDS_H

/* malloc'ed, ends with NULL; release with words_free(). NULL: *why says what would be right. */
char **words_split(const char *line, const char **why);
void words_free(char **words);

#endif
