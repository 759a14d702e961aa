/* SPDX-License-Identifier: MIT */
/* What a trace does not know of its run by itself: strings with names, in the order in which they were set. */
#ifndef JOULES_MODEL_LABELS_H
#define JOULES_MODEL_LABELS_H

#include <stdbool.h>
#include <stddef.h>

struct label {
	char *key;
	char *value;
};

struct labels {
	struct label *list;
	size_t count;
	size_t capacity;
};

void labels_free(struct labels *labels);
/* NULL: there is none of this key. */
const char *labels_find(const struct labels *labels, const char *key);
/* Replaces the value, or puts the label at the end. False without memory: nothing has changed then. */
bool labels_set(struct labels *labels, const char *key, const char *value);
/* Sets all of `from`; with `common`, only those that `common` has with the same value. False without memory. */
bool labels_copy(struct labels *labels, const struct labels *from, const struct labels *common);

#endif
