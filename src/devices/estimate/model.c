/* SPDX-License-Identifier: MIT */
/* Pure arithmetic: CPU time of two readings → joules and their band. docs/estimate.md says why. */
#include "devices/estimate/estimate.h"

#include <math.h>

/* Fewer busy ticks than this say too little of the utilisation: then anything from idle to full load is possible. */
static const uint64_t FEWEST_TICKS = 10;

/* Never tighter than this: a bare machine of a known family, and a virtual one (unknown neighbours and workload). */
static const double BARE_DOUBT = 0.15, VIRTUAL_DOUBT = 0.50, UNKNOWN_FACTOR = 2.5;

/* Two standard deviations of the results around their vendor's curve; around the mean of the curves, half their
 * distance (0.07) more. */
static const double CURVE_DOUBT = 0.16, MEAN_CURVE_DOUBT = 0.23;

double estimate_curve_at(const double *curve, double utilisation)
{
	if (!(utilisation > 0.0))
		return curve[0];
	if (utilisation >= 1.0)
		return curve[CURVE_POINTS - 1];
	double place = utilisation * (CURVE_POINTS - 1);
	int point = (int)place;
	return curve[point] + (curve[point + 1] - curve[point]) * (place - point);
}

static struct spread times(struct spread spread, double factor)
{
	return (struct spread){ spread.p10 * factor, spread.median * factor, spread.p90 * factor };
}

static double threads_of(const struct cpu *cpu)
{
	return cpu->threads > 0 ? cpu->threads : 1.0;
}

struct estimate_model estimate_model_of_table(const struct cpu *cpu)
{
	const struct estimate_family *family = estimate_family_of(cpu);
	double threads = threads_of(cpu);
	struct estimate_model model = {
		.idle_w = times(family->idle_w, threads),
		.full_w = times(family->full_w, threads),
		.curve = family->curve,
		.threads = threads,
	};
	if (!family->name) {
		model.least = 1.0 / UNKNOWN_FACTOR;
		model.most = UNKNOWN_FACTOR;
	} else {
		double doubt = cpu->is_virtual ? VIRTUAL_DOUBT : BARE_DOUBT;
		model.least = 1.0 - doubt;
		model.most = 1.0 + doubt;
	}
	return model;
}

struct estimate_model estimate_model_of_watts(const struct cpu *cpu, double idle_w, double full_w)
{
	const double *curve = estimate_family_of(cpu)->curve;
	return (struct estimate_model){
		.idle_w = { idle_w, idle_w, idle_w },
		.full_w = { full_w, full_w, full_w },
		.curve = curve,
		.curve_doubt = curve == estimate_curve_mean ? MEAN_CURVE_DOUBT : CURVE_DOUBT,
		.least = 1.0 - BARE_DOUBT,
		.most = 1.0 + BARE_DOUBT,
		.threads = threads_of(cpu),
	};
}

/* What was counted between two readings. */
struct usage {
	uint64_t busy;
	double utilisation;
};

/* False if a counter went backward. Idle may slip by a tick a CPU: iowait is taken back where the kernel changes its
 * mind (proc(5)). */
static bool usage_between(
    struct usage *usage, const struct estimate_model *model, const struct cputime *begin, const struct cputime *end)
{
	if (end->busy < begin->busy)
		return false;
	if (end->idle < begin->idle && (double)(begin->idle - end->idle) > model->threads)
		return false;
	usage->busy = end->busy - begin->busy;
	double busy = (double)usage->busy;
	double idle = end->idle > begin->idle ? (double)(end->idle - begin->idle) : 0.0;
	/* No tick at all: shorter than a tick, and what is measured is code that runs: one thread. */
	usage->utilisation = busy + idle > 0.0 ? busy / (busy + idle) : 1.0 / model->threads;
	return true;
}

static double power(double idle_w, double full_w, double share)
{
	return idle_w + (full_w - idle_w) * share;
}

/* The band in watts for a known utilisation. */
static void band_at(const struct estimate_model *model, double share, double *low_w, double *high_w)
{
	double range_w = model->full_w.median - model->idle_w.median;
	double doubt_w = model->curve_doubt * range_w;
	*low_w = fmax(power(model->idle_w.p10, model->full_w.p10, share) - doubt_w, model->idle_w.p10);
	*high_w = fmin(power(model->idle_w.p90, model->full_w.p90, share) + doubt_w, model->full_w.p90);
}

joules_energy estimate_energy(const struct estimate_model *model, const struct cputime *begin,
    const struct cputime *end, double seconds, double ticks_per_second)
{
	struct usage usage;
	if (!(seconds >= 0.0) || !isfinite(seconds) || !usage_between(&usage, model, begin, end))
		return (joules_energy)JOULES_ENERGY_NONE;

	double share = estimate_curve_at(model->curve, usage.utilisation);
	double watts = power(model->idle_w.median, model->full_w.median, share);
	double low_w = model->idle_w.p10, high_w = model->full_w.p90;
	if (usage.busy >= FEWEST_TICKS)
		band_at(model, share, &low_w, &high_w);
	return (joules_energy){
		.joules = watts * seconds,
		.low = fmin(low_w, watts * model->least) * seconds,
		.high = fmax(high_w, watts * model->most) * seconds,
		.flags = seconds * ticks_per_second < 2.0 ? JOULES_BELOW_TICK : 0,
		.likely_low = (double)NAN,
		.likely_high = (double)NAN,
	};
}
