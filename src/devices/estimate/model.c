/* SPDX-License-Identifier: MIT */
/* Pure arithmetic: CPU time of two readings → joules and their band. docs/estimate.md says why. */
#include "devices/estimate/estimate.h"

#include <math.h>

/* Fewer busy ticks than this say too little of the utilisation: then anything from idle to full load is possible. */
static const double FEWEST_TICKS = 10.0;

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

/* What was counted between two readings, in ticks. */
struct usage {
	double busy, idle, steal, all;
	double whole;     /* what should have been counted: threads × time */
	double most;      /* what can have been, of each */
	double slip;      /* how far idle and steal can go back */
	double low, high; /* how busy the machine was at least, and at most, 0 … 1 */
};

static double grown(uint64_t begin, uint64_t end)
{
	return end >= begin ? (double)(end - begin) : -(double)(begin - end);
}

static double as_share(double share)
{
	return share > 0.0 ? fmin(share, 1.0) : 0.0;
}

/*
 * How busy: that many of the ticks that should have been counted, or all of them but those that were seen otherwise.
 * Where the counts fill the time, these two are one. They do not where busy time is sampled at ticks and idle time is
 * exact (a healthy kernel was driven to 1.34 of the time), in guests without a steal clock, and in gVisor, which counts
 * nothing.
 */
static void set_range(struct usage *usage)
{
	double counted = as_share(usage->busy / usage->whole);
	double left = as_share((usage->whole - usage->idle - usage->steal) / usage->whole);
	usage->low = fmin(counted, left);
	usage->high = fmax(counted, left);
}

static struct usage usage_between(const struct estimate_model *model, const struct estimate_reading *begin,
    const struct estimate_reading *end, double ticks_per_second)
{
	const struct cputime *from = &begin->time, *to = &end->time;
	unsigned listed = from->threads > to->threads ? from->threads : to->threads; /* one may have gone, or come */
	double threads = listed > 0 ? listed : model->threads;
	double ticks = (double)(end->after_ns - begin->before_ns) * 1e-9 * ticks_per_second;
	struct usage usage = {
		.busy = grown(from->busy, to->busy),
		.idle = grown(from->idle, to->idle),
		.steal = grown(from->steal, to->steal),
		.whole = threads * ticks,
		.most = threads * (ticks + 1.0) + 2.0,
		.slip = threads,
	};
	usage.all = usage.busy + usage.idle + usage.steal;
	set_range(&usage);
	return usage;
}

/* Each thread's own last tick may stand at one end and not at the other, and each sum is rounded. Idle may slip by a
 * tick a thread: iowait is taken back where the kernel changes its mind (proc(5)). What is beyond was never spent: a
 * CPU that goes offline has its idle time counted otherwise, by millions of ticks (fs/proc/stat.c, get_idle_time). */
static bool is_possible(const struct usage *usage)
{
	return usage->busy >= 0.0 && usage->busy <= usage->most && usage->idle >= -usage->slip &&
	    usage->idle <= usage->most && usage->steal >= -usage->slip && usage->steal <= usage->most &&
	    usage->all <= 2.0 * usage->most;
}

/* Not a tick, neither busy nor idle: shorter than a tick, and what is measured is code that runs: one thread. */
static double utilisation(const struct estimate_model *model, const struct usage *usage)
{
	return usage->all > 0.0 ? as_share(usage->busy / usage->all) : 1.0 / model->threads;
}

static double power(double idle_w, double full_w, double share)
{
	return idle_w + (full_w - idle_w) * share;
}

/* The band in watts for a utilisation between two that are known. */
static void band_between(const struct estimate_model *model, double least, double most, double *low_w, double *high_w)
{
	double range_w = model->full_w.median - model->idle_w.median;
	double doubt_w = model->curve_doubt * range_w;
	double low = estimate_curve_at(model->curve, least), high = estimate_curve_at(model->curve, most);
	*low_w = fmax(power(model->idle_w.p10, model->full_w.p10, low) - doubt_w, model->idle_w.p10);
	*high_w = fmin(power(model->idle_w.p90, model->full_w.p90, high) + doubt_w, model->full_w.p90);
}

joules_energy estimate_energy(const struct estimate_model *model, const struct estimate_reading *begin,
    const struct estimate_reading *end, double seconds, double ticks_per_second)
{
	struct usage usage = usage_between(model, begin, end, ticks_per_second);
	if (!(seconds >= 0.0) || !isfinite(seconds) || !is_possible(&usage)) {
		joules_energy none = JOULES_ENERGY_NONE;
		none.reason = JOULES_REASON_IMPLAUSIBLE;
		return none;
	}

	double share = estimate_curve_at(model->curve, utilisation(model, &usage));
	double watts = power(model->idle_w.median, model->full_w.median, share);
	double low_w = model->idle_w.p10, high_w = model->full_w.p90;
	if (usage.busy >= FEWEST_TICKS)
		band_between(model, usage.low, usage.high, &low_w, &high_w);
	return (joules_energy){
		.joules = watts * seconds,
		.low = fmin(low_w, watts * model->least) * seconds,
		.high = fmax(high_w, watts * model->most) * seconds,
		.flags = seconds * ticks_per_second < 2.0 ? JOULES_BELOW_TICK : 0,
		.likely_low = (double)NAN,
		.likely_high = (double)NAN,
	};
}
