/* SPDX-License-Identifier: MIT */
/* The distinct tags of a trace, each stored once and named by a small number. */
#ifndef JOULES_MODEL_TAGS_H
#define JOULES_MODEL_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tags {
	char **strings;
	uint32_t count;
	uint32_t capacity;
	uint32_t *slots; /* open addressing: index + 1 of a string, 0 is free */
	uint32_t slot_count;
	uint32_t latest; /* loops use one tag again and again */
};

#define TAGS_NONE UINT32_MAX

void tags_free(struct tags *tags);
/* The number of this tag, copied if it is new; TAGS_NONE without memory. */
uint32_t tags_intern(struct tags *tags, const char *tag);
/* The number of this tag, TAGS_NONE if there is none. */
uint32_t tags_find(const struct tags *tags, const char *tag);

#endif
