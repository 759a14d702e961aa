/* SPDX-License-Identifier: MIT */
#include "model/tags.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint32_t hash_of(const char *tag)
{
	uint32_t hash = 2166136261u;
	for (; *tag; tag++)
		hash = (hash ^ (unsigned char)*tag) * 16777619u;
	return hash;
}

/* The slot that holds the tag, or the free one where it belongs. */
static uint32_t slot_of(const struct tags *tags, const char *tag)
{
	uint32_t mask = tags->slot_count - 1;
	uint32_t slot = hash_of(tag) & mask;
	while (tags->slots[slot] && strcmp(tags->strings[tags->slots[slot] - 1], tag) != 0)
		slot = (slot + 1) & mask;
	return slot;
}

/* At most half of the slots are taken. */
static bool grow_slots(struct tags *tags)
{
	if (tags->slots && tags->count + 1 <= tags->slot_count / 2)
		return true;
	struct tags bigger = *tags;
	bigger.slot_count = tags->slot_count ? tags->slot_count * 2 : 16;
	bigger.slots = calloc(bigger.slot_count, sizeof *bigger.slots);
	if (!bigger.slots)
		return false;
	for (uint32_t i = 0; i < tags->count; i++)
		bigger.slots[slot_of(&bigger, tags->strings[i])] = i + 1;
	free(tags->slots);
	tags->slots = bigger.slots;
	tags->slot_count = bigger.slot_count;
	return true;
}

static bool grow_strings(struct tags *tags)
{
	if (tags->count < tags->capacity)
		return true;
	uint32_t capacity = tags->capacity ? tags->capacity * 2 : 8;
	char **strings = realloc(tags->strings, capacity * sizeof *strings);
	if (!strings)
		return false;
	tags->strings = strings;
	tags->capacity = capacity;
	return true;
}

uint32_t tags_find(const struct tags *tags, const char *tag)
{
	if (!tags->slots)
		return TAGS_NONE;
	uint32_t entry = tags->slots[slot_of(tags, tag)];
	return entry ? entry - 1 : TAGS_NONE;
}

uint32_t tags_intern(struct tags *tags, const char *tag)
{
	if (tags->latest < tags->count && strcmp(tags->strings[tags->latest], tag) == 0)
		return tags->latest;
	uint32_t found = tags_find(tags, tag);
	if (found != TAGS_NONE)
		return tags->latest = found;
	if (tags->count >= TAGS_NONE / 2 || !grow_strings(tags) || !grow_slots(tags))
		return TAGS_NONE;
	char *copy = strdup(tag);
	if (!copy)
		return TAGS_NONE;
	tags->slots[slot_of(tags, tag)] = tags->count + 1;
	tags->strings[tags->count] = copy;
	return tags->latest = tags->count++;
}

void tags_free(struct tags *tags)
{
	for (uint32_t i = 0; i < tags->count; i++)
		free(tags->strings[i]);
	free(tags->strings);
	free(tags->slots);
	*tags = (struct tags){ 0 };
}
