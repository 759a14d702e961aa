/* SPDX-License-Identifier: MIT */
#include "devices/discovery.h"

#include <stdlib.h>

#include "base/sized.h"
#include "base/status.h"
#include "model/domains.h"

/* What discover calls: a found_device that is being filled. */
struct joules_discovery {
	struct found_device *found;
};

static bool grow(struct found_device *found)
{
	if (found->count < found->capacity)
		return true;
	size_t capacity = found->capacity ? found->capacity * 2 : 8;
	joules_domain **domains = realloc(found->domains, capacity * sizeof *domains);
	if (!domains)
		return false;
	found->domains = domains;
	found->capacity = capacity;
	return true;
}

/* The caller's domain and its GPU, as the structs that this library knows. */
static joules_status take_domain(joules_domain *known, joules_gpu *gpu, const joules_domain *given)
{
	*known = (joules_domain)JOULES_DOMAIN_INIT;
	*gpu = (joules_gpu)JOULES_GPU_INIT;
	joules_status status = sized_take(known, sizeof *known, given, "joules_domain");
	if (status || !known->gpu)
		return status;
	status = sized_take(gpu, sizeof *gpu, known->gpu, "joules_gpu");
	known->gpu = gpu;
	return status;
}

/* What is not available has a reason and its code, whatever the device left out. */
static void fill_reason(joules_domain *domain)
{
	if (domain->available)
		return;
	if (!domain->reason_code)
		domain->reason_code = JOULES_REASON_FAILED;
	if (!domain->reason)
		domain->reason = "it is not available";
}

joules_status joules_discovery_add(joules_discovery *discovery, const joules_domain *domain)
{
	if (!discovery || !domain)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_discovery_add: no argument may be NULL");
	joules_domain named;
	joules_gpu gpu;
	joules_status status = take_domain(&named, &gpu, domain);
	if (status)
		return status;
	if (!named.name || !*named.name)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_discovery_add: a domain needs a name");
	struct found_device *found = discovery->found;
	named.device = found->device.name;
	named.in_total = false;
	fill_reason(&named);
	joules_domain *copy = calloc(1, sizeof *copy);
	if (!copy || !grow(found) || !domain_copy(copy, &named)) {
		free(copy);
		return fail_memory();
	}
	found->domains[found->count++] = copy;
	return JOULES_OK;
}

joules_status joules_discovery_absent(joules_discovery *discovery, const joules_absence *absence)
{
	if (!discovery || !absence)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_discovery_absent: no argument may be NULL");
	joules_absence known = JOULES_ABSENCE_INIT, copy;
	joules_status status = sized_take(&known, sizeof known, absence, "joules_absence");
	if (status)
		return status;
	if (!absence_copy(&copy, &known))
		return fail_memory();
	absence_clear(&discovery->found->absence);
	discovery->found->absence = copy;
	return JOULES_OK;
}

static joules_status explain_failure(joules_discovery *discovery)
{
	joules_absence absence = JOULES_ABSENCE_INIT;
	absence.reason_code = JOULES_REASON_FAILED;
	absence.reason = joules_error_message();
	return joules_discovery_absent(discovery, &absence);
}

/* The device's own words, else those of its first domain. */
static void explain_device(struct found_device *found)
{
	joules_device *device = &found->device;
	const joules_domain *first = found->count > 0 ? found->domains[0] : NULL;
	if (found->absence.reason || !first) {
		device->reason_code = found->absence.reason_code;
		device->reason = found->absence.reason ? found->absence.reason : "it has no domain here";
		device->cure = found->absence.cure;
		device->command = found->absence.command;
	} else {
		device->reason_code = first->reason_code;
		device->reason = first->reason;
		device->cure = first->cure;
		device->command = first->command;
	}
	if (!device->reason_code)
		device->reason_code = JOULES_REASON_ABSENT;
}

joules_status found_device_discover(struct found_device *found, const joules_options *options)
{
	joules_discovery discovery = { found };
	found->device.size = sizeof found->device;
	found->device.name = found->ops->name;
	found->device.part = found->ops->part;
	joules_status status = found->ops->discover(found->context, options, &discovery);
	if (status && status != JOULES_NO_MEMORY)
		status = explain_failure(&discovery);
	if (status)
		return status;
	found->device.domain_count = found->count;
	found->device.domains = (const joules_domain *const *)found->domains;
	for (size_t i = 0; i < found->count; i++)
		found->device.available |= found->domains[i]->available;
	if (!found->device.available)
		explain_device(found);
	return JOULES_OK;
}

void found_device_clear(struct found_device *found)
{
	for (size_t i = 0; i < found->count; i++) {
		domain_clear(found->domains[i]);
		free(found->domains[i]);
	}
	free(found->domains);
	absence_clear(&found->absence);
}
