/* SPDX-License-Identifier: MIT */
/* "Did you mean": which known word somebody meant who wrote an unknown one. */
#ifndef JOULES_BASE_WORDS_H
#define JOULES_BASE_WORDS_H

#include <stddef.h>

/* The nearer to wanted[0 … length) of two known words, the first where both are as near; either may be NULL. NULL
 * where neither can have been meant: at most a third of the letters is a slip. Called with one known word after the
 * other, and what it said before, it finds the nearest of all. */
const char *words_nearer(const char *wanted, size_t length, const char *a, const char *b);

#endif
