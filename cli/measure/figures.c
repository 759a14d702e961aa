/* SPDX-License-Identifier: MIT */
#include "measure/figures.h"

#include <math.h>
#include <stdlib.h>

static const joules_energy none = JOULES_ENERGY_NONE;

bool figures_is_full(const joules_energy *energy)
{
	return !isnan(energy->joules) && !(energy->flags & (JOULES_PARTIAL | JOULES_INVALID));
}

double figures_half(const joules_energy *energy)
{
	double below = energy->joules - energy->low, above = energy->high - energy->joules;
	if (isnan(below) || isnan(above))
		return (double)NAN;
	return below > above ? below : above;
}

double figures_doubt(const joules_energy *energy)
{
	double half = figures_half(energy);
	return isnan(half) ? energy->joules - energy->low : half;
}

bool figures_spread(const double *values, size_t count, joules_statistics *spread)
{
	*spread = (joules_statistics)JOULES_STATISTICS_INIT;
	return joules_statistics_of(values, count, spread) == JOULES_OK;
}

/* ---- energies ---- */

static void add(joules_energy *sum, const joules_energy *energy)
{
	sum->joules += energy->joules;
	sum->low += energy->low;
	sum->high += energy->high;
	sum->flags |= energy->flags & ~(unsigned)JOULES_WRAPPED;
}

static joules_energy divided(joules_energy energy, double by)
{
	energy.joules /= by;
	energy.low /= by;
	energy.high /= by;
	return energy;
}

/* The energy of a domain in a sample, or what of it is above idle. */
typedef joules_energy (*measure)(const struct figures *figures, const joules_sample *sample, size_t domain);

static joules_energy whole(const struct figures *figures, const joules_sample *sample, size_t domain)
{
	const joules_energy *energy = joules_sample_energy(sample, domain);
	return !figures->domains[domain].left_out && figures_is_full(energy) ? *energy : none;
}

static joules_energy above_idle(const struct figures *figures, const joules_sample *sample, size_t domain)
{
	joules_energy energy = whole(figures, sample, domain), idle = figures->domains[domain].idle_w;
	double time = sample->duration_s;
	joules_energy above = JOULES_ENERGY_ZERO;
	above.joules = energy.joules - idle.joules * time;
	above.low = energy.low - idle.high * time;
	above.high = energy.high - idle.low * time;
	above.flags = energy.flags | idle.flags;
	return above;
}

/* in_total is of domains that are measured together, as here. Without what is left out, and above idle also without
 * what was not measured while the machine was idle. */
static joules_energy total_of(const struct figures *figures, const joules_sample *sample, measure take)
{
	joules_energy sum = JOULES_ENERGY_ZERO;
	bool any = false, all = joules_sample_missing(figures->example, NULL, 0) == 0;
	for (size_t i = 0; i < sample->domain_count; i++) {
		if (!sample->domains[i]->in_total || figures->domains[i].left_out)
			continue;
		if (!figures_is_full(joules_sample_energy(sample, i)))
			return none;
		joules_energy energy = take(figures, sample, i);
		if (isnan(energy.joules)) {
			all = false;
			continue;
		}
		add(&sum, &energy);
		any = true;
	}
	if (!any)
		return none;
	if (!all) {
		sum.high = (double)NAN;
		sum.flags |= JOULES_PARTIAL;
	}
	return sum;
}

joules_energy figures_total(const struct figures *figures, const joules_sample *sample)
{
	return total_of(figures, sample, whole);
}

/* ---- which runs count ---- */

static void find_left_out(const struct results *results, struct figures *figures)
{
	for (size_t d = 0; d < results->domain_count; d++) {
		struct figure *figure = &figures->domains[d];
		figure->left_out = true;
		for (size_t i = 0; i < results->count; i++)
			if (results->runs[i].whole && figures_is_full(joules_sample_energy(results->runs[i].whole, d)))
				figure->left_out = false;
	}
}

static bool counts(const struct figures *figures, const joules_sample *sample)
{
	bool any = false;
	for (size_t d = 0; sample && d < sample->domain_count; d++) {
		if (figures->domains[d].left_out)
			continue;
		if (!figures_is_full(joules_sample_energy(sample, d)))
			return false;
		any = true;
	}
	return any;
}

static void find_counted(const struct results *results, struct figures *figures)
{
	for (size_t i = 0; i < results->count; i++) {
		const struct run_result *run = &results->runs[i];
		figures->counts[i] = counts(figures, run->whole);
		if (run->whole && (!figures->example || (figures->counts[i] && figures->counted == 0))) {
			figures->example = run->whole;
			figures->source = run->total_source;
		}
		figures->counted += figures->counts[i];
	}
}

/* ---- a figure over the runs that count ---- */

static joules_energy value_of(const struct figures *figures, const joules_sample *sample, size_t domain, measure take)
{
	return domain < sample->domain_count ? take(figures, sample, domain) : total_of(figures, sample, take);
}

/* Of the total where domain is beyond the last one. */
static bool summarise(const struct results *results, const struct figures *figures, size_t domain, measure take,
    double *values, joules_energy *mean, joules_statistics *spread)
{
	joules_energy sum = JOULES_ENERGY_ZERO;
	size_t count = 0;
	for (size_t i = 0; i < results->count; i++) {
		if (!figures->counts[i])
			continue;
		joules_energy energy = value_of(figures, results->runs[i].whole, domain, take);
		add(&sum, &energy);
		values[count++] = energy.joules;
	}
	*mean = count > 0 ? divided(sum, (double)count) : none;
	return figures_spread(values, count, spread);
}

/* What is wrong with a domain that is left out: the flags of all runs. */
static unsigned flags_of(const struct results *results, size_t domain)
{
	unsigned flags = 0;
	for (size_t i = 0; i < results->count; i++)
		if (results->runs[i].whole)
			flags |= joules_sample_energy(results->runs[i].whole, domain)->flags;
	return flags;
}

static bool fill(const struct results *results, struct figures *figures, size_t domain, double *values)
{
	struct figure *figure = domain < results->domain_count ? &figures->domains[domain] : &figures->total;
	bool ok = summarise(results, figures, domain, whole, values, &figure->mean, &figure->spread);
	if (figure->left_out)
		figure->mean.flags = flags_of(results, domain);
	figure->above = none;
	if (results->idle)
		ok = ok && summarise(results, figures, domain, above_idle, values, &figure->above, &figure->above_spread);
	return ok;
}

static void find_idle(const struct results *results, struct figures *figures)
{
	const joules_sample *idle = results->idle;
	joules_energy sum = JOULES_ENERGY_ZERO;
	bool any = false;
	for (size_t d = 0; d < results->domain_count; d++) {
		struct figure *figure = &figures->domains[d];
		figure->idle_w = none;
		if (!idle || !(idle->duration_s > 0) || !figures_is_full(joules_sample_energy(idle, d)))
			continue;
		figure->idle_w = divided(*joules_sample_energy(idle, d), idle->duration_s);
		if (!results->domains[d]->in_total || figure->left_out)
			continue;
		add(&sum, &figure->idle_w);
		any = true;
	}
	figures->total.idle_w = any ? sum : none;
}

static bool fill_all(const struct results *results, struct figures *figures, double *values)
{
	for (size_t i = 0; i < results->count; i++) {
		const struct run_result *run = &results->runs[i];
		int code = exit_code(run->status);
		figures->statuses[code]++;
		figures->failed += code != 0;
		values[i] = run->whole ? run->whole->duration_s : (double)NAN;
	}
	bool ok = figures_spread(values, results->count, &figures->duration);
	for (size_t d = 0; ok && d <= results->domain_count; d++)
		ok = fill(results, figures, d, values);
	return ok;
}

bool figures_of(const struct results *results, struct figures *figures)
{
	*figures = (struct figures){ .failed = 0 };
	double *values = calloc(results->count + 1, sizeof *values);
	figures->counts = calloc(results->count + 1, sizeof *figures->counts);
	figures->domains = calloc(results->domain_count + 1, sizeof *figures->domains);
	bool ok = values && figures->counts && figures->domains;
	if (ok) {
		find_left_out(results, figures);
		find_counted(results, figures);
		find_idle(results, figures);
		ok = fill_all(results, figures, values);
	}
	free(values);
	return ok;
}

void figures_free(struct figures *figures)
{
	free(figures->counts);
	free(figures->domains);
	*figures = (struct figures){ .failed = 0 };
}

/* ---- the command's part ---- */

joules_energy figures_attributed(const struct results *results, const struct figures *figures, double *cpu_share)
{
	joules_energy sum = JOULES_ENERGY_ZERO;
	size_t count = 0;
	*cpu_share = 0.0;
	for (size_t i = 0; i < results->count; i++) {
		const struct run_result *run = &results->runs[i];
		if (!run->whole || (figures->counted > 0 && !figures->counts[i]))
			continue;
		joules_energy energy = share_energy(&run->share, run->whole, run->total_source);
		if (isnan(energy.joules))
			continue;
		add(&sum, &energy);
		*cpu_share += run->share.cpu;
		count++;
	}
	if (count == 0)
		return none;
	*cpu_share /= (double)count;
	return divided(sum, (double)count);
}
