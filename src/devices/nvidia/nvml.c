/* SPDX-License-Identifier: MIT */
#include "devices/nvidia/nvml.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "base/library.h"

/* After the loader's own search: where containers and WSL put it without telling the loader. */
static const char *const places[] = {
	"libnvidia-ml.so.1",
	"/usr/local/nvidia/lib64/libnvidia-ml.so.1",
	"/usr/local/nvidia/lib/libnvidia-ml.so.1",
	"/usr/lib/wsl/lib/libnvidia-ml.so.1",
	NULL,
};

#define REQUIRED(member, name) { name, offsetof(struct nvml, member), false }
#define OPTIONAL(member, name) { name, offsetof(struct nvml, member), true }

static const struct library_symbol symbols[] = {
	REQUIRED(init, "nvmlInit_v2"),
	REQUIRED(shutdown, "nvmlShutdown"),
	REQUIRED(count, "nvmlDeviceGetCount_v2"),
	REQUIRED(by_index, "nvmlDeviceGetHandleByIndex_v2"),
	OPTIONAL(energy, "nvmlDeviceGetTotalEnergyConsumption"),
	OPTIONAL(fields, "nvmlDeviceGetFieldValues"),
	OPTIONAL(power, "nvmlDeviceGetPowerUsage"),
	OPTIONAL(by_uuid, "nvmlDeviceGetHandleByUUID"),
	OPTIONAL(by_pci, "nvmlDeviceGetHandleByPciBusId_v2"),
	OPTIONAL(index, "nvmlDeviceGetIndex"),
	OPTIONAL(name, "nvmlDeviceGetName"),
	OPTIONAL(uuid, "nvmlDeviceGetUUID"),
	OPTIONAL(pci, "nvmlDeviceGetPciInfo_v3"),
	OPTIONAL(power_limit, "nvmlDeviceGetEnforcedPowerLimit"),
	OPTIONAL(architecture, "nvmlDeviceGetArchitecture"),
	OPTIONAL(mig_mode, "nvmlDeviceGetMigMode"),
	OPTIONAL(mig_count, "nvmlDeviceGetMaxMigDeviceCount"),
	OPTIONAL(mig_by_index, "nvmlDeviceGetMigDeviceHandleByIndex"),
	{ NULL, 0, false },
};

/* It stays open, and initialised: an open NVML that is closed takes the process down when that is checkpointed, and
 * initialising again and again has hung drivers (NVIDIA/cuda-checkpoint #58, NVIDIA/go-nvml #152). */
static struct library library = {
	.variable = "JOULES_NVML_LIB",
	.places = places,
	.symbols = symbols,
	.size = sizeof(struct nvml),
};

static pthread_mutex_t owner_lock = PTHREAD_MUTEX_INITIALIZER;
static pid_t owner; /* the process that initialised it: a forked child has to, again */

/* The thread that held the lock may be gone in the child. */
static void after_fork(void)
{
	pthread_mutex_init(&owner_lock, NULL);
}

static void watch_forks(void)
{
	(void)pthread_atfork(NULL, NULL, after_fork);
}

static const struct nvml *open_nvml(struct nvml_problem *problem)
{
	static const struct {
		joules_reason reason_code;
		const char *cure;
	} problems[] = {
		[LIBRARY_MISSING] = { JOULES_REASON_ABSENT,
		    "install the NVIDIA driver; in a container, start it with the GPU (docker run --gpus all)" },
		[LIBRARY_REFUSED] = { JOULES_REASON_FAILED,
		    "unset JOULES_NVML_LIB, or let it name NVIDIA's libnvidia-ml.so.1" },
		[LIBRARY_UNLIKE] = { JOULES_REASON_UNSUPPORTED, "update the NVIDIA driver" },
		[LIBRARY_NO_MEMORY] = { JOULES_REASON_FAILED, NULL },
	};
	_Static_assert(sizeof problem->reason >= LIBRARY_REASON, "a reason has room");
	const void *functions = NULL;
	enum library_status status = library_open(&library, &functions, problem->reason);
	const struct nvml *nvml = functions;
	if (status == LIBRARY_OPEN && !nvml->energy && !nvml->fields && !nvml->power) {
		status = LIBRARY_UNLIKE;
		(void)snprintf(problem->reason, sizeof problem->reason,
		    "libnvidia-ml.so.1 is too old: it reports neither energy nor power");
	}
	if (status == LIBRARY_OPEN)
		return nvml;
	problem->no_driver = status == LIBRARY_MISSING;
	problem->reason_code = problems[status].reason_code;
	problem->cure = problems[status].cure;
	if (problem->no_driver)
		(void)snprintf(
		    problem->reason, sizeof problem->reason, "no NVIDIA driver: its library libnvidia-ml.so.1 was not found");
	return NULL;
}

/* A return code. */
static int initialise(const struct nvml *nvml, bool again)
{
	static pthread_once_t watching = PTHREAD_ONCE_INIT;
	pthread_once(&watching, watch_forks);
	pthread_mutex_lock(&owner_lock);
	int code = owner == getpid() && !again ? NVML_SUCCESS : nvml->init();
	if (code == NVML_SUCCESS)
		owner = getpid();
	pthread_mutex_unlock(&owner_lock);
	return code;
}

const struct nvml *nvml_get(struct nvml_problem *problem)
{
	*problem = (struct nvml_problem){ .cure = NULL };
	const struct nvml *nvml = open_nvml(problem);
	int code = nvml ? initialise(nvml, false) : NVML_SUCCESS;
	if (code == NVML_SUCCESS)
		return nvml;
	*problem = nvml_problem_of(code);
	return NULL;
}

bool nvml_init_again(void)
{
	struct nvml_problem problem;
	const struct nvml *nvml = open_nvml(&problem);
	return nvml && initialise(nvml, true) == NVML_SUCCESS;
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
