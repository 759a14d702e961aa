/* SPDX-License-Identifier: MIT */
#include "devices/registry.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cancel.h"
#include "base/named.h"
#include "base/sized.h"
#include "base/status.h"
#include "base/sysfs.h"
#include "devices/estimate/estimate.h"
#include "devices/nvidia/nvidia.h"
#include "devices/rapl/rapl.h"
#include "devices/settings.h"
#include "model/domains.h"

/* The one list. The estimate comes last: measured domains first. */
static const joules_device_ops *const built_in[] = { &rapl_device, &nvidia_device, &estimate_device };
#define BUILT_IN (sizeof built_in / sizeof *built_in)

struct registered {
	struct named named;
	joules_device_ops ops; /* a copy, its newer members NULL where the program was compiled before they came */
	void *context;
};

static struct named *_Atomic registered_devices; /* in the order of registration */

bool registry_is_built_in(const char *name)
{
	for (size_t i = 0; i < BUILT_IN; i++)
		if (strcmp(built_in[i]->name, name) == 0)
			return true;
	return false;
}

joules_status joules_device_register(const joules_device_ops *ops, void *context)
{
	joules_device_ops known = { .size = 0 };
	joules_status status = ops ? sized_take(&known, sizeof known, ops, "joules_device_ops") : JOULES_OK;
	if (status)
		return status;
	if (!known.name || !*known.name || !known.discover || !known.open || !known.read || !known.close)
		return joules_fail(
		    JOULES_INVALID_ARGUMENT, "joules_device_register: name, discover, open, read and close must all be set");
	if (!settings_have_names(&known))
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_device_register: each setting needs its size and a name");
	struct registered *entry = calloc(1, sizeof *entry);
	if (!entry)
		return fail_memory();
	entry->named.name = known.name;
	entry->ops = known;
	entry->context = context;
	if (!registry_is_built_in(known.name) && named_add(&registered_devices, &entry->named))
		return JOULES_OK;
	free(entry);
	return joules_fail(JOULES_INVALID_ARGUMENT,
	    "joules_device_register: there is a device '%s' already; choose another name", known.name);
}

static joules_status resolve_sysroot(joules_list *list, const char *wanted)
{
	const char *root = sysfs_root(wanted);
	struct stat info;
	if (stat(root, &info) != 0 || !S_ISDIR(info.st_mode))
		return joules_fail(JOULES_INVALID_ARGUMENT,
		    "sysroot '%s' is not a folder; give the folder that holds `sys` and `proc` (--sysroot, JOULES_SYSROOT)",
		    root);
	list->sysroot = strdup(root);
	return list->sysroot ? JOULES_OK : fail_memory();
}

joules_status registry_options(joules_options *known, const joules_options *options)
{
	*known = (joules_options)JOULES_OPTIONS_INIT;
	joules_status status = options ? sized_take(known, sizeof *known, options, "joules_options") : JOULES_OK;
	if (!status && (unsigned)known->estimate > JOULES_ESTIMATE_ALWAYS)
		status = joules_fail(JOULES_INVALID_ARGUMENT,
		    "joules_options.estimate is %u; it is one of JOULES_ESTIMATE_AUTO, _NEVER and _ALWAYS",
		    (unsigned)known->estimate);
	return status;
}

bool registry_is_cpu_counter(const joules_domain *domain)
{
	return domain->available && domain->source == JOULES_MEASURED &&
	    (domain->part == JOULES_PART_PACKAGE || domain->part == JOULES_PART_PLATFORM);
}

/* Collects the domains of all devices that `wanted` takes; their number. */
static size_t collect(
    const joules_list *list, joules_domain **out, bool (*wanted)(const joules_domain *, bool), bool flag)
{
	size_t count = 0;
	for (size_t i = 0; i < list->count; i++)
		for (size_t j = 0; j < list->devices[i].count; j++)
			if (wanted(list->devices[i].domains[j], flag))
				out[count++] = list->devices[i].domains[j];
	return count;
}

static bool is_known(const joules_domain *domain, bool estimates)
{
	return domain->part != JOULES_PART_UNKNOWN && (estimates || domain->source == JOULES_MEASURED);
}

static bool is_readable(const joules_domain *domain, bool estimates)
{
	return domain->available && (estimates || domain->source == JOULES_MEASURED);
}

/* in_total of the unreadable: as if all could be read; then of the readable: as a default choice measures them. */
static joules_status set_in_total(joules_list *list)
{
	size_t most = 0;
	bool cpu = false;
	for (size_t i = 0; i < list->count; i++) {
		most += list->devices[i].count;
		for (size_t j = 0; j < list->devices[i].count; j++)
			cpu |= registry_is_cpu_counter(list->devices[i].domains[j]);
	}
	joules_domain **domains = calloc(most + 1, sizeof *domains);
	if (!domains)
		return fail_memory();
	domains_set_in_total(domains, collect(list, domains, is_known, false));
	domains_set_in_total(domains, collect(list, domains, is_readable, !cpu));
	free(domains);
	return JOULES_OK;
}

static joules_status discover_all(joules_list *list, const joules_options *options)
{
	size_t count = BUILT_IN;
	for (const struct named *entry = registered_devices; entry; entry = entry->next)
		count++;
	list->devices = calloc(count, sizeof *list->devices);
	if (!list->devices)
		return fail_memory();
	/* The estimate stays last. A device that is registered meanwhile waits for the next list. */
	for (size_t i = 0; i < BUILT_IN - 1; i++)
		list->devices[list->count++].ops = built_in[i];
	for (const struct named *at = registered_devices; list->count < count - 1; at = at->next) {
		const struct registered *entry = (const struct registered *)at;
		list->devices[list->count].ops = &entry->ops;
		list->devices[list->count++].context = entry->context;
	}
	list->devices[list->count++].ops = built_in[BUILT_IN - 1];
	joules_status status = settings_check(options->settings, list->devices, list->count);
	for (size_t i = 0; i < list->count && !status; i++)
		status = found_device_discover(&list->devices[i], options);
	return status ? status : set_in_total(list);
}

joules_status joules_list_new(joules_list **list, const joules_options *options)
{
	UNCANCELLED;
	if (!list)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_list_new: list must not be NULL");
	*list = NULL;
	joules_options known;
	joules_status status = registry_options(&known, options);
	if (status)
		return status;
	joules_list *made = calloc(1, sizeof *made);
	if (!made)
		return fail_memory();
	status = resolve_sysroot(made, known.sysroot);
	known.sysroot = made->sysroot;
	if (!status)
		status = discover_all(made, &known);
	if (status) {
		joules_list_free(made);
		return status;
	}
	*list = made;
	return JOULES_OK;
}

size_t joules_list_device_count(const joules_list *list)
{
	return list ? list->count : 0;
}

const joules_device *joules_list_device(const joules_list *list, size_t index)
{
	return list && index < list->count ? &list->devices[index].device : NULL;
}

void joules_list_free(joules_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->count; i++)
		found_device_clear(&list->devices[i]);
	free(list->devices);
	free(list->sysroot);
	free(list);
}
