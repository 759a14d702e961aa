/* SPDX-License-Identifier: MIT */
#include "meter/witness.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

/* Of a part that may be without power. A guest's host counts nothing for what does nothing (standstill.c). */
static bool needs_witness(const joules_domain *domain)
{
	return domain->package && domain->least_power_w <= 0.0 && !domain->hosted;
}

static bool is_package_of(const joules_domain *package, const joules_domain *domain)
{
	return strcmp(package->name, domain->package) == 0 && strcmp(package->device, domain->device) == 0;
}

static bool has(const joules_domain *const *domains, size_t count, const joules_domain *wanted)
{
	for (size_t i = 0; i < count; i++)
		if (domains[i] == wanted)
			return true;
	return false;
}

static void add_witness(struct choice *choice, const joules_list *list, const joules_domain *domain)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t j = 0; j < list->devices[i].count; j++) {
			const joules_domain *package = list->devices[i].domains[j];
			if (package->available && is_package_of(package, domain) && !has(choice->domains, choice->count, package) &&
			    !has(choice->witnesses, choice->witness_count, package))
				choice->witnesses[choice->witness_count++] = package;
		}
}

joules_status witness_choose(struct choice *choice, const joules_list *list)
{
	choice->witnesses = calloc(choice->count + 1, sizeof *choice->witnesses); /* a part has one at most */
	if (!choice->witnesses)
		return fail_memory();
	for (size_t i = 0; i < choice->count; i++)
		if (needs_witness(choice->domains[i]))
			add_witness(choice, list, choice->domains[i]);
	return JOULES_OK;
}
