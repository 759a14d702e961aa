/* SPDX-License-Identifier: MIT */
/*
 * A libnvidia-ml.so.1 without a GPU: NVML's functions. What they answer is set by $JOULES_FAKE_NVML (README.md).
 * Built in variants that lack symbols: NO_INIT_V2, NO_FIELDS, NO_ENERGY, NO_POWER.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fake.h"
#include "gpus.h"

/* NVIDIA's header declares them, not ours. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wmissing-declarations"

static atomic_int references; /* how often this process has initialised it */
static atomic_int owner;

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

/* ---- NVML: start and end ---- */

static int start(const char *name)
{
	settings_prepare();
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

API int nvmlInit(void)
{
	return start(__func__);
}

#ifndef NO_INIT_V2
API int nvmlInit_v2(void)
{
	return start(__func__);
}
#endif

API int nvmlInitWithFlags(unsigned flags)
{
	(void)flags;
	return start(__func__);
}

API int nvmlShutdown(void)
{
	CHECK_READY();
	atomic_fetch_sub(&references, 1);
	return 0;
}

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

API int nvmlSystemGetDriverVersion(char *version, unsigned size)
{
	CHECK_READY();
	return give_text(version, size, "570.00.fake");
}

API int nvmlSystemGetNVMLVersion(char *version, unsigned size)
{
	CHECK_READY();
	return give_text(version, size, "12.570.00.fake");
}

/* ---- devices ---- */

API int nvmlDeviceGetCount_v2(unsigned *count)
{
	CHECK_READY();
	*count = settings.count;
	return answer(&settings.counting, atomic_fetch_add(&count_calls, 1) + 1);
}

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

API int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device)
{
	called("%s %u", __func__, index);
	if (!is_ready())
		return 1;
	return index < settings.count ? give_gpu(&settings.gpus[index], device) : 2;
}

API int nvmlDeviceGetHandleByIndex(unsigned index, void **device)
{
	return nvmlDeviceGetHandleByIndex_v2(index, device);
}

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

API int nvmlDeviceGetIndex(void *device, unsigned *index)
{
	GPU(device);
	*index = gpu->index;
	return 0;
}

API int nvmlDeviceGetMinorNumber(void *device, unsigned *minor)
{
	GPU(device);
	*minor = gpu->index;
	return 0;
}

API int nvmlDeviceGetName(void *device, char *name, unsigned size)
{
	GPU(device);
	return give_text(name, size, gpu->name);
}

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

API int nvmlDeviceGetArchitecture(void *device, unsigned *architecture)
{
	GPU(device);
	*architecture = (unsigned)gpu->architecture;
	return 0;
}

API int nvmlDeviceGetEnforcedPowerLimit(void *device, unsigned *mw)
{
	GPU(device);
	*mw = gpu->limit_mw;
	return gpu->limit_mw ? 0 : 3;
}

API int nvmlDeviceGetPersistenceMode(void *device, int *mode)
{
	GPU(device);
	*mode = 1;
	return 0;
}

API int nvmlDeviceGetVirtualizationMode(void *device, int *mode)
{
	GPU(device);
	*mode = 0;
	return 0;
}

/* ---- instances ---- */

API int nvmlDeviceGetMigMode(void *device, unsigned *current, unsigned *pending)
{
	GPU(device);
	*current = *pending = gpu->instances > 0;
	return 0;
}

API int nvmlDeviceGetMaxMigDeviceCount(void *device, unsigned *count)
{
	GPU(device);
	*count = gpu->instances ? 7 : 0;
	return 0;
}

API int nvmlDeviceGetMigDeviceHandleByIndex(void *device, unsigned index, void **instance)
{
	GPU(device);
	if (index >= gpu->instances)
		return 6;
	*instance = &gpu->instance[index];
	return 0;
}

API int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(void *instance, void **device)
{
	GPU(instance);
	*device = gpu;
	return instance_of(instance) ? 0 : 2;
}

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
API int nvmlDeviceGetSamples(
    void *device, int type, unsigned long long since, int *value_type, unsigned *count, struct sample *samples)
{
	GPU(device);
	if (type != 0)
		return 3;
	*value_type = 1;
	if (!samples) {
		*count = 120;
		return 0;
	}
	double period = gpu->sensor_s > 0.0 ? gpu->sensor_s : 0.1, newest = sensed_s(gpu);
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
