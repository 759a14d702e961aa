/* SPDX-License-Identifier: MIT */
#include "devices/nvidia/nvml.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* After the loader's own search: where containers and WSL put it without telling the loader. */
static const char *const places[] = {
	"libnvidia-ml.so.1",
	"/usr/local/nvidia/lib64/libnvidia-ml.so.1",
	"/usr/local/nvidia/lib/libnvidia-ml.so.1",
	"/usr/lib/wsl/lib/libnvidia-ml.so.1",
};

struct symbol {
	size_t offset;
	const char *name;
};
#define SYMBOL(member, name) { offsetof(struct nvml, member), name }

/* Those in front must be there. */
static const struct symbol symbols[] = {
	SYMBOL(init, "nvmlInit_v2"),
	SYMBOL(shutdown, "nvmlShutdown"),
	SYMBOL(count, "nvmlDeviceGetCount_v2"),
	SYMBOL(by_index, "nvmlDeviceGetHandleByIndex_v2"),
	SYMBOL(energy, "nvmlDeviceGetTotalEnergyConsumption"),
	SYMBOL(fields, "nvmlDeviceGetFieldValues"),
	SYMBOL(power, "nvmlDeviceGetPowerUsage"),
	SYMBOL(by_uuid, "nvmlDeviceGetHandleByUUID"),
	SYMBOL(by_pci, "nvmlDeviceGetHandleByPciBusId_v2"),
	SYMBOL(index, "nvmlDeviceGetIndex"),
	SYMBOL(name, "nvmlDeviceGetName"),
	SYMBOL(uuid, "nvmlDeviceGetUUID"),
	SYMBOL(pci, "nvmlDeviceGetPciInfo_v3"),
	SYMBOL(power_limit, "nvmlDeviceGetEnforcedPowerLimit"),
	SYMBOL(architecture, "nvmlDeviceGetArchitecture"),
	SYMBOL(mig_mode, "nvmlDeviceGetMigMode"),
	SYMBOL(mig_count, "nvmlDeviceGetMaxMigDeviceCount"),
	SYMBOL(mig_by_index, "nvmlDeviceGetMigDeviceHandleByIndex"),
};
enum { REQUIRED = 4 };

/* One for the process. A library that was opened stays open: an open NVML that is closed takes the process down when
 * that is checkpointed, and initialising again and again has hung drivers (NVIDIA/cuda-checkpoint #58, NVIDIA/go-nvml
 * #152). */
static pthread_mutex_t library_lock = PTHREAD_MUTEX_INITIALIZER;
static struct nvml library;
static bool library_is_open;
static pid_t library_owner; /* the process that initialised it: a forked child has to, again */

/* The thread that held the lock may be gone in the child. What the lock guards is written last, so it is whole. */
static void after_fork(void)
{
	pthread_mutex_init(&library_lock, NULL);
}

static void watch_forks(void)
{
	(void)pthread_atfork(NULL, NULL, after_fork);
}

static void *open_library(struct nvml_problem *problem)
{
	const char *own = secure_getenv("JOULES_NVML_LIB");
	if (own && *own) {
		void *handle = dlopen(own, RTLD_NOW | RTLD_LOCAL);
		const char *error = handle ? NULL : dlerror();
		if (!handle)
			(void)snprintf(
			    problem->reason, sizeof problem->reason, "JOULES_NVML_LIB cannot be opened: %s", error ? error : own);
		problem->cure = "unset JOULES_NVML_LIB, or let it name NVIDIA's libnvidia-ml.so.1";
		return handle;
	}
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		void *handle = dlopen(places[i], RTLD_NOW | RTLD_LOCAL);
		if (handle)
			return handle;
	}
	problem->no_driver = true;
	(void)snprintf(
	    problem->reason, sizeof problem->reason, "no NVIDIA driver: its library libnvidia-ml.so.1 was not found");
	problem->cure = "install the NVIDIA driver; in a container start it with the GPU (docker run --gpus all)";
	return NULL;
}

static bool find_symbols(void *handle, struct nvml *found, struct nvml_problem *problem)
{
	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
		void *address = dlsym(handle, symbols[i].name);
		memcpy((char *)found + symbols[i].offset, &address, sizeof address);
		if (address || i >= REQUIRED)
			continue;
		(void)snprintf(problem->reason, sizeof problem->reason,
		    "libnvidia-ml.so.1 has no function %s: too old, or not NVIDIA's", symbols[i].name);
		problem->cure = "update the NVIDIA driver";
		return false;
	}
	if (found->energy || found->fields || found->power)
		return true;
	(void)snprintf(
	    problem->reason, sizeof problem->reason, "libnvidia-ml.so.1 is too old: it gives neither energy nor power");
	problem->cure = "update the NVIDIA driver";
	return false;
}

/* The lock is held. */
static bool load(struct nvml_problem *problem)
{
	static bool watches_forks;
	struct nvml found;
	void *handle = open_library(problem);
	if (!handle)
		return false;
	if (!find_symbols(handle, &found, problem)) {
		dlclose(handle); /* never initialised, so nothing of it is at work */
		return false;
	}
	if (!watches_forks)
		watch_forks();
	watches_forks = true;
	library = found;
	library_is_open = true;
	return true;
}

static bool initialise(struct nvml_problem *problem)
{
	if (library_owner == getpid())
		return true;
	int code = library.init();
	if (code == NVML_SUCCESS) {
		library_owner = getpid();
		return true;
	}
	*problem = nvml_problem_of(code);
	return false;
}

const struct nvml *nvml_get(struct nvml_problem *problem)
{
	*problem = (struct nvml_problem){ .cure = NULL };
	pthread_mutex_lock(&library_lock);
	bool ready = (library_is_open || load(problem)) && initialise(problem);
	pthread_mutex_unlock(&library_lock);
	return ready ? &library : NULL;
}

bool nvml_init_again(void)
{
	pthread_mutex_lock(&library_lock);
	bool ready = library_is_open && library.init() == NVML_SUCCESS;
	if (ready)
		library_owner = getpid();
	pthread_mutex_unlock(&library_lock);
	return ready;
}

/* nvmlValueType_t */
static bool decode(const struct nvml_field *field, double *value)
{
	switch (field->type) {
	case 0:
		*value = field->value.real;
		return true;
	case 1:
		*value = field->value.u32;
		return true;
	case 2:
		*value = (double)field->value.ul;
		return true;
	case 3:
		*value = (double)field->value.u64;
		return true;
	case 4:
		*value = (double)field->value.i64;
		return true;
	case 5:
		*value = field->value.i32;
		return true;
	case 6:
		*value = field->value.u16;
		return true;
	default:
		return false;
	}
}

int nvml_read_field(const struct nvml *nvml, nvml_device device, unsigned field, unsigned scope, double *value)
{
	struct nvml_field read = { .id = field, .scope = scope, .result = NVML_NOT_SUPPORTED };
	if (!nvml->fields)
		return NVML_FUNCTION_NOT_FOUND;
	/* SUCCESS says that some field was filled; each has its own word. */
	int code = nvml->fields(device, 1, &read);
	if (code == NVML_SUCCESS)
		code = read.result;
	return code == NVML_SUCCESS && !decode(&read, value) ? NVML_NOT_SUPPORTED : code;
}
