/* SPDX-License-Identifier: MIT */
#include "run/figures.h"

#include <math.h>
#include <stdlib.h>

static const joules_energy no_energy = { (double)NAN, (double)NAN, (double)NAN, JOULES_INVALID };

static joules_energy energy_of(const struct run_result *result, size_t domain)
{
	if (!result->whole)
		return no_energy;
	return domain == FIGURES_TOTAL ? result->total : result->whole->energy[domain];
}

static bool statistics_of_domain(
    const struct results *results, size_t domain, double *values, joules_statistics *statistics)
{
	for (size_t i = 0; i < results->count; i++)
		values[i] = energy_of(&results->runs[i], domain).joules;
	return joules_statistics_of(values, results->count, statistics) == JOULES_OK;
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
	ok = ok && joules_statistics_of(values, results->count, &figures->duration) == JOULES_OK;
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

static joules_energy divided(joules_energy sum, size_t count)
{
	if (count == 0)
		return no_energy;
	double n = (double)count;
	return (joules_energy){ sum.joules / n, sum.low / n, sum.high / n, sum.flags };
}

joules_energy figures_mean(const struct results *results, size_t domain)
{
	joules_energy sum = { 0.0, 0.0, 0.0, 0 };
	size_t count = 0;
	for (size_t i = 0; i < results->count; i++) {
		joules_energy energy = energy_of(&results->runs[i], domain);
		if (isnan(energy.joules))
			continue;
		add_energy(&sum, &energy);
		count++;
	}
	return divided(sum, count);
}

joules_energy figures_attributed(const struct results *results, double *cpu_share)
{
	joules_energy sum = { 0.0, 0.0, 0.0, 0 };
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
	return divided(sum, count);
}

joules_energy figures_idle_watts(const struct results *results, size_t domain)
{
	const joules_sample *idle = results->idle;
	if (!idle || !(idle->duration_s > 0))
		return no_energy;
	joules_energy energy = domain == FIGURES_TOTAL ? joules_sample_total(idle, NULL) : idle->energy[domain];
	double time = idle->duration_s;
	return (joules_energy){ energy.joules / time, energy.low / time, energy.high / time, energy.flags };
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
	return (joules_energy){ run.joules - idle.joules * time, run.low - idle.high * time, run.high - idle.low * time,
		run.flags | idle.flags };
}

double figures_half(const joules_energy *energy)
{
	double below = energy->joules - energy->low, above = energy->high - energy->joules;
	if (isnan(below) || isnan(above))
		return (double)NAN;
	return below > above ? below : above;
}
