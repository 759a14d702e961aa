/* SPDX-License-Identifier: MIT */
/* Characters out of bytes. */
#ifndef JOULES_BASE_UTF8_H
#define JOULES_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_NONE UINT32_MAX

/* Decodes the character that begins here; returns how many bytes it took. What is no UTF-8 is UTF8_NONE, one for each
 * longest piece that could have begun a character, as Python's errors="replace" has it. A NUL ends any sequence. */
size_t utf8_decode(const unsigned char *bytes, uint32_t *code);

#endif
