/* SPDX-License-Identifier: MIT */
#include "devices/rapl/unit.h"

__extension__ typedef unsigned __int128 wide;

#define COUNTS (UINT64_C(1) << 32) /* the register has 32 bits: SDM volume 3B, "Package RAPL Domain" */
#define MOST (COUNTS - 1)

static double power_of_two(unsigned n)
{
	return 1.0 / (double)(UINT64_C(1) << n);
}

/*
 * Today's kernels: energy_unit is a whole number of nanojoules, 10^9 / 2^n rounded down, and energy_uj = count ×
 * energy_unit / 1000 (drivers/powercap/intel_rapl_common.c: rapl_check_unit_core, rapl_unit_xlate). Rounding n's unit
 * down is what is undone here.
 */
static double joules_of_nanojoules(uint64_t nanojoules, double *error)
{
	*error = 0.0;
	/* Haswell-EP … Ice Lake-SP DRAM: the driver has 15300, the hardware 2^-16 J (arch/x86/events/rapl.c). 0.27 % apart;
	 * nobody settled it. */
	if (nanojoules == 15300) {
		*error = 0.0027;
		return power_of_two(16);
	}
	for (unsigned n = 0; n < 30; n++)
		if (nanojoules == UINT64_C(1000000000) >> n)
			return power_of_two(n);
	return (double)nanojoules * 1e-9; /* Silvermont: 2^n µJ (rapl_check_unit_atom) */
}

static bool whole_nanojoules(uint64_t range_uj, struct rapl_unit *unit)
{
	uint64_t nanojoules = (uint64_t)(((wide)range_uj * 1000 + MOST / 2) / MOST);
	/* The coarsest is 1 J: psys of Sapphire Rapids. */
	if (nanojoules == 0 || nanojoules > 1000000000 || (uint64_t)((wide)MOST * nanojoules / 1000) != range_uj)
		return false;
	unit->joules = joules_of_nanojoules(nanojoules, &unit->error);
	unit->numerator = 1000;
	unit->denominator = nanojoules;
	return true;
}

/* Kernels of the 3.x and 4.x age computed with 2^-n J exactly: 262143999938. */
static bool exact_power(uint64_t range_uj, struct rapl_unit *unit)
{
	for (unsigned n = 0; n < 32; n++) {
		if ((uint64_t)(((wide)MOST * 1000000) >> n) != range_uj)
			continue;
		unit->joules = power_of_two(n);
		unit->numerator = UINT64_C(1) << n;
		unit->denominator = 1000000;
		return true;
	}
	return false;
}

struct rapl_unit rapl_unit_of_range(uint64_t range_uj)
{
	struct rapl_unit unit = { .known = true, .modulus = COUNTS };
	if (range_uj > 0 && (whole_nanojoules(range_uj, &unit) || exact_power(range_uj, &unit)))
		return unit;
	return (struct rapl_unit){
		.joules = 1e-6,
		.modulus = range_uj > 0 && range_uj < UINT64_MAX ? range_uj + 1 : 0,
		.numerator = 1,
		.denominator = 1,
	};
}

uint64_t rapl_count(const struct rapl_unit *unit, uint64_t energy_uj)
{
	uint64_t product;
	if (!__builtin_mul_overflow(energy_uj, unit->numerator, &product) && product <= UINT64_MAX - unit->denominator)
		return (product + unit->denominator - 1) / unit->denominator;
	return (uint64_t)(((wide)energy_uj * unit->numerator + unit->denominator - 1) / unit->denominator);
}
