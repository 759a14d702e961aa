/* SPDX-License-Identifier: MIT */
/* A sample of the caller's own: its total and what is missing of it follow the same rules. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/sized.h"
#include "base/status.h"
#include "model/trace.h"

/* ---- what the words of a name say, where nothing else is known of a domain ---- */

static const struct {
	const char *word;
	joules_part part;
} words[] = {
	{ "package", JOULES_PART_PACKAGE },
	{ "core", JOULES_PART_CORE },
	{ "uncore", JOULES_PART_UNCORE },
	{ "dram", JOULES_PART_DRAM },
	{ "psys", JOULES_PART_PLATFORM },
};

/* The package whose name goes on after its word with these bytes: "_0", "_0_die_1". */
static const char *find_package(const joules_domain *domains, size_t count, const char *number, size_t length)
{
	static const char word[] = "package";
	for (size_t i = 0; i < count; i++) {
		const char *name = domains[i].name;
		if (strncmp(name, word, sizeof word - 1) == 0 && strlen(name) == sizeof word - 1 + length &&
		    memcmp(name + sizeof word - 1, number, length) == 0)
			return name;
	}
	return NULL;
}

static const char *find_parent(const joules_domain *domains, size_t count, const char *number)
{
	const char *parent = find_package(domains, count, number, strlen(number)), *die = strstr(number, "_die_");
	return parent || !die ? parent : find_package(domains, count, number, (size_t)(die - number));
}

static void know_by_name(joules_domain *domain, const joules_domain *domains, size_t count)
{
	size_t length = strcspn(domain->name, "_");
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i].word) == length && memcmp(words[i].word, domain->name, length) == 0)
			domain->part = words[i].part;
	if (domain->part == JOULES_PART_OTHER)
		return;
	if (!domain->device)
		domain->device = "cpu"; /* psys holds what is of its own device */
	if (domain->part == JOULES_PART_CORE || domain->part == JOULES_PART_UNCORE)
		domain->parent = find_parent(domains, count, domain->name + length);
}

/* ---- the sample ---- */

static joules_status take_domains(joules_domain *known, const joules_domain *const *given, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		known[i] = (joules_domain)JOULES_DOMAIN_INIT;
		joules_status status = sized_take(&known[i], sizeof known[i], given[i], "joules_domain");
		if (status)
			return status;
		if (!known[i].name)
			return joules_fail(JOULES_INVALID_ARGUMENT, "joules_sample_new: a domain needs a name");
		known[i].gpu = NULL;
	}
	return JOULES_OK;
}

static joules_status make(
    joules_sample **sample, joules_domain *known, const joules_domain **items, size_t count, size_t missing_count)
{
	for (size_t i = 0; i < count + missing_count; i++) {
		if (known[i].part == JOULES_PART_OTHER && !known[i].parent)
			know_by_name(&known[i], known, count);
		items[i] = &known[i];
	}
	struct domains *domains = domains_new(items, count, items + count, missing_count);
	joules_status status = domains ? sample_prepare(sample, domains) : fail_memory();
	domains_unref(domains);
	for (size_t i = 0; i < count && !status; i++)
		sample_set(*sample, i, (joules_energy)JOULES_ENERGY_NONE);
	return status;
}

joules_status joules_sample_new(joules_sample **sample, const joules_domain *const *domains, size_t count,
    const joules_domain *const *missing, size_t missing_count)
{
	if (!sample || (count && !domains) || (missing_count && !missing))
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_sample_new: no argument may be NULL");
	*sample = NULL;
	joules_domain *known = calloc(count + missing_count + 1, sizeof *known);
	const joules_domain **items = calloc(count + missing_count + 1, sizeof *items);
	joules_status status = known && items ? take_domains(known, domains, count) : fail_memory();
	if (!status)
		status = take_domains(known + count, missing, missing_count);
	if (!status)
		status = make(sample, known, items, count, missing_count);
	free(known);
	free(items);
	return status;
}

joules_status joules_sample_set(
    joules_sample *sample, size_t domain, double joules, double low, double high, unsigned flags)
{
	if (!sample || domain >= sample->domain_count)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_sample_set: the sample has no domain with this index");
	joules_energy energy = JOULES_ENERGY_NONE;
	if (!isnan(joules)) {
		energy.joules = joules;
		energy.low = low;
		energy.high = high;
		energy.flags = flags & ~(unsigned)JOULES_INVALID;
	}
	sample_set(sample, domain, energy);
	return JOULES_OK;
}
