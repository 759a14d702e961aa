/* SPDX-License-Identifier: MIT */
#include "devices/nvidia/codes.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#define CONTAINER \
	"in a container start it with the GPU (docker run --gpus all); in a batch job ask for the GPU; else look at the " \
	"rights of " \
	"/dev/nvidia*"
#define LOST "look at `dmesg | grep -i xid`; the GPU needs a reset or the machine a reboot"
#define UPDATE "update the NVIDIA driver"
#define AGAIN "try again"

static const struct nvml_meaning meanings[] = {
	{ 0, "SUCCESS", "it works", NULL, 0, false, false },
	{ 1, "UNINITIALIZED", "NVML was shut down by another part of this process", NULL, EAGAIN, false, false },
	{ 2, "INVALID_ARGUMENT", "NVML does not take the question", UPDATE, EINVAL, false, false },
	{ 3, "NOT_SUPPORTED", "this GPU does not have it", NULL, ENOTSUP, false, false },
	{ 4, "NO_PERMISSION", "this process may not open the GPU (no permission)", CONTAINER, EACCES, false, true },
	{ 5, "ALREADY_INITIALIZED", "NVML is initialised already", NULL, EALREADY, false, false },
	{ 6, "NOT_FOUND", "there is no such GPU", "`nvidia-smi -L` lists the GPUs", ENODEV, false, false },
	{ 7, "INSUFFICIENT_SIZE", "NVML's answer is longer than expected", UPDATE, EOVERFLOW, false, false },
	{ 8, "INSUFFICIENT_POWER", "the GPU's external power cables are not connected", "connect them", EIO, false, false },
	{ 9, "DRIVER_NOT_LOADED", "the NVIDIA driver is not loaded", "sudo modprobe nvidia", ENODEV, true, false },
	{ 10, "TIMEOUT", "the driver did not answer in time", AGAIN, ETIMEDOUT, false, false },
	{ 11, "IRQ_ISSUE", "the kernel has a problem with the GPU's interrupts", LOST, EIO, false, false },
	{ 12, "LIBRARY_NOT_FOUND", "a library of the NVIDIA driver is missing", "install the NVIDIA driver", ENODEV, true,
	    false },
	{ 13, "FUNCTION_NOT_FOUND", "the driver is too old for this", UPDATE, ENOSYS, false, false },
	{ 14, "CORRUPTED_INFOROM", "the GPU's information memory is damaged", "ask the GPU's maker", EIO, false, false },
	{ 15, "GPU_IS_LOST", "the GPU has fallen off the bus", LOST, ENODEV, false, false },
	{ 16, "RESET_REQUIRED", "the GPU must be reset before it can be used", LOST, ENODEV, false, false },
	{ 17, "OPERATING_SYSTEM", "the operating system blocks the GPU (no permission: a control group or container)",
	    CONTAINER, EACCES, false, true },
	{ 18, "LIB_RM_VERSION_MISMATCH", "the NVIDIA driver was updated, and the kernel still runs the old one",
	    "sudo reboot", ESTALE, false, false },
	{ 19, "IN_USE", "the GPU is in use by somebody who does not share it", AGAIN, EBUSY, false, false },
	{ 20, "MEMORY", "the driver has no memory left", "end other programs", ENOMEM, false, false },
	{ 21, "NO_DATA", "the GPU has no value yet", AGAIN, ENODATA, false, false },
	{ 22, "VGPU_ECC_NOT_SUPPORTED", "this virtual GPU does not have it", NULL, ENOTSUP, false, false },
	{ 23, "INSUFFICIENT_RESOURCES", "the driver lacks a resource other than memory", "end other programs", ENOSPC,
	    false, false },
	{ 24, "FREQ_NOT_SUPPORTED", "this GPU does not have that frequency", NULL, ENOTSUP, false, false },
	{ 25, "ARGUMENT_VERSION_MISMATCH", "the driver knows another version of the question", UPDATE, EINVAL, false,
	    false },
	{ 26, "DEPRECATED", "the driver no longer answers this", NULL, ENOSYS, false, false },
	{ 27, "NOT_READY", "the GPU is not ready yet", AGAIN, EAGAIN, false, false },
	{ 28, "GPU_NOT_FOUND", "no GPU was found", "`nvidia-smi -L` lists the GPUs", ENODEV, false, false },
	{ 29, "INVALID_STATE", "the GPU is in a state that does not allow it", LOST, EIO, false, false },
	{ 30, "RESET_TYPE_NOT_SUPPORTED", "this GPU does not have that reset", NULL, ENOTSUP, false, false },
};

static const struct nvml_meaning unknown = {
	NVML_UNKNOWN,
	"UNKNOWN",
	"the NVIDIA driver has an internal error",
	"look at `dmesg | grep -i nvrm`; then try again or reboot",
	EIO,
	false,
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
		.no_driver = meaning->no_driver, .forbidden = meaning->forbidden, .cure = meaning->cure
	};
	(void)snprintf(problem.reason, sizeof problem.reason, "%s (NVML: %s)", meaning->reason, meaning->name);
	return problem;
}
