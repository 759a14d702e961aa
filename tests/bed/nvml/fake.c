/* SPDX-License-Identifier: MIT */
/*
 * A libnvidia-ml.so.1 without a GPU. Its GPUs draw the power of a known curve; what they answer is set by $JOULES_FAKE_NVML (README.md).
 * Built in variants that lack symbols: NO_INIT_V2, NO_FIELDS, NO_ENERGY, NO_POWER.
 */
#include "fake.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define API __attribute__((visibility("default")))

enum { MOST = 64, INSTANCES = 4, TEXT = 96, ROWS = 20000 };

/* ---- settings ---- */

/* A return code, always, from the n-th call on (15@3), or for the first n calls (27#2). */
struct code {
	int code;
	unsigned from, until; /* calls, from 1; until 0: for ever */
};

struct row {
	double t, energy_mj, instant_mw, average_mw;
};

struct replay {
	struct row *rows;
	size_t count;
};

enum shape { CONSTANT, RAMP, SQUARE };

struct gpu {
	unsigned index;
	enum shape shape;
	double number[4];
	double tick_s, phase_s, sensor_s, start_mj;
	struct code handle, energy, usage, instant, average, module, module_average, fields;
	long back_at; /* the energy call at which the counter begins again at 0 */
	double back_mj;
	int type, counter_type, architecture;
	unsigned limit_mw;
	unsigned instances;
	char name[TEXT], uuid[TEXT];
	atomic_ulong energy_calls, handle_calls, usage_calls, field_calls;
	struct instance {
		struct gpu *parent;
		unsigned number;
		char uuid[TEXT];
	} instance[INSTANCES];
};

static struct settings {
	unsigned count;
	struct code init, counting;
	unsigned latency_us;
	int strict;
	int log_fd;
	int64_t origin_ns;
	struct replay replay;
	struct gpu gpus[MOST];
} settings = { .log_fd = -1 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_ulong calls;
static atomic_ulong init_calls, count_calls;
static atomic_int references;
static atomic_int owner;
static bool configured;
static int64_t (*test_clock)(void);

static int64_t real_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static double now_s(void)
{
	return (double)((test_clock ? test_clock() : real_ns()) - settings.origin_ns) * 1e-9;
}

static bool set_code(struct code *code, const char *value)
{
	char *end;
	*code = (struct code){ .code = (int)strtol(value, &end, 10), .from = 1 };
	if (*end == '@')
		code->from = (unsigned)strtoul(end + 1, &end, 10);
	else if (*end == '#')
		code->until = (unsigned)strtoul(end + 1, &end, 10);
	return end != value && *end == '\0';
}

static int answer(const struct code *code, unsigned long call)
{
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
		replay.count += sscanf(line, "%lf,%lf,%lf,%lf", &row->t, &row->energy_mj, &row->instant_mw, &row->average_mw) == 4;
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
		{ "handle", offsetof(struct gpu, handle) }, { "energy", offsetof(struct gpu, energy) }, { "usage", offsetof(struct gpu, usage) },
		{ "instant", offsetof(struct gpu, instant) }, { "average", offsetof(struct gpu, average) }, { "module", offsetof(struct gpu, module) },
		{ "module_average", offsetof(struct gpu, module_average) }, { "fields", offsetof(struct gpu, fields) },
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
		gpu->back_at = (long)number;
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
			(void)snprintf(instance->uuid, sizeof instance->uuid, "MIG-%08x-0000-4000-8000-%012x", 0xa0b0c0d0 + 16 * i + j, i);
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

API void fake_nvml_clock(int64_t (*clock)(void))
{
	test_clock = clock;
}

API unsigned long fake_nvml_calls(void)
{
	return atomic_load(&calls);
}

API int fake_nvml_references(void)
{
	return atomic_load(&owner) == getpid() ? atomic_load(&references) : 0;
}

/* ---- each call ---- */

__attribute__((format(printf, 1, 2))) static void called(const char *format, ...)
{
	char line[256];
	va_list arguments;
	atomic_fetch_add(&calls, 1);
	if (settings.log_fd >= 0) {
		va_start(arguments, format);
		int length = snprintf(line, sizeof line, "%d ", getpid());
		length += vsnprintf(line + length, sizeof line - (size_t)length - 1, format, arguments);
		line[length++] = '\n';
		va_end(arguments);
		if (write(settings.log_fd, line, (size_t)length) < 0)
			settings.log_fd = -1;
	}
	/* Sleeping would take 50 µs more. */
	for (int64_t until = real_ns() + settings.latency_us * INT64_C(1000); settings.latency_us && real_ns() < until;)
		;
}

static bool is_ready(void)
{
	return !settings.strict || (atomic_load(&references) > 0 && atomic_load(&owner) == getpid());
}

static void prepare(void)
{
	pthread_mutex_lock(&lock);
	const char *log = getenv("JOULES_FAKE_NVML_LOG"), *text = getenv("JOULES_FAKE_NVML");
	if (settings.log_fd < 0 && log && *log)
		settings.log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (!configured)
		(void)configure(text ? text : "");
	pthread_mutex_unlock(&lock);
}

static struct gpu *gpu_of(void *device)
{
	const char *at = device, *first = (char *)settings.gpus, *end = (char *)(settings.gpus + MOST);
	return at >= first && at < end ? &settings.gpus[(size_t)(at - first) / sizeof *settings.gpus] : NULL;
}

static struct instance *instance_of(void *device)
{
	struct gpu *gpu = gpu_of(device);
	for (unsigned i = 0; gpu && i < INSTANCES; i++)
		if (device == &gpu->instance[i])
			return &gpu->instance[i];
	return NULL;
}

/* ---- the physics ---- */

static double power_at(const struct gpu *gpu, double t)
{
	const double *n = gpu->number;
	if (gpu->shape == RAMP)
		return t <= 0.0 ? n[0] : t >= n[2] ? n[1] : n[0] + (n[1] - n[0]) * t / n[2];
	if (gpu->shape == SQUARE)
		return fmod(t, n[2]) < n[2] * n[3] ? n[1] : n[0];
	return n[0];
}

static double energy_at(const struct gpu *gpu, double t)
{
	const double *n = gpu->number;
	if (gpu->shape == RAMP) {
		double inside = t < n[2] ? t : n[2];
		return t <= 0.0 ? n[0] * t : n[0] * inside + (n[1] - n[0]) * inside * inside / (2.0 * n[2]) + (t - inside) * n[1];
	}
	if (gpu->shape == SQUARE) {
		double whole = floor(t / n[2]), part = t - whole * n[2], high = n[2] * n[3];
		return whole * (n[1] * high + n[0] * (n[2] - high)) + n[1] * fmin(part, high) + n[0] * fmax(0.0, part - high);
	}
	return n[0] * t;
}

API double fake_nvml_truth(unsigned index, int64_t ns)
{
	return energy_at(&settings.gpus[index], (double)(ns - settings.origin_ns) * 1e-9);
}

static double floor_to(double t, double period, double phase)
{
	return period > 0.0 ? floor((t - phase) / period) * period + phase : t;
}

/* The recording runs over and over; the counter goes on. */
static const struct row *replayed(double t, double *carried_mj)
{
	const struct row *rows = settings.replay.rows;
	size_t low = 0, high = settings.replay.count - 1;
	double length = rows[high].t - rows[0].t, rounds = floor(t / length);
	t = rows[0].t + t - rounds * length;
	*carried_mj = rounds * (rows[high].energy_mj - rows[0].energy_mj);
	while (low + 1 < high) {
		size_t middle = (low + high) / 2;
		if (rows[middle].t <= t)
			low = middle;
		else
			high = middle;
	}
	return &rows[low];
}

static double counter_mj(struct gpu *gpu, unsigned long call)
{
	double t = now_s(), carried;
	if (settings.replay.count) {
		const struct row *row = replayed(t, &carried);
		return row->energy_mj + carried;
	}
	double mj = floor(energy_at(gpu, floor_to(t, gpu->tick_s, gpu->phase_s)) * 1e3 + gpu->start_mj);
	if (gpu->back_at && call == (unsigned long)gpu->back_at)
		gpu->back_mj = mj;
	return mj - gpu->back_mj;
}

__attribute__((unused)) static double instant_mw(const struct gpu *gpu)
{
	double carried;
	if (settings.replay.count)
		return replayed(now_s(), &carried)->instant_mw;
	return floor(power_at(gpu, floor_to(now_s(), gpu->sensor_s, gpu->phase_s)) * 1e3 + 0.5);
}

__attribute__((unused)) static double average_mw(const struct gpu *gpu)
{
	double carried, t = floor_to(now_s(), gpu->sensor_s, gpu->phase_s);
	if (settings.replay.count)
		return replayed(now_s(), &carried)->average_mw;
	return floor((energy_at(gpu, t) - energy_at(gpu, t - 1.0)) * 1e3 + 0.5);
}

/* ---- NVML: start and end ---- */

static int start(const char *name)
{
	prepare();
	called("%s", name);
	int code = answer(&settings.init, atomic_fetch_add(&init_calls, 1) + 1);
	if (code)
		return code;
	if (atomic_exchange(&owner, getpid()) != getpid())
		atomic_store(&references, 0);
	atomic_fetch_add(&references, 1);
	return 0;
}

#define CHECK_READY() \
	do { \
		called("%s", __func__); \
		if (!is_ready()) \
			return 1; \
	} while (0)

API int nvmlInit(void);
API int nvmlInit(void)
{
	return start(__func__);
}

#ifndef NO_INIT_V2
API int nvmlInit_v2(void);
API int nvmlInit_v2(void)
{
	return start(__func__);
}
#endif

API int nvmlInitWithFlags(unsigned flags);
API int nvmlInitWithFlags(unsigned flags)
{
	(void)flags;
	return start(__func__);
}

API int nvmlShutdown(void);
API int nvmlShutdown(void)
{
	CHECK_READY();
	atomic_fetch_sub(&references, 1);
	return 0;
}

API const char *nvmlErrorString(int code);
API const char *nvmlErrorString(int code)
{
	static _Thread_local char text[64];
	(void)snprintf(text, sizeof text, "fake error %d", code);
	return text;
}

static int give_text(char *out, unsigned size, const char *text)
{
	if (strlen(text) >= size)
		return 7;
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

API int nvmlSystemGetDriverVersion(char *version, unsigned size);
API int nvmlSystemGetDriverVersion(char *version, unsigned size)
{
	CHECK_READY();
	return give_text(version, size, "570.00.fake");
}

API int nvmlSystemGetNVMLVersion(char *version, unsigned size);
API int nvmlSystemGetNVMLVersion(char *version, unsigned size)
{
	CHECK_READY();
	return give_text(version, size, "12.570.00.fake");
}

/* ---- devices ---- */

API int nvmlDeviceGetCount_v2(unsigned *count);
API int nvmlDeviceGetCount_v2(unsigned *count)
{
	CHECK_READY();
	*count = settings.count;
	return answer(&settings.counting, atomic_fetch_add(&count_calls, 1) + 1);
}

API int nvmlDeviceGetCount(unsigned *count);
API int nvmlDeviceGetCount(unsigned *count)
{
	return nvmlDeviceGetCount_v2(count);
}

static int give_gpu(struct gpu *gpu, void **device)
{
	int code = answer(&gpu->handle, atomic_fetch_add(&gpu->handle_calls, 1) + 1);
	*device = code ? NULL : gpu;
	return code;
}

API int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device);
API int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device)
{
	called("%s %u", __func__, index);
	if (!is_ready())
		return 1;
	return index < settings.count ? give_gpu(&settings.gpus[index], device) : 2;
}

API int nvmlDeviceGetHandleByIndex(unsigned index, void **device);
API int nvmlDeviceGetHandleByIndex(unsigned index, void **device)
{
	return nvmlDeviceGetHandleByIndex_v2(index, device);
}

API int nvmlDeviceGetHandleByUUID(const char *uuid, void **device);
API int nvmlDeviceGetHandleByUUID(const char *uuid, void **device)
{
	called("%s %s", __func__, uuid);
	if (!is_ready())
		return 1;
	for (unsigned i = 0; i < settings.count; i++) {
		struct gpu *gpu = &settings.gpus[i];
		if (strcmp(gpu->uuid, uuid) == 0)
			return give_gpu(gpu, device);
		for (unsigned j = 0; j < gpu->instances; j++)
			if (strcmp(gpu->instance[j].uuid, uuid) == 0) {
				*device = &gpu->instance[j];
				return 0;
			}
	}
	return 6;
}

API int nvmlDeviceGetHandleByPciBusId_v2(const char *id, void **device);
API int nvmlDeviceGetHandleByPciBusId_v2(const char *id, void **device)
{
	unsigned domain, bus, slot;
	called("%s %s", __func__, id);
	if (!is_ready())
		return 1;
	if (sscanf(id, "%x:%x:%x", &domain, &bus, &slot) != 3)
		return 2;
	return bus >= 1 && bus - 1 < settings.count ? give_gpu(&settings.gpus[bus - 1], device) : 6;
}

#define GPU(device) \
	struct gpu *gpu = gpu_of(device); \
	CHECK_READY(); \
	if (!gpu) \
		return 2

API int nvmlDeviceGetIndex(void *device, unsigned *index);
API int nvmlDeviceGetIndex(void *device, unsigned *index)
{
	GPU(device);
	*index = gpu->index;
	return 0;
}

API int nvmlDeviceGetMinorNumber(void *device, unsigned *minor);
API int nvmlDeviceGetMinorNumber(void *device, unsigned *minor)
{
	GPU(device);
	*minor = gpu->index;
	return 0;
}

API int nvmlDeviceGetName(void *device, char *name, unsigned size);
API int nvmlDeviceGetName(void *device, char *name, unsigned size)
{
	GPU(device);
	return give_text(name, size, gpu->name);
}

API int nvmlDeviceGetUUID(void *device, char *uuid, unsigned size);
API int nvmlDeviceGetUUID(void *device, char *uuid, unsigned size)
{
	GPU(device);
	return give_text(uuid, size, instance_of(device) ? instance_of(device)->uuid : gpu->uuid);
}

struct pci {
	char legacy[16];
	unsigned domain, bus, device, id, subsystem;
	char text[32];
};

API int nvmlDeviceGetPciInfo_v3(void *device, struct pci *pci);
API int nvmlDeviceGetPciInfo_v3(void *device, struct pci *pci)
{
	GPU(device);
	memset(pci, 0, sizeof *pci);
	pci->bus = gpu->index + 1;
	pci->id = 0x20b010de;
	(void)snprintf(pci->legacy, sizeof pci->legacy, "0000:%02X:00.0", pci->bus & 0xffU);
	(void)snprintf(pci->text, sizeof pci->text, "00000000:%02X:00.0", pci->bus);
	return 0;
}

API int nvmlDeviceGetArchitecture(void *device, unsigned *architecture);
API int nvmlDeviceGetArchitecture(void *device, unsigned *architecture)
{
	GPU(device);
	*architecture = (unsigned)gpu->architecture;
	return 0;
}

API int nvmlDeviceGetEnforcedPowerLimit(void *device, unsigned *mw);
API int nvmlDeviceGetEnforcedPowerLimit(void *device, unsigned *mw)
{
	GPU(device);
	*mw = gpu->limit_mw;
	return gpu->limit_mw ? 0 : 3;
}

API int nvmlDeviceGetPersistenceMode(void *device, int *mode);
API int nvmlDeviceGetPersistenceMode(void *device, int *mode)
{
	GPU(device);
	*mode = 1;
	return 0;
}

API int nvmlDeviceGetVirtualizationMode(void *device, int *mode);
API int nvmlDeviceGetVirtualizationMode(void *device, int *mode)
{
	GPU(device);
	*mode = 0;
	return 0;
}

/* ---- instances ---- */

API int nvmlDeviceGetMigMode(void *device, unsigned *current, unsigned *pending);
API int nvmlDeviceGetMigMode(void *device, unsigned *current, unsigned *pending)
{
	GPU(device);
	*current = *pending = gpu->instances > 0;
	return 0;
}

API int nvmlDeviceGetMaxMigDeviceCount(void *device, unsigned *count);
API int nvmlDeviceGetMaxMigDeviceCount(void *device, unsigned *count)
{
	GPU(device);
	*count = gpu->instances ? 7 : 0;
	return 0;
}

API int nvmlDeviceGetMigDeviceHandleByIndex(void *device, unsigned index, void **instance);
API int nvmlDeviceGetMigDeviceHandleByIndex(void *device, unsigned index, void **instance)
{
	GPU(device);
	if (index >= gpu->instances)
		return 6;
	*instance = &gpu->instance[index];
	return 0;
}

API int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(void *instance, void **device);
API int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(void *instance, void **device)
{
	GPU(instance);
	*device = gpu;
	return instance_of(instance) ? 0 : 2;
}

API int nvmlDeviceIsMigDeviceHandle(void *device, unsigned *is);
API int nvmlDeviceIsMigDeviceHandle(void *device, unsigned *is)
{
	GPU(device);
	*is = instance_of(device) != NULL;
	return gpu ? 0 : 2;
}

/* ---- energy and power: of an instance, its GPU's ---- */

__attribute__((unused)) static int read_energy(struct gpu *gpu, double *mj)
{
	unsigned long call = atomic_fetch_add(&gpu->energy_calls, 1) + 1;
	int code = answer(&gpu->energy, call);
	*mj = code ? 0.0 : counter_mj(gpu, call);
	return code;
}

#ifndef NO_ENERGY
API int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *mj);
API int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *mj)
{
	double value;
	GPU(device);
	int code = read_energy(gpu, &value);
	*mj = (unsigned long long)value;
	return code;
}
#endif

#ifndef NO_POWER
/* Ampere and newer: the average of a second. */
API int nvmlDeviceGetPowerUsage(void *device, unsigned *mw);
API int nvmlDeviceGetPowerUsage(void *device, unsigned *mw)
{
	GPU(device);
	int code = answer(&gpu->usage, atomic_fetch_add(&gpu->usage_calls, 1) + 1);
	*mw = code ? 0 : (unsigned)(gpu->architecture > 6 ? average_mw(gpu) : instant_mw(gpu));
	return code;
}
#endif

#ifndef NO_FIELDS
struct field {
	unsigned id, scope;
	int64_t timestamp, latency;
	int type, result;
	union {
		double real;
		unsigned u32;
		unsigned long ul;
		unsigned long long u64;
		long long i64;
		int i32;
		unsigned short u16;
	} value;
};

static void give(struct field *field, int type, double value)
{
	field->type = type;
	if (type == 0)
		field->value.real = value;
	else if (type == 1)
		field->value.u32 = (unsigned)(unsigned long long)value;
	else if (type == 2)
		field->value.ul = (unsigned long)value;
	else if (type == 3)
		field->value.u64 = (unsigned long long)value;
	else if (type == 4)
		field->value.i64 = (long long)value;
	else if (type == 5)
		field->value.i32 = (int)(long long)value;
	else
		field->value.u16 = (unsigned short)(unsigned long long)value;
}

static void read_field(struct gpu *gpu, struct field *field, unsigned long call)
{
	double value = 0.0;
	memset(&field->value, 0, sizeof field->value);
	field->result = 3;
	field->timestamp = real_ns() / 1000;
	if ((field->id == 83 || field->id == 191) && field->scope == 0) {
		field->result = read_energy(gpu, &value);
		give(field, gpu->counter_type, value);
	} else if (field->id == 186 && field->scope <= 1) {
		field->result = answer(field->scope == 0 ? &gpu->instant : &gpu->module, call);
		give(field, gpu->type, instant_mw(gpu));
	} else if (field->id == 185 && field->scope <= 1) {
		field->result = answer(field->scope == 0 ? &gpu->average : &gpu->module_average, call);
		give(field, gpu->type, average_mw(gpu));
	}
}

API int nvmlDeviceGetFieldValues(void *device, int count, struct field *fields);
API int nvmlDeviceGetFieldValues(void *device, int count, struct field *fields)
{
	GPU(device);
	unsigned long call = atomic_fetch_add(&gpu->field_calls, 1) + 1;
	int code = answer(&gpu->fields, call);
	for (int i = 0; i < count && !code; i++)
		read_field(gpu, &fields[i], call);
	return code;
}

struct sample {
	unsigned long long us;
	union {
		unsigned u32;
		unsigned long long u64;
	} value;
};

/* The ring buffer of the driver: as many samples as there is room for, one each sensor period, the newest last. */
API int nvmlDeviceGetSamples(void *device, int type, unsigned long long since, int *value_type, unsigned *count, struct sample *samples);
API int nvmlDeviceGetSamples(void *device, int type, unsigned long long since, int *value_type, unsigned *count, struct sample *samples)
{
	GPU(device);
	if (type != 0)
		return 3;
	*value_type = 1;
	if (!samples) {
		*count = 120;
		return 0;
	}
	double period = gpu->sensor_s > 0.0 ? gpu->sensor_s : 0.1, newest = floor_to(now_s(), period, gpu->phase_s);
	unsigned given = 0;
	for (unsigned i = *count; i-- > 0;) {
		double t = newest - i * period;
		if ((unsigned long long)(t * 1e6) <= since)
			continue;
		samples[given].us = (unsigned long long)(t * 1e6);
		samples[given++].value.u32 = (unsigned)(power_at(gpu, t) * 1e3);
	}
	*count = given;
	return given ? 0 : 6;
}
#endif
