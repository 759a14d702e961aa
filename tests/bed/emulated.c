/* SPDX-License-Identifier: MIT */
#include "emulated.h"

#include <math.h>

static double shown_j(const struct emulated *emulated, int64_t ns)
{
	return curve_energy(&emulated->curve, tick_last(&emulated->tick, ns));
}

static uint64_t wrapped(const struct emulated *emulated, uint64_t raw)
{
	return emulated->modulus > 0 ? raw % emulated->modulus : raw;
}

uint64_t emulated_raw(const struct emulated *emulated, int64_t ns)
{
	if (emulated->frozen)
		return emulated->base_raw;
	double units = floor((shown_j(emulated, ns) - emulated->base_j) / emulated->unit_j);
	return wrapped(emulated, emulated->base_raw + (units > 0 ? (uint64_t)units : 0));
}

void emulated_set(struct emulated *emulated, int64_t ns, uint64_t raw)
{
	emulated->base_j = shown_j(emulated, ns);
	emulated->base_raw = wrapped(emulated, raw);
}

void emulated_step(struct emulated *emulated, int64_t ns, double joules)
{
	double units = round(fabs(joules) / emulated->unit_j);
	uint64_t now = emulated_raw(emulated, ns), step = (uint64_t)units;
	if (joules >= 0)
		emulated_set(emulated, ns, now + step);
	else
		emulated_set(emulated, ns, now > step ? now - step : 0);
}

void emulated_wrap_after(struct emulated *emulated, int64_t ns, double joules)
{
	double units = ceil(joules / emulated->unit_j);
	if (emulated->modulus > 0 && units < (double)emulated->modulus)
		emulated_set(emulated, ns, emulated->modulus - (uint64_t)units);
}

void emulated_freeze(struct emulated *emulated, int64_t ns)
{
	emulated_set(emulated, ns, emulated_raw(emulated, ns));
	emulated->frozen = true;
}

void emulated_thaw(struct emulated *emulated, int64_t ns)
{
	if (emulated->frozen)
		emulated_set(emulated, ns, emulated->base_raw);
	emulated->frozen = false;
}

int fault_of_read(struct fault *fault)
{
	if (fault->error == 0)
		return 0;
	fault->reads++;
	bool over = fault->count > 0 && fault->reads >= fault->from + fault->count;
	return fault->reads >= fault->from && !over ? fault->error : 0;
}
