/* SPDX-License-Identifier: MIT */
/* The sample as callers see it: allocated once, refilled; and its total. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "model/trace.h"

/* What stands around the public struct: the domains that it shows live as long as it does. */
struct held {
	joules_sample sample;
	struct domains *domains;
	size_t capacity;
	joules_energy total; /* as it was last asked for */
	joules_energy energies[];
};

void sample_set(joules_sample *sample, size_t domain, joules_energy energy)
{
	if (!(energy.flags & (JOULES_PARTIAL | JOULES_INVALID)))
		energy.seen_s = sample->duration_s;
	((struct held *)sample)->energies[domain] = energy;
}

const joules_energy *joules_sample_energy(const joules_sample *sample, size_t domain)
{
	const struct held *held = (const struct held *)(const void *)sample;
	return held && domain < held->sample.domain_count ? &held->energies[domain] : NULL;
}

joules_status sample_prepare(joules_sample **sample, const struct domains *domains)
{
	struct held *held = (struct held *)*sample;
	if (held && held->capacity < domains->count)
		return joules_fail(JOULES_INVALID_ARGUMENT,
		    "this sample has room for %zu domains, %zu are needed; pass a NULL sample", held->capacity, domains->count);
	if (!held) {
		held = calloc(1, sizeof *held + domains->count * sizeof *held->energies);
		if (!held)
			return fail_memory();
		held->capacity = domains->count;
		held->sample.size = sizeof held->sample;
		*sample = &held->sample;
	}
	if (held->domains != domains) {
		struct domains *taken = domains_ref(domains);
		domains_unref(held->domains);
		held->domains = taken;
	}
	held->sample.domains = domains->items;
	held->sample.domain_count = domains->count;
	held->sample.tag = "";
	return JOULES_OK;
}

void joules_sample_free(joules_sample *sample)
{
	if (!sample)
		return;
	domains_unref(((struct held *)sample)->domains);
	free(sample);
}

joules_status joules_trace_sample(const joules_trace *trace, size_t index, joules_sample **sample)
{
	if (!trace || !sample)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_trace_sample: trace and sample must not be NULL");
	if (index >= joules_trace_count(trace))
		return joules_fail(JOULES_INVALID_ARGUMENT, "there is no sample with index %zu: the trace has %zu", index,
		    joules_trace_count(trace));
	const struct domains *domains = trace_domains(trace);
	joules_status status = sample_prepare(sample, domains);
	if (status)
		return status;
	struct row row = trace_row(trace, index);
	(*sample)->tag = row.tag;
	(*sample)->timestamp = row.timestamp;
	(*sample)->duration_s = row.duration_s;
	const struct stored *stored = trace_stored(trace);
	for (size_t d = 0; d < domains->count; d++) {
		struct increment increment = trace_increment(trace, index, d);
		sample_set(
		    *sample, d, stored ? stored->energies[index * domains->count + d] : trace_energy(trace, d, &increment));
	}
	return JOULES_OK;
}

/* Does this domain belong in the total of that source? */
static bool belongs(const joules_domain *domain, joules_source source)
{
	return domain->in_total && domain->source == source;
}

/* What is likely of a sum nobody says, unless it is one value. */
static void add_likely(joules_energy *total, const joules_energy *energy)
{
	bool first = total->flags & JOULES_INVALID;
	total->likely_low = first ? energy->likely_low : (double)NAN;
	total->likely_high = first ? energy->likely_high : (double)NAN;
}

static void add_energy(joules_energy *total, double *watts, const joules_energy *energy)
{
	if (total->reason == JOULES_REASON_NONE && energy->flags & (JOULES_PARTIAL | JOULES_INVALID))
		total->reason = energy->reason;
	if (isnan(energy->joules)) {
		total->flags |= JOULES_PARTIAL;
		return;
	}
	total->joules += energy->joules;
	total->low += energy->low;
	total->high += energy->high; /* NAN stays NAN */
	*watts += energy->joules / energy->seen_s;
	add_likely(total, energy);
	total->flags |= energy->flags & (JOULES_BELOW_TICK | JOULES_PARTIAL | JOULES_STUCK);
	total->flags &= ~(unsigned)JOULES_INVALID;
}

/* Does the total hold it after all? An estimate covers what the processor's counters would have measured, and psys,
 * where it counts, the whole. */
static bool is_covered(const struct domains *domains, const joules_domain *missing)
{
	if (missing->part < JOULES_PART_PACKAGE || missing->part > JOULES_PART_PLATFORM)
		return false;
	for (size_t i = 0; i < domains->count; i++) {
		const joules_domain *domain = domains->items[i];
		if (domain->in_total && (domain->part == JOULES_PART_MACHINE || domain->part == JOULES_PART_PLATFORM))
			return true;
	}
	return false;
}

/* The first that the total lacks; NULL: none. */
static const joules_domain *first_missing(const struct domains *domains)
{
	for (size_t i = 0; i < domains->missing_count; i++)
		if (!is_covered(domains, domains->missing[i]))
			return domains->missing[i];
	return NULL;
}

/* Also of one value that is not all: what is likely of the rest nobody says. Each part was seen for a time of its own:
 * that of the total is the one in which their powers give it. */
static void mark_partial(joules_energy *total, double watts)
{
	total->seen_s = total->joules / watts;
	total->high = total->likely_low = total->likely_high = (double)NAN;
}

/* Nothing was added, or not all: that has a reason; else it may be short. */
static void finish(joules_energy *total, double watts, const joules_domain *missing, double seconds)
{
	joules_reason reason = total->reason;
	if (reason == JOULES_REASON_NONE && missing)
		reason = missing->reason_code;
	total->seen_s = seconds;
	if (total->flags & JOULES_INVALID)
		*total = (joules_energy)JOULES_ENERGY_NONE;
	else if (total->flags & JOULES_PARTIAL)
		mark_partial(total, watts);
	else if (total->flags & JOULES_BELOW_TICK)
		reason = JOULES_REASON_SHORT;
	total->reason = reason;
}

const joules_energy *joules_sample_total(const joules_sample *sample, joules_source *source)
{
	if (!sample)
		return NULL;
	struct held *held = (struct held *)(uintptr_t)sample;
	joules_source used = JOULES_ESTIMATED;
	for (size_t i = 0; i < sample->domain_count; i++)
		if (belongs(sample->domains[i], JOULES_MEASURED))
			used = JOULES_MEASURED;
	joules_energy total = JOULES_ENERGY_ZERO;
	total.flags = JOULES_INVALID; /* until there is a value */
	double watts = 0.0;
	for (size_t i = 0; i < sample->domain_count; i++)
		if (belongs(sample->domains[i], used))
			add_energy(&total, &watts, &held->energies[i]);
	const joules_domain *missing = first_missing(held->domains);
	if (missing)
		total.flags |= JOULES_PARTIAL;
	finish(&total, watts, missing, sample->duration_s);
	if (source)
		*source = used;
	held->total = total;
	return &held->total;
}

size_t joules_sample_missing(const joules_sample *sample, const char **names, size_t most)
{
	if (!sample)
		return 0;
	const struct held *held = (const struct held *)(const void *)sample;
	const struct domains *domains = held->domains;
	size_t found = 0;
	for (size_t i = 0; i < domains->count; i++) {
		if (!domains->items[i]->in_total || !(held->energies[i].flags & (JOULES_PARTIAL | JOULES_INVALID)))
			continue;
		if (found < most)
			names[found] = domains->items[i]->name;
		found++;
	}
	for (size_t i = 0; i < domains->missing_count; i++) {
		if (is_covered(domains, domains->missing[i]))
			continue;
		if (found < most)
			names[found] = domains->missing[i]->name;
		found++;
	}
	return found;
}
