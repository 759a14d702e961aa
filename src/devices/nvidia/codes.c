/* SPDX-License-Identifier: MIT */
#include "devices/nvidia/codes.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#define CONTAINER \
	"in a container, start it with the GPU (docker run --gpus all); in a batch job, request the GPU; otherwise check " \
	"the " \
	"permissions of " \
	"/dev/nvidia*"
#define LOST "see `dmesg | grep -i xid`; reset the GPU or reboot the machine"
#define UPDATE "update the NVIDIA driver"
#define AGAIN "try again"

static const struct nvml_meaning meanings[] = {
	{ 0, "SUCCESS", JOULES_REASON_NONE, 0, "it works", NULL },
	{ 1, "UNINITIALIZED", JOULES_REASON_FAILED, EAGAIN, "NVML was shut down by another part of this process", NULL },
	{ 2, "INVALID_ARGUMENT", JOULES_REASON_FAILED, EINVAL, "NVML does not accept the request", UPDATE },
	{ 3, "NOT_SUPPORTED", JOULES_REASON_UNSUPPORTED, ENOTSUP, "this GPU does not have it", NULL },
	{ 4, "NO_PERMISSION", JOULES_REASON_FOREIGN, EACCES, "this process may not open the GPU (no permission)",
	    CONTAINER },
	{ 5, "ALREADY_INITIALIZED", JOULES_REASON_FAILED, EALREADY, "NVML is initialised already", NULL },
	{ 6, "NOT_FOUND", JOULES_REASON_ABSENT, ENODEV, "there is no such GPU", "`nvidia-smi -L` lists the GPUs" },
	{ 7, "INSUFFICIENT_SIZE", JOULES_REASON_FAILED, EOVERFLOW, "NVML's answer is longer than expected", UPDATE },
	{ 8, "INSUFFICIENT_POWER", JOULES_REASON_FAILED, EIO, "the GPU's external power cables are not connected",
	    "connect them" },
	{ 9, "DRIVER_NOT_LOADED", JOULES_REASON_ABSENT, ENODEV, "the NVIDIA driver is not loaded", "load it",
	    "sudo modprobe nvidia", true },
	{ 10, "TIMEOUT", JOULES_REASON_FAILED, ETIMEDOUT, "the driver did not answer in time", AGAIN },
	{ 11, "IRQ_ISSUE", JOULES_REASON_FAILED, EIO, "the kernel has a problem with the GPU's interrupts", LOST },
	{ 12, "LIBRARY_NOT_FOUND", JOULES_REASON_ABSENT, ENODEV, "a library of the NVIDIA driver is missing",
	    "install the NVIDIA driver", NULL, true },
	{ 13, "FUNCTION_NOT_FOUND", JOULES_REASON_UNSUPPORTED, ENOSYS, "the driver is too old for this", UPDATE },
	{ 14, "CORRUPTED_INFOROM", JOULES_REASON_FAILED, EIO, "the GPU's information memory is damaged",
	    "ask the GPU's maker" },
	{ 15, "GPU_IS_LOST", JOULES_REASON_FAILED, ENODEV, "the GPU has fallen off the bus", LOST },
	{ 16, "RESET_REQUIRED", JOULES_REASON_FAILED, ENODEV, "the GPU must be reset before it can be used", LOST },
	{ 17, "OPERATING_SYSTEM", JOULES_REASON_FOREIGN, EACCES,
	    "the operating system blocks the GPU (no permission: a control group or container)", CONTAINER },
	{ 18, "LIB_RM_VERSION_MISMATCH", JOULES_REASON_FAILED, ESTALE,
	    "the NVIDIA driver was updated, but the kernel still runs the old one", "reboot to use the new one",
	    "sudo reboot" },
	{ 19, "IN_USE", JOULES_REASON_FOREIGN, EBUSY, "another program uses the GPU and does not share it", AGAIN },
	{ 20, "MEMORY", JOULES_REASON_FAILED, ENOMEM, "the driver has no memory left", "end other programs" },
	{ 21, "NO_DATA", JOULES_REASON_FAILED, ENODATA, "the GPU has no value yet", AGAIN },
	{ 22, "VGPU_ECC_NOT_SUPPORTED", JOULES_REASON_UNSUPPORTED, ENOTSUP, "this virtual GPU does not have it", NULL },
	{ 23, "INSUFFICIENT_RESOURCES", JOULES_REASON_FAILED, ENOSPC, "the driver lacks a resource other than memory",
	    "end other programs" },
	{ 24, "FREQ_NOT_SUPPORTED", JOULES_REASON_UNSUPPORTED, ENOTSUP, "this GPU does not have that frequency", NULL },
	{ 25, "ARGUMENT_VERSION_MISMATCH", JOULES_REASON_FAILED, EINVAL, "the driver knows another version of the request",
	    UPDATE },
	{ 26, "DEPRECATED", JOULES_REASON_UNSUPPORTED, ENOSYS, "the driver no longer answers this", NULL },
	{ 27, "NOT_READY", JOULES_REASON_FAILED, EAGAIN, "the GPU is not ready yet", AGAIN },
	{ 28, "GPU_NOT_FOUND", JOULES_REASON_ABSENT, ENODEV, "no GPU was found", "`nvidia-smi -L` lists the GPUs" },
	{ 29, "INVALID_STATE", JOULES_REASON_FAILED, EIO, "the GPU is in a state that does not allow it", LOST },
	{ 30, "RESET_TYPE_NOT_SUPPORTED", JOULES_REASON_UNSUPPORTED, ENOTSUP, "this GPU does not have that reset", NULL },
};

static const struct nvml_meaning unknown = {
	NVML_UNKNOWN,
	"UNKNOWN",
	JOULES_REASON_FAILED,
	EIO,
	"the NVIDIA driver has an internal error",
	"see `dmesg | grep -i nvrm`; then try again or reboot",
	NULL,
	false,
};

const struct nvml_meaning *nvml_meaning(int code)
{
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (meanings[i].code == code)
			return &meanings[i];
	return &unknown;
}

struct nvml_problem nvml_problem_of(int code)
{
	const struct nvml_meaning *meaning = nvml_meaning(code);
	struct nvml_problem problem = {
		.no_driver = meaning->no_driver,
		.reason_code = meaning->reason_code,
		.cure = meaning->cure,
		.command = meaning->command,
	};
	(void)snprintf(problem.reason, sizeof problem.reason, "%s (NVML: %s)", meaning->reason, meaning->name);
	return problem;
}
