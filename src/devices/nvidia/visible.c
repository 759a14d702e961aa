/* SPDX-License-Identifier: MIT */
#include "devices/nvidia/visible.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NONE = -1, SEVERAL = -2 };

struct word {
	const char *bytes;
	size_t length;
};

static struct word next_word(const char **at)
{
	const char *begin = *at + strspn(*at, " \t");
	const char *end = begin + strcspn(begin, ",");
	*at = *end ? end + 1 : NULL;
	while (end > begin && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return (struct word){ begin, (size_t)(end - begin) };
}

static bool begins(const char *uuid, struct word word)
{
	return uuid && strncasecmp(uuid, word.bytes, word.length) == 0;
}

static bool has_prefix(struct word word, const char *prefix)
{
	return word.length >= strlen(prefix) && strncasecmp(word.bytes, prefix, strlen(prefix)) == 0;
}

/* "1", and as CUDA reads it also "1gpu": digits count, what follows does not. */
static long number_of(struct word word, size_t count)
{
	if (word.length == 0 || !isdigit((unsigned char)*word.bytes))
		return NONE;
	unsigned long value = strtoul(word.bytes, NULL, 10);
	return value < count ? (long)value : NONE;
}

static long gpu_by_uuid(struct word word, const struct visible_gpu *gpus, size_t count)
{
	long found = NONE;
	for (size_t i = 0; i < count; i++)
		if (begins(gpus[i].uuid, word))
			found = found == NONE ? (long)i : SEVERAL;
	return found;
}

/* "/2/1" as one number. */
static size_t number_after(const char *slash)
{
	char *end;
	unsigned long gpu_instance = strtoul(slash + 1, &end, 10);
	return gpu_instance * 256 + (*end == '/' ? strtoul(end + 1, NULL, 10) : 0) + 1;
}

/* *instance tells the instances of one GPU apart. */
static long gpu_by_instance(struct word word, const struct visible_gpu *gpus, size_t count, size_t *instance)
{
	long found = NONE;
	/* Drivers before 470: MIG-GPU-<the GPU's UUID>/<GPU instance>/<compute instance>. */
	if (has_prefix(word, "MIG-GPU-")) {
		const char *slash = memchr(word.bytes, '/', word.length);
		struct word parent = { word.bytes + 4, slash ? (size_t)(slash - word.bytes) - 4 : word.length - 4 };
		*instance = slash ? number_after(slash) : 0;
		return gpu_by_uuid(parent, gpus, count);
	}
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < gpus[i].instance_count; j++)
			if (begins(gpus[i].instances[j], word)) {
				found = found == NONE ? (long)i : SEVERAL;
				*instance = j + 1;
			}
	return found;
}

static void hide_all(struct visible_gpu *gpus, size_t count)
{
	for (size_t i = 0; i < count; i++)
		gpus[i].visible = false;
}

/* The kinds of word do not mix: the first one decides, and one of another kind ends the list. */
enum kind { NUMBERS, GPUS, INSTANCES };

static enum kind kind_of(struct word word)
{
	return has_prefix(word, "MIG-") ? INSTANCES : has_prefix(word, "GPU-") ? GPUS : NUMBERS;
}

void visible_select(const char *value, struct visible_gpu *gpus, size_t count)
{
	for (size_t i = 0; i < count; i++)
		gpus[i].visible = !value;
	enum { MOST = 512 };
	struct {
		long gpu;
		size_t instance;
	} seen[MOST];
	size_t taken = 0;
	enum kind kind = NUMBERS;
	while (value && taken < MOST) {
		struct word word = next_word(&value);
		size_t instance = 0;
		if (taken == 0)
			kind = kind_of(word);
		if (kind_of(word) != kind)
			return;
		long gpu = kind == NUMBERS ? number_of(word, count)
		    : kind == GPUS         ? gpu_by_uuid(word, gpus, count)
		                           : gpu_by_instance(word, gpus, count, &instance);
		bool twice = false;
		for (size_t i = 0; i < taken; i++)
			twice |= seen[i].gpu == gpu && seen[i].instance == instance;
		if (gpu == SEVERAL || (gpu >= 0 && twice)) {
			hide_all(gpus, count);
			return;
		}
		if (gpu == NONE)
			return;
		gpus[gpu].visible = true;
		seen[taken].gpu = gpu;
		seen[taken++].instance = instance;
	}
}
