/* SPDX-License-Identifier: MIT */
/* NVML's return codes (nvmlReturn_t of nvml.h) in words that name the cause and the cure. */
#ifndef JOULES_DEVICES_NVIDIA_CODES_H
#define JOULES_DEVICES_NVIDIA_CODES_H

#include <stdbool.h>

#include <joules/joules.h>

/* Return codes that Joules acts upon. */
enum {
	NVML_SUCCESS = 0,
	NVML_UNINITIALIZED = 1,
	NVML_NOT_SUPPORTED = 3,
	NVML_NO_PERMISSION = 4,
	NVML_NOT_FOUND = 6,
	NVML_FUNCTION_NOT_FOUND = 13,
	NVML_OPERATING_SYSTEM = 17,
	NVML_NOT_READY = 27,
	NVML_UNKNOWN = 999,
};

/* What a return code means to a user. */
struct nvml_meaning {
	int code;
	const char *name; /* "NOT_SUPPORTED" */
	joules_reason reason_code;
	int error; /* the errno value that says it best */
	const char *reason;
	const char *cure;    /* NULL if there is none */
	const char *command; /* the cure, where it is one; NULL */
	bool no_driver;
};
const struct nvml_meaning *nvml_meaning(int code);

/* Why there is no NVML. */
struct nvml_problem {
	bool no_driver; /* nothing of NVIDIA's is at work here: not worth a word unless asked for */
	joules_reason reason_code;
	char reason[512];
	const char *cure; /* a static string or NULL, as is the command */
	const char *command;
};

/* The problem that a return code is. */
struct nvml_problem nvml_problem_of(int code);

#endif
