/* SPDX-License-Identifier: MIT */
/* The settings of $JOULES_FAKE_NVML and of fake_nvml_configure(); README.md has them all. */
#include "gpus.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake.h"

enum { ROWS = 20000 };

struct settings settings = { .log_fd = -1 };
atomic_ulong calls, init_calls, count_calls;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool configured;

static bool set_code(struct code *code, const char *value)
{
	char *end;
	*code = (struct code){ .code = (int)strtol(value, &end, 10), .from = 1 };
	if (*end == '@')
		code->from = (unsigned)strtoul(end + 1, &end, 10);
	else if (*end == '#')
		code->until = (unsigned)strtoul(end + 1, &end, 10);
	else if (*end == '?')
		code->when = *end++ == '?';
	return end != value && *end == '\0';
}

bool happened(void)
{
	return *settings.when && access(settings.when, F_OK) == 0;
}

int answer(const struct code *code, unsigned long call)
{
	if (code->when && !happened())
		return 0;
	return call >= code->from && (code->until == 0 || call <= code->until) ? code->code : 0;
}

static bool set_curve(struct gpu *gpu, const char *value)
{
	char shape[16];
	double *n = gpu->number;
	n[0] = n[1] = n[2] = 0.0;
	n[3] = 0.5;
	if (sscanf(value, "%15[a-z]:%lf:%lf:%lf:%lf", shape, &n[0], &n[1], &n[2], &n[3]) < 2)
		return false;
	gpu->shape = strcmp(shape, "ramp") == 0 ? RAMP : strcmp(shape, "square") == 0 ? SQUARE : CONSTANT;
	return gpu->shape != CONSTANT || strcmp(shape, "constant") == 0;
}

static bool set_replay(const char *path)
{
	static struct row rows[ROWS];
	struct replay replay = { rows, 0 };
	char line[256];
	FILE *file = fopen(path, "re");
	while (file && replay.count < ROWS && fgets(line, sizeof line, file)) {
		struct row *row = &rows[replay.count];
		replay.count +=
		    sscanf(line, "%lf,%lf,%lf,%lf", &row->t, &row->energy_mj, &row->instant_mw, &row->average_mw) == 4;
	}
	if (file)
		fclose(file);
	settings.replay = replay;
	return replay.count > 1;
}

static void set_text(char out[TEXT], const char *value)
{
	(void)snprintf(out, TEXT, "%s", value);
	for (char *at = out; *at; at++)
		if (*at == '_')
			*at = ' ';
}

static bool set_gpu(struct gpu *gpu, const char *key, const char *value)
{
	static const struct {
		const char *key;
		size_t offset;
	} codes[] = {
		{ "handle", offsetof(struct gpu, handle) },
		{ "energy", offsetof(struct gpu, energy) },
		{ "usage", offsetof(struct gpu, usage) },
		{ "instant", offsetof(struct gpu, instant) },
		{ "average", offsetof(struct gpu, average) },
		{ "module", offsetof(struct gpu, module) },
		{ "module_average", offsetof(struct gpu, module_average) },
		{ "fields", offsetof(struct gpu, fields) },
	};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (strcmp(codes[i].key, key) == 0)
			return set_code((struct code *)(void *)((char *)gpu + codes[i].offset), value);
	double number = strtod(value, NULL);
	if (strcmp(key, "curve") == 0)
		return set_curve(gpu, value);
	if (strcmp(key, "tick_ms") == 0)
		gpu->tick_s = number * 1e-3;
	else if (strcmp(key, "phase_ms") == 0)
		gpu->phase_s = number * 1e-3;
	else if (strcmp(key, "sensor_ms") == 0)
		gpu->sensor_s = number * 1e-3;
	else if (strcmp(key, "start_mj") == 0)
		gpu->start_mj = number;
	else if (strcmp(key, "back_at") == 0)
		gpu->back_at = *value == '?' ? -1 : (long)number;
	else if (strcmp(key, "type") == 0)
		gpu->type = (int)number;
	else if (strcmp(key, "counter_type") == 0)
		gpu->counter_type = (int)number;
	else if (strcmp(key, "architecture") == 0)
		gpu->architecture = (int)number;
	else if (strcmp(key, "limit_w") == 0)
		gpu->limit_mw = (unsigned)(number * 1e3);
	else if (strcmp(key, "mig") == 0)
		gpu->instances = number < INSTANCES ? (unsigned)number : INSTANCES;
	else if (strcmp(key, "name") == 0)
		set_text(gpu->name, value);
	else if (strcmp(key, "uuid") == 0)
		(void)snprintf(gpu->uuid, sizeof gpu->uuid, "%s", value);
	else
		return false;
	return true;
}

static bool set_global(const char *key, const char *value, bool *known)
{
	*known = true;
	if (strcmp(key, "gpus") == 0)
		settings.count = (unsigned)strtoul(value, NULL, 10) < MOST ? (unsigned)strtoul(value, NULL, 10) : MOST;
	else if (strcmp(key, "init") == 0)
		return set_code(&settings.init, value);
	else if (strcmp(key, "count") == 0)
		return set_code(&settings.counting, value);
	else if (strcmp(key, "latency_us") == 0)
		settings.latency_us = (unsigned)strtoul(value, NULL, 10);
	else if (strcmp(key, "strict") == 0)
		settings.strict = atoi(value);
	else if (strcmp(key, "origin_ns") == 0)
		settings.origin_ns = strtoll(value, NULL, 10);
	else if (strcmp(key, "when") == 0)
		(void)snprintf(settings.when, sizeof settings.when, "%s", value);
	else if (strcmp(key, "replay") == 0)
		return set_replay(value);
	else
		*known = false;
	return true;
}

/* "key=value" for all GPUs, "3.key=value" for one. */
static bool set(char *word)
{
	char *value = strchr(word, '='), *key = word;
	bool known, good = true;
	if (!value)
		return false;
	*value++ = '\0';
	good = set_global(word, value, &known);
	if (known)
		return good;
	unsigned long only = strtoul(word, &key, 10);
	bool one = key != word && *key == '.';
	if (one && only >= MOST)
		return false;
	for (unsigned i = 0; i < MOST && good; i++)
		if (!one || i == only)
			good = set_gpu(&settings.gpus[i], one ? key + 1 : word, value);
	return good;
}

static void set_defaults(void)
{
	int log_fd = settings.log_fd;
	memset(&settings, 0, sizeof settings);
	settings.log_fd = log_fd;
	settings.count = 1;
	settings.strict = 1;
	for (unsigned i = 0; i < MOST; i++) {
		struct gpu *gpu = &settings.gpus[i];
		gpu->index = i;
		gpu->number[0] = 200.0;
		gpu->tick_s = gpu->sensor_s = 0.1;
		gpu->start_mj = 1e9 * (i + 1);
		gpu->module.code = gpu->module_average.code = 3;
		gpu->type = 1;
		gpu->counter_type = 3;
		gpu->architecture = 7;
		gpu->limit_mw = 400000;
		(void)snprintf(gpu->name, sizeof gpu->name, "NVIDIA Fake A100");
		(void)snprintf(gpu->uuid, sizeof gpu->uuid, "GPU-%08x-0000-4000-8000-%012x", 0x10203040 * ((i + 1) & 7) + i, i);
	}
	atomic_store(&init_calls, 0);
	atomic_store(&count_calls, 0);
	atomic_store(&calls, 0);
}

static void name_instances(void)
{
	for (unsigned i = 0; i < MOST; i++)
		for (unsigned j = 0; j < INSTANCES; j++) {
			struct instance *instance = &settings.gpus[i].instance[j];
			instance->parent = &settings.gpus[i];
			instance->number = j;
			(void)snprintf(
			    instance->uuid, sizeof instance->uuid, "MIG-%08x-0000-4000-8000-%012x", 0xa0b0c0d0 + 16 * i + j, i);
		}
}

/* Words of a string; "@path": of a file, where # begins a comment. */
static int configure(const char *text)
{
	char *copy = NULL, *rest;
	int result = 0;
	if (*text == '@') {
		FILE *file = fopen(text + 1, "re");
		size_t size = 0;
		if (!file || getdelim(&copy, &size, '\0', file) < 0)
			result = -1;
		if (file)
			fclose(file);
		for (char *at = copy; at && (at = strchr(at, '#')) && (at == copy || strchr(" \t\n", at[-1]));)
			memset(at, ' ', strcspn(at, "\n"));
	} else {
		copy = strdup(text);
	}
	set_defaults();
	rest = copy;
	for (char *word; rest && (word = strsep(&rest, " \t\n;"));)
		if (*word && !set(word)) {
			fprintf(stderr, "fake libnvidia-ml: what is '%s'?\n", word);
			result = -1;
		}
	name_instances();
	free(copy);
	configured = true;
	return result;
}

API int fake_nvml_configure(const char *text)
{
	pthread_mutex_lock(&lock);
	int result = configure(text);
	pthread_mutex_unlock(&lock);
	return result;
}

void settings_prepare(void)
{
	pthread_mutex_lock(&lock);
	const char *log = getenv("JOULES_FAKE_NVML_LOG"), *text = getenv("JOULES_FAKE_NVML");
	if (settings.log_fd < 0 && log && *log)
		settings.log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (!configured)
		(void)configure(text ? text : "");
	pthread_mutex_unlock(&lock);
}
