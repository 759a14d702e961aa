/* SPDX-License-Identifier: MIT */
/* How far apart two words are: for "did you mean". */
#ifndef JOULES_BASE_WORDS_H
#define JOULES_BASE_WORDS_H

#include <stddef.h>

/* Letters to insert, delete or replace (Levenshtein's distance). SIZE_MAX where the second has 64 bytes or more: that
 * is no slip. */
size_t words_apart(const char *a, const char *b);

#endif
