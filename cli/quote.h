/* SPDX-License-Identifier: MIT */
/* A command as a shell reads it back. */
#ifndef JOULES_CLI_QUOTE_H
#define JOULES_CLI_QUOTE_H

#include "base/text.h"

/* In quotes where it needs them: a, 'a b', 'it'\''s'; with $'…' what a terminal would obey, or that is no UTF-8. */
void quote_word(struct text *text, const char *word);

/* Words with blanks between them; passwords of addresses in them are masked. */
void quote_command(struct text *text, char *const *words);

#endif
