/* SPDX-License-Identifier: MIT */
#include "devices/nvidia/select.h"

#include <string.h>
#include <strings.h>

#include "devices/nvidia/wish.h"

/* Whole or cut short, as CUDA allows it. One that fits two GPUs names none. */
static joules_status select_uuid(const char *name, const joules_domain *const *domains, size_t count, bool *chosen)
{
	const joules_domain *first = NULL;
	for (size_t i = 0; i < count; i++) {
		const joules_domain *domain = domains[i];
		if (!domain->gpu->uuid || strncasecmp(domain->gpu->uuid, name, strlen(name)) != 0)
			continue;
		if (first)
			return joules_fail(JOULES_INVALID_ARGUMENT, "'%s' fits both %s (%s) and %s (%s); give more of the UUID",
			    name, first->name, first->gpu->uuid, domain->name, domain->gpu->uuid);
		first = domain;
		chosen[i] = true;
	}
	return JOULES_OK;
}

/* What a CUDA program started here would use. */
static joules_status select_visible(const joules_domain *const *domains, size_t count, bool *chosen)
{
	bool any = false;
	for (size_t i = 0; i < count; i++) {
		chosen[i] = domains[i]->gpu->visible;
		any |= chosen[i] && domains[i]->available;
	}
	if (any)
		return JOULES_OK;
	if (count > 0 && wish_cuda_devices())
		return joules_fail(JOULES_NO_DOMAIN,
		    "CUDA_VISIBLE_DEVICES=%s selects no GPU that can be measured; `joules list` shows the GPUs",
		    wish_cuda_devices());
	return joules_fail(
	    JOULES_NO_DEVICE, "nvidia_visible: there is no NVIDIA GPU to measure here (`joules list` says why)");
}

joules_status nvidia_select(
    void *context, const char *name, const joules_domain *const *domains, size_t count, bool *chosen)
{
	(void)context;
	if (wish_is_visible(name))
		return select_visible(domains, count, chosen);
	if (strncasecmp(name, "MIG-", 4) == 0)
		return joules_fail(JOULES_NO_DOMAIN,
		    "%s: an instance of a GPU (MIG) has no energy value of its own; name the whole GPU, or nvidia_visible",
		    name);
	return wish_is_uuid(name) ? select_uuid(name, domains, count, chosen) : JOULES_OK;
}
