/* SPDX-License-Identifier: MIT */
#include "model/counter.h"

#include <math.h>

void counter_init(struct counter *counter, const joules_domain *domain)
{
	*counter = (struct counter){ .domain = domain, .modulus = domain->modulus, .tick.seconds = domain->tick_s };
}

/* A suspend may last; its own jitter between two clock reads does not matter. */
#define SLEPT_NS 1000000

/*
 * A counter went down. It wrapped only if its range is known, the machine did not sleep (S3 and S4 reset counters) and
 * the energy that a wrap implies could have been spent in the time. Else it was reset or is broken, and nobody knows
 * what happened in between.
 */
static bool is_wrap(const struct counter *counter, uint64_t delta, int64_t end_ns, int64_t asleep_ns)
{
	const joules_domain *domain = counter->domain;
	if (!counter->modulus || asleep_ns - counter->asleep_ns > SLEPT_NS)
		return false;
	if (domain->max_power_w <= 0.0)
		return true;
	double seconds = (double)(end_ns - counter->read_ns) * 1e-9 + domain->longest_tick_s;
	return (double)delta * domain->unit_j <= domain->max_power_w * seconds;
}

static void count(struct counter *counter, uint64_t raw, int64_t end_ns, int64_t asleep_ns)
{
	if (counter->modulus && raw >= counter->modulus)
		counter->modulus = 0; /* the range file is wrong: take values as they come */
	if (counter->now.read == 0) {
		counter->raw = raw;
		return;
	}
	if (raw >= counter->raw) {
		counter->now.units += raw - counter->raw;
	} else {
		uint64_t delta = counter->modulus - counter->raw + raw;
		if (is_wrap(counter, delta, end_ns, asleep_ns)) {
			counter->now.units += delta;
			counter->now.wraps++;
		} else {
			counter->now.generation++;
		}
	}
	counter->raw = raw;
	counter->now.level = (double)counter->now.units * counter->domain->unit_j;
}

static void accumulate(struct counter *counter, double joules)
{
	if (counter->now.read > 0 && !(joules >= counter->raw_joules))
		counter->now.generation++;
	counter->raw_joules = joules;
	counter->now.level = joules;
}

/* Before anything later is known: what the highest plausible power could have spent since the value was published. */
static double unsettled_above(const struct counter *counter, int64_t bracket_ns)
{
	const joules_domain *domain = counter->domain;
	double longest_s = domain->longest_tick_s;
	if (domain->kind == JOULES_KIND_MODEL)
		return 0.0;
	if (domain->longest_tick_s > 0.0 && domain->max_power_w <= 0.0)
		return (double)INFINITY;
	/* It has stood still for longer than was said: what it will do next, and did before, nobody knows better. */
	if (domain->tick_varies && counter->tick.seconds > longest_s)
		longest_s += counter->tick.seconds;
	return domain->unit_j + domain->max_power_w * (longest_s + (double)bracket_ns * 1e-9);
}

/* ---- what a good read says, after the one before it ---- */

/* Nothing before this read says anything of what comes after it. */
static void begin_anew(struct counter *counter, int64_t end_ns)
{
	counter->first_ns = end_ns;
	moves_forget(&counter->moves);
}

static void note_move(struct counter *counter, double before, int64_t end_ns)
{
	struct move move = { counter->now.read, before, counter->now.level, counter->read_ns, end_ns };
	if (counter->domain->tick_varies)
		tick_moved(&counter->tick, moves_last(&counter->moves), &move);
	moves_add(&counter->moves, &move);
}

static void note_standstill(struct counter *counter, int64_t begin_ns)
{
	const struct move *last = moves_last(&counter->moves);
	tick_stood(&counter->tick, last ? last->ns : counter->first_ns, begin_ns);
}

/* The first good read, or the first after a failure or a break: what was seen from here on can be given. */
static void resume(struct counter *counter)
{
	counter->now.resumed_read = counter->now.read;
	counter->now.resumed = counter->now.level;
	counter->now.resumed_above = counter->now.above;
}

static bool is_usable(const joules_domain *domain, const joules_raw *raw)
{
	return raw->ok && !(domain->kind == JOULES_KIND_JOULES && !isfinite(raw->joules));
}

bool counter_update(struct counter *counter, const joules_raw *raw, int64_t begin_ns, int64_t end_ns, int64_t asleep_ns)
{
	const joules_domain *domain = counter->domain;
	struct point *now = &counter->now;
	bool resumed = !now->ok, first = now->read == 0;
	double before = now->level;
	uint32_t generation = now->generation;
	now->ok = is_usable(domain, raw);
	if (!now->ok)
		return false;
	if (domain->kind == JOULES_KIND_COUNTER)
		count(counter, raw->count, end_ns, asleep_ns);
	else if (domain->kind == JOULES_KIND_JOULES)
		accumulate(counter, raw->joules);
	now->read++;
	bool broken = now->generation != generation, moved = !first && !broken && now->level > before;
	if (first || broken)
		begin_anew(counter, end_ns);
	else if (moved)
		note_move(counter, before, end_ns);
	else if (domain->tick_varies)
		note_standstill(counter, begin_ns);
	now->settled = domain->kind == JOULES_KIND_MODEL;
	now->tick_s = counter->tick.seconds;
	now->above = unsettled_above(counter, end_ns - begin_ns);
	if (resumed || broken)
		resume(counter);
	counter->read_ns = end_ns;
	counter->asleep_ns = asleep_ns;
	return moved || broken;
}
