/* SPDX-License-Identifier: MIT */
#include "devices/nvidia/wish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

static const char device_name[] = "nvidia", visible_name[] = "nvidia_visible", domain_prefix[] = "nvidia_gpu_",
                  uuid_prefix[] = "GPU-";

/* The next of the names, without blanks; false at the end. */
static bool next_name(const char **at, char name[NVML_TEXT])
{
	if (!*at)
		return false;
	const char *begin = *at + strspn(*at, " \t");
	size_t length = strcspn(begin, ",");
	*at = begin[length] ? begin + length + 1 : NULL;
	while (length > 0 && (begin[length - 1] == ' ' || begin[length - 1] == '\t'))
		length--;
	(void)snprintf(name, NVML_TEXT, "%.*s", (int)(length < NVML_TEXT ? length : NVML_TEXT - 1), begin);
	return true;
}

bool wish_is_visible(const char *name)
{
	return strcmp(name, visible_name) == 0;
}

bool wish_is_uuid(const char *name)
{
	return strncasecmp(name, uuid_prefix, sizeof uuid_prefix - 1) == 0;
}

bool wish_next_uuid(const char **at, char name[NVML_TEXT])
{
	while (next_name(at, name))
		if (wish_is_uuid(name))
			return true;
	return false;
}

struct wish wish_of(const char *names)
{
	struct wish wish = { .names = names };
	char name[NVML_TEXT];
	for (const char *at = names; next_name(&at, name);) {
		wish.visible |= wish_is_visible(name);
		wish.device |= wish.visible || strcmp(name, device_name) == 0;
		wish.named |= wish_is_uuid(name) || strncmp(name, domain_prefix, sizeof domain_prefix - 1) == 0;
	}
	wish.nothing = names && !wish.named && !wish.device;
	return wish;
}

bool wish_has_index(const struct wish *wish, unsigned index)
{
	char name[NVML_TEXT], wanted[NVML_TEXT];
	(void)snprintf(wanted, sizeof wanted, "%s%u", domain_prefix, index);
	for (const char *at = wish->names; next_name(&at, name);)
		if (strcmp(name, wanted) == 0)
			return true;
	return false;
}

const char *wish_cuda_devices(void)
{
	return secure_getenv("CUDA_VISIBLE_DEVICES");
}

/* Under nvidia_visible the numbers in CUDA_VISIBLE_DEVICES are names too: the program is about to wake these GPUs
 * anyway. */
static bool cuda_names_index(unsigned index)
{
	char name[NVML_TEXT];
	uint64_t number;
	for (const char *at = wish_cuda_devices(); next_name(&at, name);)
		if (number_parse_u64(name, &number) && number == index)
			return true;
	return false;
}

bool wish_wants_index(const struct wish *wish, unsigned index)
{
	return wish_has_index(wish, index) || (wish->visible && cuda_names_index(index));
}

bool wish_needs_library(const struct wish *wish, const struct pci_gpus *on_bus)
{
	const char *own = secure_getenv("JOULES_NVML_LIB");
	if (wish->nothing)
		return false;
	if (wish->named || (own && *own) || pci_awake(on_bus) > 0 || on_bus->hidden)
		return true;
	if (wish->visible)
		for (unsigned i = 0; i < on_bus->count; i++)
			if (cuda_names_index(i))
				return true;
	return wish->device && on_bus->count == 0;
}
