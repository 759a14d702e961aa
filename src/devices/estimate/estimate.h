/* SPDX-License-Identifier: MIT */
/* The estimate: what a machine of this processor's family takes for the CPU time that was used. docs/estimate.md has
 * the model. */
#ifndef JOULES_DEVICES_ESTIMATE_H
#define JOULES_DEVICES_ESTIMATE_H

#include <joules/joules.h>

#include "base/cpu.h"
#include "base/cputime.h"

extern const joules_device_ops estimate_device;

/* Share of the range between idle and full load that is drawn at 0, 10, … 100 % of CPU time. */
enum { CURVE_POINTS = 11 };

/* The middle of many machines and the ends between which 8 of 10 lie. */
struct spread {
	double p10;
	double median;
	double p90;
};

/* One row of the table: servers of one processor family, watts for each hardware thread, at the wall. */
struct estimate_family {
	const char *name; /* NULL: unknown */
	struct spread idle_w;
	struct spread full_w;
	const double *curve;
};

extern const double estimate_curve_intel[CURVE_POINTS];
extern const double estimate_curve_amd[CURVE_POINTS];
extern const double estimate_curve_mean[CURVE_POINTS]; /* for a vendor without a curve of its own */

/* Never NULL: where the processor is in no row, the row of the unknown. */
const struct estimate_family *estimate_family_of(const struct cpu *cpu);

/* What turns CPU time into joules here: watts of the whole machine, and how wide the band is at least. */
struct estimate_model {
	struct spread idle_w;
	struct spread full_w;
	const double *curve;
	double curve_doubt; /* of the range between idle and full load; 0 where the spreads hold it already */
	double least;       /* the band reaches at least from joules × least … */
	double most;        /* … to joules × most */
	double threads;     /* at least 1 */
};

/* From the family table. */
struct estimate_model estimate_model_of_table(const struct cpu *cpu);
/* From two powers that the user knows. */
struct estimate_model estimate_model_of_watts(const struct cpu *cpu, double idle_w, double full_w);

/* The curve between its points, for a utilisation of 0 … 1. */
double estimate_curve_at(const double *curve, double utilisation);

/* One reading of the machine's CPU time, and CLOCK_MONOTONIC just before and after it. */
struct estimate_reading {
	struct cputime time;
	int64_t before_ns, after_ns;
};

/* The energy between two readings, over `seconds`. Invalid where a clock or a CPU time went backward, or more ticks
 * were counted than can have been. */
joules_energy estimate_energy(const struct estimate_model *model, const struct estimate_reading *begin,
    const struct estimate_reading *end, double seconds, double ticks_per_second);

#endif
