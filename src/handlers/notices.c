/* SPDX-License-Identifier: MIT */
#include "handlers/notices.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void notices_free(struct notices *notices)
{
	for (size_t i = 0; i < notices->told_count; i++)
		free(notices->told[i]);
	free(notices->told);
	free(notices->tallies);
	*notices = (struct notices){ 0 };
}

bool notices_begin(struct notices *notices, size_t domains)
{
	free(notices->tallies);
	notices->tallies = calloc(domains ? domains : 1, sizeof *notices->tallies);
	return notices->tallies != NULL;
}

void notices_count(struct notices *notices, const joules_sample *sample)
{
	for (size_t d = 0; d < sample->domain_count; d++) {
		const joules_energy *energy = joules_sample_energy(sample, d);
		if (energy->flags & JOULES_BELOW_TICK)
			notices->tallies[d].below_tick++;
		if ((energy->flags & JOULES_INVALID) || !isfinite(energy->joules))
			notices->tallies[d].invalid++;
	}
}

static bool is_told(const struct notices *notices, const char *name)
{
	for (size_t i = 0; i < notices->told_count; i++)
		if (strcmp(notices->told[i], name) == 0)
			return true;
	return false;
}

/* Without memory it is not remembered, and the line comes again: rather twice than never. */
static void remember(struct notices *notices, const char *name)
{
	char **told = realloc(notices->told, (notices->told_count + 1) * sizeof *told);
	if (!told)
		return;
	notices->told = told;
	told[notices->told_count] = strdup(name);
	if (told[notices->told_count])
		notices->told_count++;
}

static void compose(
    struct text *line, const joules_domain *domain, const struct tally *tally, size_t samples, const char *invalid_as)
{
	text_add_escaped(line, domain->name);
	const char *joint = ": ";
	if (domain->source == JOULES_ESTIMATED) {
		text_add(line, joint);
		text_add(line, "an estimate, not measured");
		if (domain->scope)
			text_addf(line, " (%s)", domain->scope);
		joint = "; ";
	}
	if (tally->below_tick) {
		text_addf(line,
		    "%s%zu of %zu samples below_tick: shorter than two ticks of its counter, so single values may be far off, "
		    "also 0; "
		    "csv-full and json have the bounds",
		    joint, tally->below_tick, samples);
		joint = "; ";
	}
	if (tally->invalid)
		text_addf(line, "%s%zu of %zu samples invalid: not measured, written as %s, not 0", joint, tally->invalid,
		    samples, invalid_as);
}

static void deliver(const struct notices *notices, const char *line)
{
	if (notices->receiver)
		notices->receiver(notices->context, line);
	else
		(void)fprintf(stderr, "joules: %s\n", line);
}

void notices_tell(struct notices *notices, const joules_trace *trace)
{
	struct text line = TEXT_INIT;
	for (size_t d = 0; d < joules_trace_domain_count(trace); d++) {
		const joules_domain *domain = joules_trace_domain(trace, d);
		const struct tally *tally = &notices->tallies[d];
		bool owed = domain->source == JOULES_ESTIMATED || tally->below_tick || tally->invalid;
		if (!owed || is_told(notices, domain->name))
			continue;
		text_clear(&line);
		compose(&line, domain, tally, joules_trace_count(trace), notices->invalid_as);
		deliver(notices,
		    line.failed ? "values are an estimate, below_tick or invalid; no memory to say more" : text_string(&line));
		remember(notices, domain->name);
	}
	text_free(&line);
}
