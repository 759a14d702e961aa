/* SPDX-License-Identifier: MIT */
/* Which domains a meter measures: names, devices, and what is taken where nothing is named. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"
#include "base/why.h"
#include "base/words.h"
#include "meter/choose.h"
#include "model/domains.h"

void choice_free(struct choice *choice)
{
	free(choice->domains);
	free(choice->missing);
	free(choice->witnesses);
	*choice = (struct choice){ 0 };
}

static size_t domain_count(const joules_list *list)
{
	size_t count = 0;
	for (size_t i = 0; i < list->count; i++)
		count += list->devices[i].count;
	return count;
}

static void take(struct choice *choice, const joules_domain *domain)
{
	for (size_t i = 0; i < choice->count; i++)
		if (choice->domains[i] == domain)
			return;
	choice->domains[choice->count++] = domain;
}

/* What sleeps, or is somebody else's (a container's, a job's), has no part in what is measured here: nobody misses it.
 */
static bool is_apart(const joules_domain *domain)
{
	return domain->reason_code == JOULES_REASON_ASLEEP || domain->reason_code == JOULES_REASON_FOREIGN;
}

static void miss(struct choice *choice, const joules_domain *domain)
{
	for (size_t i = 0; i < choice->missing_count; i++)
		if (choice->missing[i] == domain)
			return;
	if (domain->in_total && domain->source == JOULES_MEASURED && !is_apart(domain))
		choice->missing[choice->missing_count++] = domain;
}

static void take_or_miss(struct choice *choice, const joules_domain *domain, bool taken)
{
	if (taken)
		take(choice, domain);
	else
		miss(choice, domain);
}

/* ---- a name that does not exist ---- */

static joules_status fail_unknown(const joules_list *list, const char *wanted)
{
	const char *nearest = NULL;
	size_t length = strlen(wanted);
	struct text names = TEXT_INIT;
	for (size_t i = 0; i < list->count; i++) {
		nearest = words_nearer(wanted, length, nearest, list->devices[i].device.name);
		for (size_t j = 0; j < list->devices[i].count; j++) {
			nearest = words_nearer(wanted, length, nearest, list->devices[i].domains[j]->name);
			if (list->devices[i].domains[j]->available)
				text_addf(&names, "%s%s", names.length ? ", " : "", list->devices[i].domains[j]->name);
		}
	}
	joules_status status = joules_fail(JOULES_NO_DOMAIN, "there is no domain or device '%s' here%s%s%s; there are: %s",
	    wanted, nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "", text_string(&names));
	text_free(&names);
	return status;
}

static joules_status fail_unavailable(const joules_domain *domain)
{
	struct text why = TEXT_INIT;
	why_add(&why, domain->reason, domain->cure, domain->command);
	joules_status status = joules_fail(reason_is_refusal(domain->reason_code) ? JOULES_NO_PERMISSION : JOULES_NO_DOMAIN,
	    "%s cannot be measured: %s", domain->name, text_string(&why));
	text_free(&why);
	return status;
}

/* ---- names ---- */

/* The domain of this name, or all that it groups ("package_0" for its dies). *taken counts them. */
static joules_status choose_domain(struct choice *choice, const joules_list *list, const char *name, size_t *taken)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t j = 0; j < list->devices[i].count; j++) {
			const joules_domain *domain = list->devices[i].domains[j];
			if (strcmp(domain->name, name) != 0 && (!domain->group || strcmp(domain->group, name) != 0))
				continue;
			if (!domain->available)
				return fail_unavailable(domain);
			take(choice, domain);
			++*taken;
		}
	return JOULES_OK;
}

static joules_status fail_device(const joules_device *device)
{
	struct text why = TEXT_INIT;
	why_add(&why, device->reason, device->cure, device->command);
	joules_status status =
	    joules_fail(JOULES_NO_DEVICE, "the device %s has nothing to measure: %s", device->name, text_string(&why));
	text_free(&why);
	return status;
}

/* Everything that can be read of the device; what cannot is missing. */
static joules_status choose_device(struct choice *choice, const struct found_device *found)
{
	if (!found->device.available)
		return fail_device(&found->device);
	for (size_t j = 0; j < found->count; j++)
		take_or_miss(choice, found->domains[j], found->domains[j]->available);
	return JOULES_OK;
}

/* What a device's own selector has marked. */
static joules_status choose_marked(
    struct choice *choice, const struct found_device *found, const bool *chosen, size_t *taken)
{
	const joules_domain *unavailable = NULL;
	size_t before = *taken;
	for (size_t i = 0; i < found->count; i++) {
		if (!chosen[i])
			continue;
		if (found->domains[i]->available) {
			take(choice, found->domains[i]);
			++*taken;
		} else if (!unavailable) {
			unavailable = found->domains[i];
		}
	}
	if (unavailable && *taken == before)
		return fail_unavailable(unavailable);
	for (size_t i = 0; i < found->count; i++)
		if (chosen[i] && !found->domains[i]->available)
			miss(choice, found->domains[i]);
	return JOULES_OK;
}

/* A name that only a device knows. *taken counts the domains. */
static joules_status choose_selected(
    struct choice *choice, const struct found_device *found, const char *name, size_t *taken)
{
	if (!found->ops->select)
		return JOULES_OK;
	bool *chosen = calloc(found->count + 1, sizeof *chosen);
	if (!chosen)
		return fail_memory();
	joules_status status = found->ops->select(found->context, name, found->device.domains, found->count, chosen);
	if (!status)
		status = choose_marked(choice, found, chosen, taken);
	free(chosen);
	return status;
}

/* ---- nothing is named ---- */

static void choose_measured(struct choice *choice, const joules_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t j = 0; j < list->devices[i].count; j++) {
			const joules_domain *domain = list->devices[i].domains[j];
			if (domain->source == JOULES_MEASURED)
				take_or_miss(choice, domain, domain->available);
		}
}

static void choose_estimates(struct choice *choice, const joules_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t j = 0; j < list->devices[i].count; j++)
			if (list->devices[i].domains[j]->available && list->devices[i].domains[j]->source == JOULES_ESTIMATED)
				take(choice, list->devices[i].domains[j]);
}

static bool has_cpu_counter(const struct choice *choice)
{
	for (size_t i = 0; i < choice->count; i++)
		if (registry_is_cpu_counter(choice->domains[i]))
			return true;
	return false;
}

static joules_status fail_nothing(const joules_list *list, joules_estimate estimate)
{
	struct text why = TEXT_INIT;
	for (size_t i = 0; i < list->count; i++) {
		const joules_device *device = &list->devices[i].device;
		text_addf(&why, "%s%s: ", i ? "; " : "", device->name);
		if (!device->available)
			why_add(&why, device->reason, device->cure, device->command);
		else
			text_add(&why,
			    estimate == JOULES_ESTIMATE_NEVER
			        ? "it is an estimate, and estimates are switched off (--estimate never)"
			        : "it was not asked for");
	}
	joules_status status =
	    joules_fail(JOULES_NO_DEVICE, "nothing can be measured on this machine: %s", text_string(&why));
	text_free(&why);
	return status;
}

/* ---- "python": what the documented Python API measures where nothing is named ---- */

static bool is_for_python(const char *names)
{
	return names && strcmp(names, "python") == 0;
}

const char *choice_asked(const char *names)
{
	return is_for_python(names) ? NULL : names;
}

/* Several dies have one name there, and one value: all of them can be read, or none is measured. */
static bool is_whole(const joules_list *list, const joules_domain *domain)
{
	for (size_t i = 0; i < list->count && domain->group; i++)
		for (size_t j = 0; j < list->devices[i].count; j++) {
			const joules_domain *other = list->devices[i].domains[j];
			if (other->group && strcmp(other->group, domain->group) == 0 && !other->available)
				return false;
		}
	return domain->available;
}

static void choose_part(struct choice *choice, const joules_list *list, joules_part part)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t j = 0; j < list->devices[i].count; j++) {
			const joules_domain *domain = list->devices[i].domains[j];
			if (domain->part == part && domain->source == JOULES_MEASURED)
				take_or_miss(choice, domain, is_whole(list, domain));
		}
}

static bool has_package(const struct choice *choice)
{
	for (size_t i = 0; i < choice->count; i++)
		if (choice->domains[i]->part == JOULES_PART_PACKAGE)
			return true;
	return false;
}

/* Programs add up what they get, so nothing is in it that holds the rest: no psys beside a package, and no estimate
 * beside anything. */
static joules_status choose_for_python(struct choice *choice, const joules_list *list, joules_estimate estimate)
{
	static const joules_part parts[] = { JOULES_PART_PACKAGE, JOULES_PART_DRAM, JOULES_PART_CORE, JOULES_PART_UNCORE,
		JOULES_PART_PLATFORM, JOULES_PART_GPU, JOULES_PART_OTHER, JOULES_PART_MACHINE, JOULES_PART_BOARD,
		JOULES_PART_NODE };
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (parts[i] != JOULES_PART_PLATFORM || !has_package(choice))
			choose_part(choice, list, parts[i]);
	if (choice->count == 0 && estimate == JOULES_ESTIMATE_AUTO)
		choose_estimates(choice, list);
	return choice->count > 0 ? JOULES_OK : fail_nothing(list, estimate);
}

/* ---- names of devices, domains and selectors ---- */

/* "package_1?": nobody insists on it. */
static void choose_if_readable(struct choice *choice, const joules_list *list, const char *name, size_t length)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t j = 0; j < list->devices[i].count; j++) {
			const joules_domain *domain = list->devices[i].domains[j];
			if (strncmp(domain->name, name, length) == 0 && !domain->name[length])
				take_or_miss(choice, domain, domain->available);
		}
}

static joules_status choose_name(struct choice *choice, const joules_list *list, const char *name)
{
	size_t length = strlen(name);
	if (name[length - 1] == '?') {
		choose_if_readable(choice, list, name, length - 1);
		return JOULES_OK;
	}
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->devices[i].device.name, name) == 0)
			return choose_device(choice, &list->devices[i]);
	size_t taken = 0;
	joules_status status = choose_domain(choice, list, name, &taken);
	for (size_t i = 0; i < list->count && !status && taken == 0; i++)
		status = choose_selected(choice, &list->devices[i], name, &taken);
	return status || taken > 0 ? status : fail_unknown(list, name);
}

static char *trim(char *name)
{
	name += strspn(name, " \t");
	for (char *end = name + strlen(name); end > name && (end[-1] == ' ' || end[-1] == '\t');)
		*--end = '\0';
	return name;
}

static joules_status choose_names(struct choice *choice, const joules_list *list, const char *names)
{
	char *copy = strdup(names), *rest = copy;
	if (!copy)
		return fail_memory();
	joules_status status = JOULES_OK;
	for (char *name; !status && (name = strsep(&rest, ","));) {
		name = trim(name);
		if (*name)
			status = choose_name(choice, list, name);
	}
	free(copy);
	if (!status && choice->count == 0)
		status = joules_fail(
		    JOULES_INVALID_ARGUMENT, "no domain is named; give names that `joules list` prints, separated by commas");
	return status;
}

joules_status choice_make(struct choice *choice, const joules_list *list, const joules_options *options)
{
	size_t most = domain_count(list) + 1;
	*choice = (struct choice){ .domains = calloc(most, sizeof *choice->domains),
		.missing = calloc(most, sizeof *choice->missing) };
	if (!choice->domains || !choice->missing)
		return fail_memory();
	if (is_for_python(options->domains))
		return choose_for_python(choice, list, options->estimate);
	if (options->domains) {
		joules_status status = choose_names(choice, list, options->domains);
		if (!status && options->estimate == JOULES_ESTIMATE_ALWAYS)
			choose_estimates(choice, list);
		return status;
	}
	choose_measured(choice, list);
	bool needed = options->estimate == JOULES_ESTIMATE_AUTO && !has_cpu_counter(choice);
	if (needed || options->estimate == JOULES_ESTIMATE_ALWAYS)
		choose_estimates(choice, list);
	return choice->count > 0 ? JOULES_OK : fail_nothing(list, options->estimate);
}
