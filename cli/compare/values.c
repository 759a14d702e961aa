/* SPDX-License-Identifier: MIT */
#include "compare/values.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "measure/figures.h"

static const struct bounded unknown = { (double)NAN, (double)NAN, (double)NAN };

struct metric metric_named(const char *name)
{
	static const struct metric own[] = { { METRIC_TOTAL, "total", 0 }, { METRIC_TIME, "time", 0 },
		{ METRIC_POWER, "power", 0 }, { METRIC_ABOVE_IDLE, "above-idle", 0 } };
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (strcmp(name, own[i].name) == 0)
			return own[i];
	return (struct metric){ METRIC_DOMAIN, name, 0 };
}

bool metric_find(const struct session *session, const char *name, struct metric *metric)
{
	const struct results *results = &session->results[0];
	*metric = metric_named(name);
	while (metric->kind == METRIC_DOMAIN && metric->domain < results->domain_count &&
	    strcmp(name, results->domains[metric->domain]->name) != 0)
		metric->domain++;
	return metric->kind != METRIC_DOMAIN || metric->domain < results->domain_count;
}

/* ---- the basis ---- */

/* A domain that one command's runs never have in full is in no command's total. */
static bool lacks(const struct results *results, size_t domain)
{
	for (size_t i = 0; i < results->count; i++)
		if (results->runs[i].whole && figures_is_full(joules_sample_energy(results->runs[i].whole, domain)))
			return false;
	return true;
}

static void find_left_out(struct basis *basis)
{
	const struct session *session = basis->session;
	const struct results *first = &session->results[0];
	for (size_t d = 0; d < first->domain_count; d++) {
		for (size_t c = 0; c < session->plan->command_count; c++)
			basis->left_out[d] |= lacks(&session->results[c], d);
		if (basis->left_out[d] || !first->domains[d]->in_total)
			continue;
		basis->measured = true;
		basis->estimated |= first->domains[d]->source == JOULES_ESTIMATED;
	}
}

const struct run_result *run_of(const struct results *results, uint64_t round)
{
	size_t i = round < results->count ? (size_t)round : results->count;
	while (i > 0 && (i == results->count || results->runs[i].round > round))
		i--;
	return i < results->count && results->runs[i].round == round ? &results->runs[i] : NULL;
}

static void find_whole(struct basis *basis)
{
	const struct session *session = basis->session;
	for (size_t r = 0; r < basis->rounds; r++) {
		bool complete = true, failed = false;
		for (size_t c = 0; c < session->plan->command_count; c++) {
			const struct run_result *run = run_of(&session->results[c], r);
			complete = complete && run;
			failed = failed || (run && exit_code(run->status) != 0);
		}
		basis->is_whole[r] = complete && !failed;
		basis->failed += failed;
	}
}

bool basis_of(struct basis *basis, const struct session *session)
{
	*basis = (struct basis){ .session = session };
	for (size_t c = 0; c < session->plan->command_count; c++) {
		const struct results *results = &session->results[c];
		size_t rounds = results->count > 0 ? (size_t)results->runs[results->count - 1].round + 1 : 0;
		basis->rounds = rounds > basis->rounds ? rounds : basis->rounds;
	}
	basis->left_out = calloc(session->results[0].domain_count + 1, sizeof *basis->left_out);
	basis->is_whole = calloc(basis->rounds + 1, sizeof *basis->is_whole);
	if (!basis->left_out || !basis->is_whole) {
		basis_free(basis);
		return false;
	}
	find_left_out(basis);
	find_whole(basis);
	return true;
}

void basis_free(struct basis *basis)
{
	free(basis->left_out);
	free(basis->is_whole);
	*basis = (struct basis){ .session = NULL };
}

/* ---- values ---- */

/* The band of an estimate is common to all runs on one machine, so that it says nothing of their ratio: what is
 * uncertain of a ratio is the busy tick at each end. */
static struct bounded bounded_energy(
    const joules_domain *domain, const joules_energy *energy, const struct share *share)
{
	if (!figures_is_full(energy))
		return unknown;
	if (domain->source != JOULES_ESTIMATED)
		return (struct bounded){ energy->joules, energy->low, isnan(energy->high) ? (double)INFINITY : energy->high };
	double part = share->busy_ticks > 1 ? 1 / share->busy_ticks : 1;
	return (struct bounded){ energy->joules, energy->joules * (1 - part), energy->joules * (1 + part) };
}

/* What the idle machine uses in that time. */
static struct bounded idle_energy(const joules_sample *idle, size_t domain, double seconds)
{
	const joules_energy *energy = joules_sample_energy(idle, domain);
	if (!figures_is_full(energy) || !(idle->duration_s > 0))
		return unknown;
	double part = seconds / idle->duration_s;
	return (struct bounded){ energy->joules * part, energy->low * part, energy->high * part };
}

static struct bounded domain_of(
    const struct metric *metric, const struct run_result *run, size_t domain, const joules_sample *idle)
{
	const joules_sample *whole = run->whole;
	struct bounded energy = bounded_energy(whole->domains[domain], joules_sample_energy(whole, domain), &run->share);
	if (metric->kind != METRIC_ABOVE_IDLE)
		return energy;
	struct bounded at_idle = idle ? idle_energy(idle, domain, whole->duration_s) : unknown;
	return (struct bounded){ energy.value - at_idle.value, energy.low - at_idle.high, energy.high - at_idle.low };
}

static struct bounded total_of(const struct basis *basis, const struct metric *metric, const struct run_result *run)
{
	struct bounded sum = { 0, 0, 0 };
	bool any = false;
	for (size_t d = 0; d < run->whole->domain_count; d++) {
		if (!run->whole->domains[d]->in_total || basis->left_out[d])
			continue;
		struct bounded part = domain_of(metric, run, d, basis->session->idle);
		sum = (struct bounded){ sum.value + part.value, sum.low + part.low, sum.high + part.high };
		any = true;
	}
	return any ? sum : unknown;
}

struct bounded metric_of(const struct basis *basis, const struct metric *metric, const struct run_result *run)
{
	if (!run->whole)
		return unknown;
	double seconds = run->whole->duration_s;
	if (metric->kind == METRIC_TIME)
		return (struct bounded){ seconds, seconds, seconds };
	if (metric->kind == METRIC_DOMAIN)
		return domain_of(metric, run, metric->domain, NULL);
	struct bounded total = total_of(basis, metric, run);
	if (metric->kind != METRIC_POWER)
		return total;
	return (struct bounded){ total.value / seconds, total.low / seconds, total.high / seconds };
}

/* ---- pairs ---- */

static double unit_of(const struct basis *basis, const struct metric *metric)
{
	const struct results *results = &basis->session->results[0];
	double unit = 0.0;
	for (size_t d = 0; d < results->domain_count; d++) {
		const joules_domain *domain = results->domains[d];
		bool is_part = metric->kind == METRIC_DOMAIN ? d == metric->domain : domain->in_total && !basis->left_out[d];
		if (is_part && domain->kind == JOULES_KIND_COUNTER)
			unit += fmax(domain->unit_j, domain->step_j);
	}
	return metric->kind == METRIC_TIME ? 0.0 : unit;
}

bool pairs_of(
    const struct basis *basis, const struct metric *metric, size_t reference, size_t command, struct pairs *pairs)
{
	const struct session *session = basis->session;
	struct bounded *values = calloc(2 * basis->rounds + 1, sizeof *values);
	*pairs = (struct pairs){ values, values + basis->rounds, .unit = unit_of(basis, metric) };
	if (!values)
		return false;
	pairs->differences = metric->kind == METRIC_ABOVE_IDLE;
	if (metric->kind == METRIC_POWER)
		pairs->unit /=
		    fmin(results_mean_time(&session->results[reference]), results_mean_time(&session->results[command]));
	for (size_t r = 0; r < basis->rounds; r++) {
		if (!basis->is_whole[r])
			continue;
		struct bounded of_reference = metric_of(basis, metric, run_of(&session->results[reference], r));
		struct bounded of_command = metric_of(basis, metric, run_of(&session->results[command], r));
		if (isnan(of_reference.value) || isnan(of_command.value))
			continue;
		values[pairs->count] = of_reference;
		values[basis->rounds + pairs->count++] = of_command;
	}
	return true;
}

void pairs_free(struct pairs *pairs)
{
	free((void *)(uintptr_t)pairs->reference);
	*pairs = (struct pairs){ .count = 0 };
}
