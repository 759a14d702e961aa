/* SPDX-License-Identifier: MIT */
#include "base/words.h"

#include <stdint.h>
#include <string.h>

enum { LONGEST = 63 }; /* no word that is known is longer */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static uint8_t least(uint8_t a, uint8_t b)
{
	return a < b ? a : b;
}

/* Letters of a to change, add, drop or swap until it is b (optimal string alignment); capital letters are small ones.
 * Neither is longer than LONGEST. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	uint8_t cost[LONGEST + 1][LONGEST + 1];
	for (size_t i = 0; i <= a_length; i++)
		cost[i][0] = (uint8_t)i;
	for (size_t j = 0; j <= b_length; j++)
		cost[0][j] = (uint8_t)j;
	for (size_t i = 1; i <= a_length; i++) {
		for (size_t j = 1; j <= b_length; j++) {
			char left = lower(a[i - 1]), right = lower(b[j - 1]);
			uint8_t one = least(cost[i - 1][j], cost[i][j - 1]);
			cost[i][j] = least((uint8_t)(one + 1), (uint8_t)(cost[i - 1][j - 1] + (left != right)));
			if (i > 1 && j > 1 && left == lower(b[j - 2]) && lower(a[i - 2]) == right)
				cost[i][j] = least(cost[i][j], (uint8_t)(cost[i - 2][j - 2] + 1));
		}
	}
	return cost[a_length][b_length];
}

/* How far the known word is; SIZE_MAX if it is no slip: farther than a third of the longer one's letters (rounded up),
 * or nothing in common. */
static size_t slip(const char *wanted, size_t length, const char *known)
{
	size_t known_length = known ? strlen(known) : 0;
	size_t longer = length > known_length ? length : known_length;
	if (!known || longer > LONGEST)
		return SIZE_MAX;
	size_t away = distance(wanted, length, known, known_length);
	return away <= (longer + 2) / 3 && away < longer ? away : SIZE_MAX;
}

const char *words_nearer(const char *wanted, size_t length, const char *a, const char *b)
{
	size_t to_a = slip(wanted, length, a), to_b = slip(wanted, length, b);
	if (to_a == SIZE_MAX && to_b == SIZE_MAX)
		return NULL;
	return to_b < to_a ? b : a;
}
