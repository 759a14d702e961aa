/* SPDX-License-Identifier: MIT */
#include "measure/remarks.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "measure/reasons.h"

enum { MOST_STATUSES = 8 };

/* Runs that did not do the same have no common mean. */
static void note_statuses(const struct figures *figures, struct notes *notes)
{
	struct text line = TEXT_INIT;
	size_t different = 0;
	for (int code = 0; code < 256; code++) {
		size_t runs = figures->statuses[code];
		if (runs == 0)
			continue;
		if (++different <= MOST_STATUSES)
			text_addf(&line, "%s%zu with %d", different > 1 ? ", " : "", runs, code);
		else if (different == MOST_STATUSES + 1)
			text_add(&line, " …");
	}
	if (different > 1)
		notes_add(notes, "the runs ended with different exit statuses, but the summary covers them all: %s",
		    text_string(&line));
	text_free(&line);
}

static size_t runs_without(const struct results *results, size_t domain)
{
	size_t count = 0;
	for (size_t i = 0; i < results->count; i++)
		count += results->runs[i].whole && !figures_is_full(joules_sample_energy(results->runs[i].whole, domain));
	return count;
}

static void note_domain(
    const struct results *results, const struct figures *figures, size_t domain, struct notes *notes)
{
	const char *name = results->domains[domain]->name;
	size_t lacking = runs_without(results, domain);
	if (lacking == 0)
		return;
	if (figures->domains[domain].left_out)
		notes_add(notes, "%s was not fully measured in any of the %zu runs, so the summary leaves it out", name,
		    results->count);
	else
		notes_add(notes,
		    "%s was not fully measured in %zu of %zu runs: the energies in the summary come from the other %zu", name,
		    lacking, results->count, figures->counted);
}

/* Why one value is not what it should be; "" where it is. */
static void add_why(struct text *why, const struct results *results, const joules_sample *whole, size_t domain)
{
	text_clear(why);
	reason_add(
	    why, whole->domains[domain], joules_sample_energy(whole, domain), joules_meter_failure(results->meter, domain));
}

/* One note for all domains that have the same reason, at the first of them. What is only short its line says too. */
static void note_reason(const struct results *results, const joules_sample *whole, size_t domain, struct notes *notes)
{
	struct text why = TEXT_INIT, other = TEXT_INIT, names = TEXT_INIT;
	add_why(&why, results, whole, domain);
	for (size_t d = 0; why.length > 0 && d < whole->domain_count; d++) {
		add_why(&other, results, whole, d);
		if (strcmp(text_string(&other), text_string(&why)) != 0)
			continue;
		if (d < domain)
			goto done;
		text_addf(&names, "%s%s", d > domain ? ", " : "", whole->domains[d]->name);
	}
	if (why.length > 0)
		(figures_is_full(joules_sample_energy(whole, domain)) ? notes_add_shown : notes_add)(
		    notes, "%s: %s", text_string(&names), text_string(&why));
done:
	text_free(&why);
	text_free(&other);
	text_free(&names);
}

/* A value of this part that the total does not hold; NULL: none. */
static const joules_domain *find_beside(const joules_sample *whole, joules_part part)
{
	for (size_t d = 0; d < whole->domain_count; d++) {
		const joules_domain *domain = whole->domains[d];
		if (!domain->in_total && domain->part == part && figures_is_full(joules_sample_energy(whole, d)))
			return domain;
	}
	return NULL;
}

/* All that belongs in the total is stuck: what to measure in its place. */
static void note_no_total(const struct run_result *run, struct notes *notes)
{
	if (!run->whole || !isnan(run->total.joules) || run->total.reason != JOULES_REASON_STUCK)
		return;
	const joules_domain *platform = find_beside(run->whole, JOULES_PART_PLATFORM);
	if (platform)
		notes_add(notes, "there is no total, because its counters are stuck; %s covers the whole machine: --domains %s",
		    platform->name, platform->name);
	else if (!find_beside(run->whole, JOULES_PART_MACHINE))
		notes_add(notes, "there is no total, because its counters are stuck; --estimate always adds an estimate");
}

void remarks_of_reasons(const struct results *results, struct notes *notes)
{
	for (size_t i = 0; i < results->count; i++) {
		for (size_t d = 0; results->runs[i].whole && d < results->domain_count; d++)
			note_reason(results, results->runs[i].whole, d, notes);
		note_no_total(&results->runs[i], notes);
	}
}

void remarks_of_results(const struct results *results, const struct figures *figures, struct notes *notes)
{
	remarks_of_reasons(results, notes);
	if (results->count < 2)
		return;
	note_statuses(figures, notes);
	for (size_t i = 0; i < results->domain_count; i++)
		note_domain(results, figures, i, notes);
}
