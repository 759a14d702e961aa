/* SPDX-License-Identifier: MIT */
#include "run/figures.h"

#include <math.h>
#include <stdlib.h>

static const joules_energy no_energy = JOULES_ENERGY_NONE;

static joules_energy energy_of(const struct run_result *result, size_t domain)
{
	if (!result->whole)
		return no_energy;
	return domain == FIGURES_TOTAL ? result->total : *joules_sample_energy(result->whole, domain);
}

static bool statistics_of(const double *values, size_t count, joules_statistics *statistics)
{
	*statistics = (joules_statistics)JOULES_STATISTICS_INIT;
	return joules_statistics_of(values, count, statistics) == JOULES_OK;
}

static bool statistics_of_domain(
    const struct results *results, size_t domain, double *values, joules_statistics *statistics)
{
	for (size_t i = 0; i < results->count; i++)
		values[i] = energy_of(&results->runs[i], domain).joules;
	return statistics_of(values, results->count, statistics);
}

static double duration_of(const struct run_result *result)
{
	return result->whole ? result->whole->duration_s : (double)NAN;
}

bool figures_of(const struct results *results, struct figures *figures)
{
	size_t domains = results->domain_count;
	*figures = (struct figures){ .failed = 0 };
	double *values = calloc(results->count + 1, sizeof *values);
	figures->domains = calloc(domains + 1, sizeof *figures->domains);
	bool ok = values && figures->domains;
	for (size_t i = 0; ok && i < results->count; i++) {
		values[i] = duration_of(&results->runs[i]);
		figures->failed += exit_code(results->runs[i].status) != 0;
	}
	ok = ok && statistics_of(values, results->count, &figures->duration);
	ok = ok && statistics_of_domain(results, FIGURES_TOTAL, values, &figures->total);
	for (size_t i = 0; ok && i < domains; i++)
		ok = statistics_of_domain(results, i, values, &figures->domains[i]);
	free(values);
	return ok;
}

void figures_free(struct figures *figures)
{
	free(figures->domains);
	figures->domains = NULL;
}

static void add_energy(joules_energy *sum, const joules_energy *energy)
{
	sum->joules += energy->joules;
	sum->low += energy->low;
	sum->high += energy->high;
	sum->flags |= energy->flags;
}

static joules_energy divided(joules_energy energy, double by)
{
	energy.joules /= by;
	energy.low /= by;
	energy.high /= by;
	energy.likely_low /= by;
	energy.likely_high /= by;
	return energy;
}

joules_energy figures_mean(const struct results *results, size_t domain)
{
	joules_energy sum = JOULES_ENERGY_ZERO;
	size_t count = 0;
	for (size_t i = 0; i < results->count; i++) {
		joules_energy energy = energy_of(&results->runs[i], domain);
		if (isnan(energy.joules))
			continue;
		add_energy(&sum, &energy);
		count++;
	}
	return count > 0 ? divided(sum, (double)count) : no_energy;
}

joules_energy figures_attributed(const struct results *results, double *cpu_share)
{
	joules_energy sum = JOULES_ENERGY_ZERO;
	size_t count = 0;
	*cpu_share = 0.0;
	for (size_t i = 0; i < results->count; i++) {
		const struct run_result *result = &results->runs[i];
		if (!result->whole)
			continue;
		joules_energy energy = share_energy(&result->share, result->whole, result->total_source);
		if (isnan(energy.joules))
			continue;
		add_energy(&sum, &energy);
		*cpu_share += result->share.cpu;
		count++;
	}
	if (count > 0)
		*cpu_share /= (double)count;
	return count > 0 ? divided(sum, (double)count) : no_energy;
}

joules_energy figures_idle_watts(const struct results *results, size_t domain)
{
	const joules_sample *idle = results->idle;
	if (!idle || !(idle->duration_s > 0))
		return no_energy;
	const joules_energy *energy =
	    domain == FIGURES_TOTAL ? joules_sample_total(idle, NULL) : joules_sample_energy(idle, domain);
	return divided(*energy, idle->duration_s);
}

static double mean_duration(const struct results *results)
{
	double sum = 0.0;
	size_t count = 0;
	for (size_t i = 0; i < results->count; i++) {
		if (!results->runs[i].whole)
			continue;
		sum += results->runs[i].whole->duration_s;
		count++;
	}
	return count > 0 ? sum / (double)count : (double)NAN;
}

joules_energy figures_above_idle(const struct results *results, size_t domain)
{
	joules_energy run = figures_mean(results, domain), idle = figures_idle_watts(results, domain);
	double time = mean_duration(results);
	joules_energy above = JOULES_ENERGY_ZERO;
	above.joules = run.joules - idle.joules * time;
	above.low = run.low - idle.high * time;
	above.high = run.high - idle.low * time;
	above.flags = run.flags | idle.flags;
	return above;
}

double figures_half(const joules_energy *energy)
{
	double below = energy->joules - energy->low, above = energy->high - energy->joules;
	if (isnan(below) || isnan(above))
		return (double)NAN;
	return below > above ? below : above;
}
