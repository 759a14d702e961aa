/* SPDX-License-Identifier: MIT */
#include "model/counter.h"

#include <math.h>
#include <string.h>

void counter_init(struct counter *counter, const joules_domain *domain)
{
	*counter = (struct counter){ .domain = domain, .modulus = domain->modulus, .now.tick_s = domain->tick_s };
}

/* A suspend may last; its own jitter between two clock reads does not matter. */
#define SLEPT_NS 1000000

/*
 * A counter went down. It wrapped only if its range is known, the machine did not sleep (S3 and S4 reset RAPL) and the
 * energy that a wrap implies could have been spent in the time. Else it was reset or is broken, and nobody knows what
 * happened in between.
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
	if (counter->now.good == 0) {
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
	if (counter->now.good > 0 && !(joules >= counter->raw_joules))
		counter->now.generation++;
	counter->raw_joules = joules;
	counter->now.level = joules;
}

/*
 * Where nobody can say how often the counter moves, its moves do. Two that were both caught between two close reads
 * give the tick, never too short a one; a counter that stood still has a tick of at least that time, so a region in
 * which it did is never long enough.
 */
static void learn_tick(struct counter *counter, bool moved, int64_t begin_ns, int64_t end_ns)
{
	double *tick_s = &counter->now.tick_s;
	if (!moved) {
		double stood_s = (double)(begin_ns - (counter->moved_ns ? counter->moved_ns : counter->first_ns)) * 1e-9;
		if (stood_s > *tick_s) {
			*tick_s = stood_s;
			counter->tick_learned = false;
		}
		return;
	}
	if (counter->moved_ns) {
		int64_t longest_ns = end_ns - counter->before_move_ns, shortest_ns = counter->read_ns - counter->moved_ns;
		double gap_s = (double)longest_ns * 1e-9;
		if (longest_ns - shortest_ns <= longest_ns / 4 && (!counter->tick_learned || gap_s < *tick_s)) {
			*tick_s = gap_s;
			counter->tick_learned = true;
		}
	}
	counter->before_move_ns = counter->read_ns;
	counter->moved_ns = end_ns;
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
	if (domain->tick_varies && counter->now.tick_s > longest_s)
		longest_s += counter->now.tick_s;
	return domain->unit_j + domain->max_power_w * (longest_s + (double)bracket_ns * 1e-9);
}

bool counter_update(struct counter *counter, const joules_raw *raw, int64_t begin_ns, int64_t end_ns, int64_t asleep_ns)
{
	const joules_domain *domain = counter->domain;
	struct point *now = &counter->now;
	now->read++;
	now->look_ns = 0;
	now->settled = domain->kind == JOULES_KIND_MODEL;
	bool usable = raw->ok && !(domain->kind == JOULES_KIND_JOULES && !isfinite(raw->joules));
	if (!usable) {
		now->ok = false;
		now->good_since = 0;
		return false;
	}
	double before = now->level;
	uint32_t generation = now->generation;
	if (domain->kind == JOULES_KIND_COUNTER)
		count(counter, raw->count, end_ns, asleep_ns);
	else if (domain->kind == JOULES_KIND_JOULES)
		accumulate(counter, raw->joules);
	else
		memcpy(now->model, raw->model, sizeof now->model);
	bool moved = now->good > 0 && now->level > before && now->generation == generation;
	if (now->good_since == 0 || now->generation != generation) {
		now->resumed = now->level;
		now->resumed_above = unsettled_above(counter, end_ns - begin_ns);
		now->good_since = 0;
	}
	if (now->good == 0 || now->generation != generation) {
		counter->first_ns = end_ns;
		counter->moved_ns = 0;
	}
	if (domain->tick_varies && generation == now->generation && now->good > 0)
		learn_tick(counter, moved, begin_ns, end_ns);
	now->ok = true;
	now->good += now->good == UINT32_MAX ? 2 : 1;
	now->good_since += now->good_since == UINT32_MAX ? 2 : 1;
	now->above = unsettled_above(counter, end_ns - begin_ns);
	counter->read_ns = end_ns;
	counter->asleep_ns = asleep_ns;
	return moved;
}
