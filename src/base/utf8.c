/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

/* What may follow the first byte of a UTF-8 sequence: Unicode 15, table 3-7. Ranges of the second byte differ, later
 * ones do not. */
struct sequence {
	unsigned char first, last; /* of the first byte */
	unsigned char low, high;   /* of the second */
	unsigned char length;
};

static const struct sequence sequences[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

size_t utf8_decode(const unsigned char *bytes, uint32_t *code)
{
	*code = *bytes;
	if (*bytes < 0x80)
		return 1;
	*code = UTF8_NONE;
	const struct sequence *s = NULL;
	for (size_t i = 0; i < sizeof sequences / sizeof *sequences && !s; i++)
		if (bytes[0] >= sequences[i].first && bytes[0] <= sequences[i].last)
			s = &sequences[i];
	if (!s || bytes[1] < s->low || bytes[1] > s->high)
		return 1;
	uint32_t value = bytes[0] & (0xffU >> (s->length + 1));
	value = value << 6 | (bytes[1] & 0x3f);
	for (size_t i = 2; i < s->length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return i;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	*code = value;
	return s->length;
}
