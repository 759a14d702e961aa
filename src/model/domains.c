/* SPDX-License-Identifier: MIT */
#include "model/domains.h"

#include <stdlib.h>
#include <string.h>

/* The strings that a copy owns. */
static const size_t domain_strings[] = {
	offsetof(joules_domain, name),
	offsetof(joules_domain, parent),
	offsetof(joules_domain, group),
	offsetof(joules_domain, path),
	offsetof(joules_domain, scope),
	offsetof(joules_domain, package),
	offsetof(joules_domain, reason),
	offsetof(joules_domain, cure),
	offsetof(joules_domain, command),
	offsetof(joules_domain, device),
};
static const size_t absence_strings[] = {
	offsetof(joules_absence, reason),
	offsetof(joules_absence, cure),
	offsetof(joules_absence, command),
};
static const size_t gpu_strings[] = {
	offsetof(joules_gpu, product),
	offsetof(joules_gpu, uuid),
	offsetof(joules_gpu, pci),
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static char **string_at(void *structure, size_t offset)
{
	return (char **)(void *)((char *)structure + offset);
}

static void free_strings(void *structure, const size_t *offsets, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(*string_at(structure, offsets[i]));
		*string_at(structure, offsets[i]) = NULL;
	}
}

/* Puts copies in their place. False without memory: what could not be copied is NULL then. */
static bool copy_strings(void *structure, const size_t *offsets, size_t count)
{
	bool complete = true;
	for (size_t i = 0; i < count; i++) {
		char **string = string_at(structure, offsets[i]);
		if (!*string)
			continue;
		*string = strdup(*string);
		complete = complete && *string;
	}
	return complete;
}

static void free_gpu(const joules_gpu *gpu)
{
	joules_gpu *owned = (joules_gpu *)(uintptr_t)gpu;
	if (!owned)
		return;
	free_strings(owned, gpu_strings, COUNT(gpu_strings));
	free(owned);
}

static joules_gpu *copy_gpu(const joules_gpu *from)
{
	joules_gpu *gpu = malloc(sizeof *gpu);
	if (!gpu)
		return NULL;
	*gpu = *from;
	if (copy_strings(gpu, gpu_strings, COUNT(gpu_strings)))
		return gpu;
	free_gpu(gpu);
	return NULL;
}

void domain_clear(joules_domain *domain)
{
	free_strings(domain, domain_strings, COUNT(domain_strings));
	free_gpu(domain->gpu);
	domain->gpu = NULL;
}

bool domain_copy(joules_domain *to, const joules_domain *from)
{
	joules_domain copy = *from;
	copy.gpu = NULL;
	bool complete = copy_strings(&copy, domain_strings, COUNT(domain_strings));
	if (complete && from->gpu)
		complete = (copy.gpu = copy_gpu(from->gpu)) != NULL;
	if (!complete) {
		domain_clear(&copy);
		return false;
	}
	*to = copy;
	return true;
}

void absence_clear(joules_absence *absence)
{
	free_strings(absence, absence_strings, COUNT(absence_strings));
}

bool absence_copy(joules_absence *to, const joules_absence *from)
{
	joules_absence copy = *from;
	if (!copy_strings(&copy, absence_strings, COUNT(absence_strings))) {
		absence_clear(&copy);
		return false;
	}
	*to = copy;
	return true;
}

bool reason_is_refusal(joules_reason code)
{
	return code == JOULES_REASON_PERMISSION || code == JOULES_REASON_FOREIGN;
}

static bool same_device(const joules_domain *a, const joules_domain *b)
{
	return a->device && b->device && strcmp(a->device, b->device) == 0;
}

/* Is there a domain of this part, measured, on the device of `of` (NULL: any)? */
static bool has_part(joules_domain **domains, size_t count, joules_part part, const joules_domain *of)
{
	for (size_t i = 0; i < count; i++)
		if (domains[i]->part == part && domains[i]->source == JOULES_MEASURED && (!of || same_device(domains[i], of)))
			return true;
	return false;
}

static bool has_name(joules_domain **domains, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(domains[i]->name, name) == 0)
			return true;
	return false;
}

static bool counts(joules_domain **domains, size_t count, const joules_domain *domain, bool any_measured)
{
	if (domain->source == JOULES_ESTIMATED)
		return !any_measured;
	bool package = has_part(domains, count, JOULES_PART_PACKAGE, domain);
	if (domain->part == JOULES_PART_PLATFORM)
		return !package;
	if (domain->parent && has_name(domains, count, domain->parent))
		return false;
	return package || !has_part(domains, count, JOULES_PART_PLATFORM, domain);
}

void domains_set_in_total(joules_domain **domains, size_t count)
{
	bool any_measured = false;
	for (size_t i = 0; i < count; i++)
		any_measured |= domains[i]->source == JOULES_MEASURED;
	for (size_t i = 0; i < count; i++)
		domains[i]->in_total = counts(domains, count, domains[i], any_measured);
}

/* In a run without a package psys is the whole of which the others are parts; elsewhere a parent that is not measured
 * is none. False without memory. */
static bool settle_parents(joules_domain **domains, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		joules_domain *domain = domains[i];
		if (domain->parent && !has_name(domains, count, domain->parent)) {
			free(*string_at(domain, offsetof(joules_domain, parent)));
			domain->parent = NULL;
		}
		if (domain->parent || domain->in_total || domain->source != JOULES_MEASURED ||
		    domain->part == JOULES_PART_PLATFORM)
			continue;
		for (size_t j = 0; j < count && !domain->parent; j++) {
			if (domains[j]->part != JOULES_PART_PLATFORM || !same_device(domain, domains[j]))
				continue;
			domain->parent = strdup(domains[j]->name);
			if (!domain->parent)
				return false;
		}
	}
	return true;
}

struct domains *domains_new(
    const joules_domain *const *items, size_t count, const joules_domain *const *missing, size_t missing_count)
{
	struct domains *domains = calloc(1, sizeof *domains);
	joules_domain **measured = calloc(count + 1, sizeof *measured);
	if (domains)
		atomic_init(&domains->references, 1);
	if (!domains || !measured)
		goto failed;
	domains->owned = calloc(count + missing_count + 1, sizeof *domains->owned);
	domains->items = calloc(count + 1, sizeof *domains->items);
	domains->missing = calloc(missing_count + 1, sizeof *domains->missing);
	if (!domains->owned || !domains->items || !domains->missing)
		goto failed;
	for (size_t i = 0; i < count; i++) {
		if (!domain_copy(&domains->owned[i], items[i]))
			goto failed;
		domains->items[i] = measured[i] = &domains->owned[i];
	}
	for (size_t i = 0; i < missing_count; i++) {
		if (!domain_copy(&domains->owned[count + i], missing[i]))
			goto failed;
		domains->missing[i] = &domains->owned[count + i];
	}
	domains->count = count;
	domains->missing_count = missing_count;
	domains_set_in_total(measured, count);
	if (!settle_parents(measured, count))
		goto failed;
	free(measured);
	return domains;
failed:
	free(measured);
	domains_unref(domains);
	return NULL;
}

struct domains *domains_ref(const struct domains *domains)
{
	struct domains *counted = (struct domains *)(uintptr_t)domains;
	atomic_fetch_add_explicit(&counted->references, 1, memory_order_relaxed);
	return counted;
}

void domains_unref(struct domains *domains)
{
	if (!domains || atomic_fetch_sub_explicit(&domains->references, 1, memory_order_acq_rel) != 1)
		return;
	/* Counted by what was copied, as domains_new may fail half-way: the rest is zero. */
	for (joules_domain *domain = domains->owned; domain && domain->size; domain++)
		domain_clear(domain);
	free(domains->owned);
	free(domains->items);
	free(domains->missing);
	free(domains);
}

bool domains_equal(const struct domains *a, const struct domains *b)
{
	if (a == b)
		return true;
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i]->name, b->items[i]->name) != 0)
			return false;
	return true;
}
