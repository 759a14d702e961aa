/* SPDX-License-Identifier: MIT */
/*
 * The figures are statistics of the published SPECpower_ssj2008 results (https://www.spec.org/power_ssj2008/results/),
 * as collected in Cloud Carbon Footprint's ccf-coefficients, data/SPECpower-2026-03-09.csv (1088 results): watts at the
 * wall when idle and at 100 % of load, divided by the hardware threads of the machine; 10th percentile, median and 90th
 * percentile of the n results of each family. The curves are the means of the results of 2017 and later, by vendor of
 * the processor.
 */
#include "devices/estimate/estimate.h"

#include <string.h>

/* sd of the results at most 0.08 at any point, for both */
const double estimate_curve_intel[CURVE_POINTS] = { 0.0, 0.15, 0.22, 0.28, 0.34, 0.41, 0.49, 0.58, 0.70, 0.85, 1.0 };
const double estimate_curve_amd[CURVE_POINTS] = { 0.0, 0.25, 0.33, 0.41, 0.48, 0.55, 0.63, 0.70, 0.79, 0.88, 1.0 };
const double estimate_curve_mean[CURVE_POINTS] = { 0.0, 0.20, 0.275, 0.345, 0.41, 0.48, 0.56, 0.64, 0.745, 0.865, 1.0 };

/* How a processor is recognised. x86: `id` is the CPUID family, `from … to` the models; Arm: `id` is the implementer,
 * `from … to` the parts. */
struct row {
	enum cpu_vendor vendor;
	unsigned id;
	unsigned from, to;
	unsigned first_stepping, last_stepping;
	const char *not_made_by; /* DMI's sys_vendor: the same core in machines that nobody has measured */
	struct estimate_family family;
};

#define ANY_STEPPING 0, ~0U
#define INTEL_ROW(from, to) CPU_INTEL, 6, from, to
#define AMD_ROW(family, from, to) CPU_AMD, family, from, to

/*
 * Models: Intel: Linux arch/x86/include/asm/intel-family.h; the steppings of model 0x55:
 * tools/perf/pmu-events/arch/x86/mapfile.csv for Skylake and later, QEMU target/i386/cpu.c for Cooper Lake. AMD:
 * illumos usr/src/uts/intel/os/cpuid_subr.c, which names the product of each range; Linux arch/x86/kernel/cpu/amd.c has
 * the same generations. Arm: Linux arch/arm64/include/asm/cputype.h.
 */
static const struct row rows[] = {
	/* n = 10: EPYC 7xx1, Naples */
	{ AMD_ROW(0x17, 0x00, 0x07), ANY_STEPPING, NULL,
	    { "EPYC 7xx1 (Zen)", { 0.63, 0.74, 1.03 }, { 2.23, 2.32, 2.98 }, estimate_curve_amd } },
	/* n = 36: EPYC 7xx2, Rome */
	{ AMD_ROW(0x17, 0x30, 0x3f), ANY_STEPPING, NULL,
	    { "EPYC 7xx2 (Zen 2)", { 0.32, 0.44, 0.67 }, { 1.53, 1.66, 1.92 }, estimate_curve_amd } },
	/* n = 28: EPYC 7xx3, Milan */
	{ AMD_ROW(0x19, 0x00, 0x0f), ANY_STEPPING, NULL,
	    { "EPYC 7xx3 (Zen 3)", { 0.33, 0.42, 0.62 }, { 1.77, 1.92, 2.22 }, estimate_curve_amd } },
	/* n = 71: EPYC 9xx4 and 8xx4; Genoa, then Bergamo and Siena */
	{ AMD_ROW(0x19, 0x10, 0x1f), ANY_STEPPING, NULL,
	    { "EPYC 9xx4 (Zen 4)", { 0.22, 0.33, 1.08 }, { 1.28, 1.66, 2.69 }, estimate_curve_amd } },
	{ AMD_ROW(0x19, 0xa0, 0xaf), ANY_STEPPING, NULL,
	    { "EPYC 9xx4/8xx4 (Zen 4c)", { 0.22, 0.33, 1.08 }, { 1.28, 1.66, 2.69 }, estimate_curve_amd } },
	/* n = 39: EPYC 9xx5, Turin and Turin Dense */
	{ AMD_ROW(0x1a, 0x00, 0x1f), ANY_STEPPING, NULL,
	    { "EPYC 9xx5 (Zen 5)", { 0.18, 0.22, 0.35 }, { 1.10, 1.17, 1.97 }, estimate_curve_amd } },

	/* n = 115 */
	{ INTEL_ROW(0x2d, 0x2d), ANY_STEPPING, NULL,
	    { "Xeon E5 (Sandy Bridge)", { 1.58, 1.75, 3.24 }, { 6.54, 7.92, 10.8 }, estimate_curve_intel } },
	/* n = 16 */
	{ INTEL_ROW(0x3f, 0x3f), ANY_STEPPING, NULL,
	    { "Xeon E5 v3 (Haswell)", { 0.56, 0.65, 0.76 }, { 3.68, 3.81, 4.23 }, estimate_curve_intel } },
	/* n = 17 */
	{ INTEL_ROW(0x4f, 0x4f), ANY_STEPPING, NULL,
	    { "Xeon E5 v4 (Broadwell)", { 0.47, 0.53, 1.19 }, { 2.77, 3.09, 5.43 }, estimate_curve_intel } },
	/* n = 77, 77, 51: three generations share model 0x55 */
	{ INTEL_ROW(0x55, 0x55), 0, 4, NULL,
	    { "Xeon Scalable (Skylake)", { 0.40, 0.53, 0.75 }, { 3.26, 4.12, 4.47 }, estimate_curve_intel } },
	{ INTEL_ROW(0x55, 0x55), 5, 9, NULL,
	    { "Xeon Scalable 2 (Cascade Lake)", { 0.43, 0.60, 1.04 }, { 3.18, 4.04, 4.46 }, estimate_curve_intel } },
	{ INTEL_ROW(0x55, 0x55), 10, 15, NULL,
	    { "Xeon Scalable 3 (Cooper Lake)", { 0.69, 0.92, 1.47 }, { 3.55, 4.12, 4.96 }, estimate_curve_intel } },
	{ INTEL_ROW(0x6a, 0x6a), ANY_STEPPING, NULL,
	    { "Xeon Scalable 3 (Ice Lake)", { 0.69, 0.92, 1.47 }, { 3.55, 4.12, 4.96 }, estimate_curve_intel } },
	/* n = 63 */
	{ INTEL_ROW(0x8f, 0x8f), ANY_STEPPING, NULL,
	    { "Xeon Scalable 4 (Sapphire Rapids)", { 0.65, 0.90, 1.68 }, { 3.09, 3.99, 4.95 }, estimate_curve_intel } },
	/* n = 32 */
	{ INTEL_ROW(0xcf, 0xcf), ANY_STEPPING, NULL,
	    { "Xeon Scalable 5 (Emerald Rapids)", { 0.63, 0.83, 0.99 }, { 2.54, 3.31, 4.69 }, estimate_curve_intel } },
	/* n = 29 */
	{ INTEL_ROW(0xad, 0xad), ANY_STEPPING, NULL,
	    { "Xeon 6 P (Granite Rapids)", { 0.48, 0.62, 1.12 }, { 2.28, 2.73, 3.73 }, estimate_curve_intel } },
	/* n = 16; a thread is a core */
	{ INTEL_ROW(0xaf, 0xaf), ANY_STEPPING, NULL,
	    { "Xeon 6 E (Sierra Forest)", { 0.54, 0.69, 0.84 }, { 2.21, 2.51, 2.96 }, estimate_curve_intel } },

	/* n = 7; a thread is a core. Neoverse N1 is Amazon's Graviton 2 too, of which no result is published. */
	{ CPU_ARM, 0x41, 0xd0c, 0xd0c, ANY_STEPPING, "Amazon EC2",
	    { "Ampere Altra (Neoverse N1)", { 0.56, 0.62, 1.04 }, { 1.14, 1.92, 2.01 }, estimate_curve_mean } },
};

/* The median of the medians above, and a factor of 2.5 each way: the mean of all servers of 2017 … 2022 misses a tenth
 * of them by 83 % or more. */
static const struct estimate_family unknown = { NULL, { 0.62 / 2.5, 0.62, 0.62 * 2.5 },
	{ 2.91 / 2.5, 2.91, 2.91 * 2.5 }, estimate_curve_mean };

static bool is_in(const struct row *row, const struct cpu *cpu)
{
	bool is_arm = row->vendor == CPU_ARM;
	unsigned id = is_arm ? cpu->implementer : cpu->family;
	unsigned number = is_arm ? cpu->part : cpu->model;
	return row->vendor == cpu->vendor && row->id == id && number >= row->from && number <= row->to &&
	    cpu->stepping >= row->first_stepping && cpu->stepping <= row->last_stepping &&
	    !(row->not_made_by && strcmp(cpu->maker, row->not_made_by) == 0);
}

const struct estimate_family *estimate_family_of(const struct cpu *cpu)
{
	for (const struct row *row = rows; row < rows + sizeof rows / sizeof *rows; row++)
		if (is_in(row, cpu))
			return &row->family;
	return &unknown;
}
