/* SPDX-License-Identifier: MIT */
#include "measure/remarks.h"

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

/* Why values are not measured or not all there; of a value that is only short, its line says it. A sentence that was
 * said is not said again. */
static void note_reasons(const struct results *results, const joules_sample *whole, struct notes *notes)
{
	for (size_t d = 0; whole && d < whole->domain_count; d++) {
		const joules_energy *energy = joules_sample_energy(whole, d);
		struct text why = TEXT_INIT;
		reason_add(&why, energy, joules_meter_failure(results->meter, d));
		if (!figures_is_full(energy) && why.length > 0)
			notes_add(notes, "%s: %s", whole->domains[d]->name, text_string(&why));
		text_free(&why);
	}
}

void remarks_of_results(const struct results *results, const struct figures *figures, struct notes *notes)
{
	for (size_t i = 0; i < results->count; i++)
		note_reasons(results, results->runs[i].whole, notes);
	if (results->count < 2)
		return;
	note_statuses(figures, notes);
	for (size_t i = 0; i < results->domain_count; i++)
		note_domain(results, figures, i, notes);
}
