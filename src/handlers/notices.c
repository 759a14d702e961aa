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
		if (energy->flags & JOULES_PARTIAL)
			notices->tallies[d].partial++;
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

static unsigned kind_of(const joules_domain *domain, const struct tally *tally)
{
	return (domain->source == JOULES_ESTIMATED ? JOULES_NOTICE_ESTIMATE : 0) |
	    (tally->below_tick ? JOULES_NOTICE_BELOW_TICK : 0) | (tally->partial ? JOULES_NOTICE_PARTIAL : 0) |
	    (tally->invalid ? JOULES_NOTICE_INVALID : 0);
}

static void add_count(struct text *line, size_t count, size_t samples, const char *flag)
{
	if (line->length)
		text_add(line, "; ");
	text_addf(line, "%zu of %zu samples %s: ", count, samples, flag);
}

static void compose(
    struct text *line, const joules_domain *domain, const struct tally *tally, size_t samples, const char *invalid_as)
{
	struct text words = TEXT_INIT;
	if (domain->source == JOULES_ESTIMATED) {
		text_add(&words, "an estimate, not measured");
		if (domain->scope) {
			text_add(&words, " (");
			text_add_escaped(&words, domain->scope);
			text_add(&words, ")");
		}
	}
	if (tally->below_tick) {
		add_count(&words, tally->below_tick, samples, "below_tick");
		text_add(&words,
		    "shorter than two steps (ticks) of the counter, so these values may be far off, even 0; csv-full and json "
		    "have the bounds");
	}
	if (tally->partial) {
		add_count(&words, tally->partial, samples, "partial");
		text_add(&words, "read only part of the time, so more may have been used");
	}
	if (tally->invalid) {
		add_count(&words, tally->invalid, samples, "invalid");
		text_addf(&words, "not measured; written as %s, not as 0", invalid_as);
	}
	text_add_escaped(line, domain->name);
	text_add(line, ": ");
	text_add(line, text_string(&words));
	line->failed |= words.failed;
	text_free(&words);
}

void notices_deliver(const struct notices *notices, const joules_notice *notice)
{
	if (notices->receiver)
		notices->receiver(notices->context, notice);
	else
		(void)fprintf(stderr, "joules: %s\n", notice->line);
}

void notices_tell(struct notices *notices, const joules_trace *trace)
{
	struct text line = TEXT_INIT;
	for (size_t d = 0; d < joules_trace_domain_count(trace); d++) {
		const joules_domain *domain = joules_trace_domain(trace, d);
		const struct tally *tally = &notices->tallies[d];
		unsigned kind = kind_of(domain, tally);
		if (!kind || is_told(notices, domain->name))
			continue;
		text_clear(&line);
		compose(&line, domain, tally, joules_trace_count(trace), notices->invalid_as);
		notices_deliver(notices,
		    &(joules_notice){ .size = sizeof(joules_notice),
		        .kind = kind,
		        .domain = domain->name,
		        .line = line.failed ? "some values were not simply measured; there is no memory to say more"
		                            : text_string(&line) });
		remember(notices, domain->name);
	}
	text_free(&line);
}
