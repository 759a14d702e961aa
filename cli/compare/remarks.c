/* SPDX-License-Identifier: MIT */
#include "compare/remarks.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "measure/remarks.h"

/* A part of the busy time that others had from which on it is said. */
static const double large_share = 0.2;
/* Of a drift: what chance gives once in a hundred is not said, nor what is small. */
static const double drift_p = 0.01, least_drift = 0.01;

static const struct metric total = { METRIC_TOTAL, "total", 0 };

static void note_failures(const struct basis *basis, struct notes *notes)
{
	if (basis->failed > 0)
		notes_add(notes, "%zu of %zu rounds %s left out, because a command failed in %s", basis->failed, basis->rounds,
		    basis->failed == 1 ? "is" : "are", basis->failed == 1 ? "it" : "them");
}

static size_t whole_rounds(const struct basis *basis)
{
	size_t whole = 0;
	for (size_t r = 0; r < basis->rounds; r++)
		whole += basis->is_whole[r];
	return whole;
}

static void note_nothing(const struct findings *findings, struct notes *notes)
{
	if (!findings->basis.measured)
		notes_add_error(notes, "no energy was measured in the runs of all commands");
}

/* What some commands' runs have and others' lack is in no total. */
static void note_left_out(const struct session *session, const struct basis *basis, struct notes *notes)
{
	for (size_t d = 0; d < session->results[0].domain_count; d++)
		if (basis->left_out[d])
			notes_add(notes, "%s is in no total here: for at least one command no run measured it fully",
			    session->results[0].domains[d]->name);
}

static void note_nulls(const struct findings *findings, struct notes *notes)
{
	size_t whole = whole_rounds(&findings->basis);
	for (size_t i = 0; i < findings->count; i += findings->metrics) {
		size_t rounds = findings->list[i].comparison.rounds;
		if (rounds < whole)
			notes_add(notes, "%zu of %zu rounds are left out of the verdict on command %zu: a value was not measured",
			    whole - rounds, whole, findings->list[i].command + 1);
	}
}

static void note_others(const struct session *session, struct notes *notes)
{
	double sum = 0.0;
	size_t count = 0;
	for (size_t c = 0; c < session->plan->command_count; c++) {
		for (size_t i = 0; i < session->results[c].count; i++) {
			const struct share *share = &session->results[c].runs[i].share;
			sum += share->known ? 1 - share->cpu : 0;
			count += share->known;
		}
	}
	if (count > 0 && sum / (double)count > large_share)
		notes_add(notes,
		    "other programs had %.0f %% of the busy CPU time. What they use is in every number here, and hides "
		    "differences",
		    100 * sum / (double)count);
}

/* The mean logarithm of a round's values; NAN where one is not there. */
static double level_of(const struct session *session, const struct basis *basis, size_t round)
{
	double sum = 0.0;
	for (size_t c = 0; c < session->plan->command_count; c++) {
		const struct run_result *run = run_of(&session->results[c], round);
		double value = run && basis->is_whole[round] ? metric_of(basis, &total, run).value : (double)NAN;
		sum += value > 0 ? log(value) : (double)NAN;
	}
	return sum / (double)session->plan->command_count;
}

/* The second half of the rounds against the first. */
static void note_drift(const struct session *session, const struct basis *basis, struct notes *notes)
{
	size_t half = basis->rounds / 2;
	double *levels = calloc(2 * half + 1, sizeof *levels);
	joules_comparison drift = JOULES_COMPARISON_INIT;
	for (size_t i = 0; levels && i < 2 * half; i++)
		levels[i] = level_of(session, basis, i < half ? i : basis->rounds - 2 * half + i);
	if (levels && joules_shift(levels, half, levels + half, half, 0.95, &drift) == JOULES_OK && drift.p <= drift_p &&
	    fabs(drift.estimate) >= least_drift)
		notes_add(notes,
		    "energies drifted by %+.1f %% from the first half of the rounds to the second; the random order keeps "
		    "this out of the verdicts",
		    100 * expm1(drift.estimate));
	free(levels);
}

/* Those of one command; 0 where most runs show 0 J: every other is far from them, and the verdict is "too coarse"
 * anyway. */
static size_t count_outliers(const struct basis *basis, const struct results *results)
{
	double *values = calloc(results->count + 1, sizeof *values);
	joules_statistics statistics = JOULES_STATISTICS_INIT;
	for (size_t i = 0; values && i < results->count; i++)
		values[i] = metric_of(basis, &total, &results->runs[i]).value;
	bool known = values && joules_statistics_of(values, results->count, &statistics) == JOULES_OK;
	free(values);
	return known && statistics.median > 0 ? statistics.outliers : 0;
}

static void note_outliers(const struct session *session, const struct basis *basis, struct notes *notes)
{
	struct text list = TEXT_INIT;
	for (size_t c = 0; c < session->plan->command_count; c++) {
		size_t outliers = count_outliers(basis, &session->results[c]);
		if (outliers > 0)
			text_addf(&list, "%s%zu of %zu runs of command %zu", list.length > 0 ? ", " : "", outliers,
			    session->results[c].count, c + 1);
	}
	if (list.length > 0)
		notes_add(notes, "far from the others in energy, and not left out: %s", text_string(&list));
	text_free(&list);
}

/* Why values are not there, each once. */
static void note_reasons(const struct session *session, struct notes *notes)
{
	for (size_t c = 0; c < session->plan->command_count; c++)
		remarks_of_reasons(&session->results[c], notes);
}

void compare_remarks(const struct session *session, const struct findings *findings, struct notes *notes)
{
	note_reasons(session, notes);
	note_failures(&findings->basis, notes);
	if (whole_rounds(&findings->basis) == 0)
		return;
	note_nothing(findings, notes);
	note_left_out(session, &findings->basis, notes);
	note_nulls(findings, notes);
	note_others(session, notes);
	note_drift(session, &findings->basis, notes);
	note_outliers(session, &findings->basis, notes);
}
