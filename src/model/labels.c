/* SPDX-License-Identifier: MIT */
#include "model/labels.h"

#include <stdlib.h>
#include <string.h>

void labels_free(struct labels *labels)
{
	for (size_t i = 0; i < labels->count; i++) {
		free(labels->list[i].key);
		free(labels->list[i].value);
	}
	free(labels->list);
	*labels = (struct labels){ 0 };
}

static struct label *find(const struct labels *labels, const char *key)
{
	for (size_t i = 0; i < labels->count; i++)
		if (strcmp(labels->list[i].key, key) == 0)
			return &labels->list[i];
	return NULL;
}

const char *labels_find(const struct labels *labels, const char *key)
{
	const struct label *label = find(labels, key);
	return label ? label->value : NULL;
}

static bool grow(struct labels *labels)
{
	if (labels->count < labels->capacity)
		return true;
	size_t capacity = labels->capacity ? labels->capacity * 2 : 8;
	struct label *list = realloc(labels->list, capacity * sizeof *list);
	if (!list)
		return false;
	labels->list = list;
	labels->capacity = capacity;
	return true;
}

bool labels_set(struct labels *labels, const char *key, const char *value)
{
	struct label *label = find(labels, key);
	char *copy = strdup(value);
	if (copy && label) {
		free(label->value);
		label->value = copy;
		return true;
	}
	char *name = copy && grow(labels) ? strdup(key) : NULL;
	if (!name) {
		free(copy);
		return false;
	}
	labels->list[labels->count++] = (struct label){ name, copy };
	return true;
}

bool labels_copy(struct labels *labels, const struct labels *from, const struct labels *common)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct label *label = &from->list[i];
		const char *other = common ? labels_find(common, label->key) : label->value;
		if (other && strcmp(other, label->value) == 0 && !labels_set(labels, label->key, label->value))
			return false;
	}
	return true;
}
