/* SPDX-License-Identifier: MIT */
#include "model/counter.h"

#include <math.h>

/* Kept out of what every read passes through. */
#define RARE __attribute__((cold, noinline))

/* A suspend may last; its own jitter between two clock reads does not matter. */
#define SLEPT_NS 1000000

/* A counter that was not seen to move yet may be as slow as a guest's, which its host makes once a second. */
#define SLOWEST_TICK_S 1.2

static int64_t fresh_ns(const struct counter *counter)
{
	bool counts = counter->domain->kind == JOULES_KIND_COUNTER && !counter->domain->tick_varies;
	return counts ? (int64_t)(fmax(0.0, fmin(WATCHED_S, counter->wrap_s - SLOWEST_TICK_S)) * 1e9) : 0;
}

/* The longest time that this counter stands still while energy is spent. */
static double longest_tick(const struct counter *counter)
{
	const joules_domain *domain = counter->domain;
	/* It has stood still for longer than was said: what it will do next, and did before, nobody knows better. */
	bool longer = domain->tick_varies && counter->tick.seconds > counter->longest_s;
	return counter->longest_s + (longer ? counter->tick.seconds : 0.0);
}

/* What hides in one step and the longest tick, at the highest plausible power. */
static double step_and_tick(const struct counter *counter)
{
	const joules_domain *domain = counter->domain;
	if (domain->longest_tick_s > 0.0 && domain->max_power_w <= 0.0)
		return (double)INFINITY;
	return counter_step(domain) + domain->max_power_w * longest_tick(counter);
}

/* Whatever it has shown of its ticks. */
static void take_pace(struct counter *counter)
{
	counter->longest_ns = (int64_t)(fmin(counter->longest_s, 1e9) * 1e9);
	counter->hidden_j = step_and_tick(counter);
	counter->now.tick_s = counter->tick.seconds;
}

void counter_init(struct counter *counter, const joules_domain *domain)
{
	*counter = (struct counter){
		.domain = domain,
		.now.events = 1, /* more than of a point that was never filled */
		.modulus = domain->modulus,
		.may_stick = domain->kind != JOULES_KIND_MODEL && (domain->hosted || counter_must_move(domain)),
		.longest_s = domain->longest_tick_s,
		.settle_s = domain->settle_s,
		.wrap_s = (double)INFINITY,
		.tick.seconds = domain->tick_s,
	};
	if (domain->modulus > 0 && domain->max_power_w > 0.0)
		counter->wrap_s = (double)domain->modulus * domain->unit_j / domain->max_power_w;
	counter->fresh_ns = fresh_ns(counter);
	take_pace(counter);
}

/* Nobody knows what was spent in between. */
RARE static void break_count(struct counter *counter, joules_reason reason)
{
	counter->now.generation++;
	counter->now.events++;
	counter->now.past.broken_by = reason;
}

/* This read gives no value. */
RARE static void refuse(struct counter *counter, joules_reason reason)
{
	counter->now.ok = false;
	counter->now.past.failed_by = reason;
	counter->now.events++;
}

/* ---- what may be believed ---- */

/* Does the part take nothing, for all that is known? Another counter of its package was seen to move on until now. */
static bool is_at_rest(const struct counter *counter, int64_t begin_ns)
{
	enum counter_rest rest = counter_rest(counter);
	if (rest != REST_WITNESSED)
		return rest == REST_ALWAYS;
	int64_t lately_ns = begin_ns - (int64_t)(counter->settle_s * 1e9);
	for (const struct counter *other = counter->sibling; other && other != counter; other = other->sibling)
		if (other->since_ns > lately_ns && other->now.moves > 0)
			return true;
	return false;
}

/* It has stood still for longer than its longest tick, and that is how it should be. */
static bool is_resting(const struct counter *counter, int64_t begin_ns)
{
	return begin_ns - counter->since_ns > counter->longest_ns && is_at_rest(counter, begin_ns);
}

/* Could so much have been spent by now since since_ns? */
static bool is_possible(const struct counter *counter, double joules, int64_t since_ns, int64_t end_ns, double tick_s)
{
	const joules_domain *domain = counter->domain;
	double seconds = (double)(end_ns - since_ns) * 1e-9 + tick_s;
	return domain->max_power_w <= 0.0 || joules <= domain->max_power_w * seconds + counter_step(domain);
}

/* Energy that it did not show yet has been spent since then: it is not older than the slowest counters are late, nor
 * from before its part, which another counter of its package witnessed, took nothing. */
static int64_t spent_since(const struct counter *counter)
{
	const joules_domain *domain = counter->domain;
	bool witnessed = domain->package && !domain->hosted && is_resting(counter, counter->begin_ns);
	return witnessed ? counter->begin_ns : counter->seen_ns;
}

/*
 * May the counter have grown by so much? What it shows may have been published just after the last read that did not
 * show it yet, so the time counts from there.
 */
static bool is_plausible(const struct counter *counter, double joules, int64_t end_ns)
{
	const struct move *last = moves_last(&counter->moves);
	double tick_s = longest_tick(counter);
	if (last && !is_possible(counter, joules, last->before_ns, end_ns, tick_s))
		return false;
	return (last && counter->domain->tick_varies) ||
	    is_possible(counter, joules, spent_since(counter), end_ns, fmax(tick_s, SLOWEST_TICK_S));
}

/*
 * Counters glitch: 697 W and 64 kW were reported for a 54 W laptop. A value that cannot be counts as a failed read, and
 * the count goes on from the last one that could; but two that fit each other, and not the old value, break it.
 */
RARE static bool take_suspect(struct counter *counter, double joules, int64_t begin_ns, int64_t end_ns)
{
	struct suspect *suspect = &counter->suspect;
	bool confirmed = suspect->any && joules >= suspect->joules &&
	    is_possible(counter, joules - suspect->joules, suspect->begin_ns, end_ns, longest_tick(counter));
	*suspect = (struct suspect){ !confirmed, joules, begin_ns };
	if (confirmed)
		break_count(counter, JOULES_REASON_IMPLAUSIBLE);
	else
		refuse(counter, JOULES_REASON_IMPLAUSIBLE);
	return confirmed;
}

/* It has gone unread for so long that a whole range fits in: stopped by Ctrl-Z, a debugger, a container's pause. */
static bool may_hide_wrap(const struct counter *counter, int64_t end_ns)
{
	return (double)(end_ns - counter->begin_ns) * 1e-9 + longest_tick(counter) >= counter->wrap_s;
}

/*
 * A counter went down. It wrapped only if its range is known and the energy that a wrap implies could have been spent
 * in the time. Else it was reset or is broken, and nobody knows what happened in between.
 */
RARE static void count_decrease(struct counter *counter, uint64_t raw, int64_t end_ns)
{
	uint64_t delta = counter->modulus - counter->raw + raw;
	if (counter->modulus && is_plausible(counter, (double)delta * counter->domain->unit_j, end_ns)) {
		counter->now.units += delta;
		counter->now.past.wraps++;
		counter->now.events++;
	} else {
		break_count(counter, JOULES_REASON_RESET);
	}
}

/* False: the value is not taken. */
static bool count(struct counter *counter, uint64_t raw, int64_t begin_ns, int64_t end_ns)
{
	double unit_j = counter->domain->unit_j;
	if (counter->now.read > 0 && raw == counter->raw)
		return true;
	if (counter->now.read > 0 && raw > counter->raw) {
		uint64_t delta = raw - counter->raw;
		if (is_plausible(counter, (double)delta * unit_j, end_ns))
			counter->now.units += delta;
		else if (!take_suspect(counter, (double)raw * unit_j, begin_ns, end_ns))
			return false;
	} else if (counter->now.read > 0) {
		count_decrease(counter, raw, end_ns);
	}
	if (counter->modulus && raw >= counter->modulus) {
		counter->modulus = 0; /* the range file is wrong: take values as they come */
		counter->wrap_s = (double)INFINITY;
	}
	counter->raw = raw;
	counter->now.level = (double)counter->now.units * unit_j;
	return true;
}

/* The same for a cumulative value in joules. */
static bool accumulate(struct counter *counter, double joules, int64_t begin_ns, int64_t end_ns)
{
	if (!isfinite(joules)) {
		refuse(counter, JOULES_REASON_IMPLAUSIBLE);
		return false;
	}
	if (counter->now.read > 0 && joules < counter->raw_joules)
		break_count(counter, JOULES_REASON_RESET);
	else if (counter->now.read > 0 && !is_plausible(counter, joules - counter->raw_joules, end_ns) &&
	    !take_suspect(counter, joules, begin_ns, end_ns))
		return false;
	counter->raw_joules = joules;
	counter->now.level = joules;
	return true;
}

static bool take_value(struct counter *counter, const joules_raw *raw, int64_t begin_ns, int64_t end_ns)
{
	switch (counter->domain->kind) {
	case JOULES_KIND_COUNTER:
		return count(counter, raw->count, begin_ns, end_ns);
	case JOULES_KIND_JOULES:
		return accumulate(counter, raw->joules, begin_ns, end_ns);
	case JOULES_KIND_MODEL:
	default:
		return true;
	}
}

/*
 * From when on energy may have been spent that the value does not show yet: of a counter that should have moved by now,
 * all the time that it has stood still. Of a tick that is learned, longest_tick() has it.
 */
static int64_t hidden_since(const struct counter *counter, int64_t begin_ns)
{
	if (counter->since_ns >= begin_ns || counter->domain->tick_varies)
		return begin_ns;
	return is_resting(counter, begin_ns) ? begin_ns : counter->since_ns;
}

/* Before anything later is known: what the highest plausible power could have spent since the value was published. */
static double open_above(const struct counter *counter, int64_t begin_ns, int64_t end_ns)
{
	const joules_domain *domain = counter->domain;
	if (domain->kind == JOULES_KIND_MODEL)
		return 0.0;
	return counter->hidden_j + domain->max_power_w * 1e-9 * (double)(end_ns - hidden_since(counter, begin_ns));
}

/* ---- what a good read says, after the one before it ---- */

static void slow_down(struct counter *counter, double tick_s)
{
	counter->longest_s = fmax(counter->longest_s, SLOWEST_TICK_S);
	counter->settle_s = fmax(counter->settle_s, SLOWEST_TICK_S);
	counter->tick.seconds = fmax(counter->tick.seconds, tick_s);
	take_pace(counter); /* a sibling may go on reading the same */
}

/*
 * A standstill that was watched, longer than the longest tick and ended by a move, shows a slow counter: a guest's
 * whose host hides that it is one moves once a second. Reads that are far apart teach nothing. What is slow of one
 * counter is slow of all of its package, also of those that may be without power, whose own standstills say nothing.
 */
static void learn_pace(struct counter *counter, int64_t end_ns)
{
	double stood_s = (double)(counter->begin_ns - counter->since_ns) * 1e-9;
	double tick_s = (double)(end_ns - counter->since_ns) * 1e-9;
	if (!counter->watched || counter->stuck || stood_s <= counter->longest_s)
		return;
	slow_down(counter, tick_s);
	for (struct counter *other = counter->sibling; other && other != counter; other = other->sibling)
		slow_down(other, tick_s);
}

static void note_move(struct counter *counter, double before, int64_t end_ns)
{
	struct move move = { counter->now.read, before, counter->now.level, counter->begin_ns, end_ns };
	if (counter->domain->tick_varies)
		tick_moved(&counter->tick, moves_last(&counter->moves), &move);
	else if (counter->domain->least_power_w > 0.0)
		learn_pace(counter, end_ns);
	moves_add(&counter->moves, &move);
}

static void note_standstill(struct counter *counter, int64_t begin_ns)
{
	if (counter->domain->tick_varies)
		tick_stood(&counter->tick, counter->since_ns, begin_ns);
	double unread_s = (double)(begin_ns - counter->read_ns) * 1e-9;
	if (unread_s > WATCHED_S && unread_s > counter->longest_s)
		counter->watched = false;
}

/* The device says so, or a wrap may hide there. */
RARE static void note_gap(struct counter *counter, double gap_s, double before, int64_t end_ns)
{
	counter->now.past.gaps++;
	counter->now.events++;
	if (gap_s > 0.0) {
		counter->now.past.unseen_ns += (int64_t)(gap_s * 1e9);
	} else {
		counter->now.past.unseen_ns += end_ns - counter->read_ns;
		counter->now.past.unseen += counter->now.level - before;
	}
}

/* The present value was first seen by this read. */
static void begin_standstill(struct counter *counter, int64_t begin_ns, int64_t end_ns)
{
	if (counter->stuck) {
		counter->now.past.unseen_ns += counter->read_ns - counter->since_ns;
		counter->now.past.unsure_ns += counter->now.late_ns + end_ns - counter->read_ns;
		counter->now.events++;
	}
	counter->now.late_ns = counter->now.read > 1 ? end_ns - counter->begin_ns : 0;
	counter->seen_ns = begin_ns;
	counter->since_ns = end_ns;
	counter->since_read = counter->now.read;
	counter->watched = true;
	counter->stuck = false;
}

/* The first good read, or the first after a failure or a break: what was seen from here on can be given. */
RARE static void resume(struct counter *counter)
{
	counter->now.past.resumed_read = counter->now.read;
	counter->now.past.resumed = counter->now.level;
	counter->now.past.resumed_above = counter->now.above;
	counter->now.past.resumed_ns = counter->now.read_ns;
	counter->now.events++;
}

/* Whatever a read may say. */
static __attribute__((noinline)) bool update(
    struct counter *counter, const joules_raw *raw, int64_t begin_ns, int64_t end_ns, int64_t asleep_ns)
{
	const joules_domain *domain = counter->domain;
	struct point *now = &counter->now;
	bool resumed = !now->ok, first = now->read == 0;
	double before = now->level;
	uint32_t generation = now->generation;
	now->ok = raw->ok;
	if (!raw->ok) {
		refuse(counter, JOULES_REASON_FAILED);
		counter->error = raw->error;
	}
	if (!now->ok || !take_value(counter, raw, begin_ns, end_ns))
		return false;
	/* S3 and S4 reset counters, and nobody knows what the machine used meanwhile. */
	if (!first && asleep_ns - counter->asleep_ns > SLEPT_NS) {
		now->generation = generation; /* one break, whatever the counter did */
		break_count(counter, JOULES_REASON_SLEPT);
	}
	if (raw->gap_s > 0.0 || (!first && may_hide_wrap(counter, end_ns)))
		note_gap(counter, raw->gap_s, before, end_ns);
	now->read++;
	bool broken = now->generation != generation, moved = !first && !broken && now->level > before;
	if (first || broken)
		now->past.origin = raw->count - now->units;
	if (first || broken)
		moves_forget(&counter->moves); /* nothing before this read says anything of what comes after it */
	else if (moved)
		note_move(counter, before, end_ns);
	else
		note_standstill(counter, begin_ns);
	if (first || broken || moved)
		begin_standstill(counter, begin_ns, end_ns);
	now->moves = counter->moves.count;
	now->since_ns = counter->since_ns;
	now->read_ns = end_ns;
	now->stuck = counter->stuck;
	now->settled = domain->kind == JOULES_KIND_MODEL || now->stuck;
	take_pace(counter);
	now->above = open_above(counter, begin_ns, end_ns);
	if (resumed || broken)
		resume(counter);
	counter->suspect.any = false;
	counter->begin_ns = begin_ns;
	counter->read_ns = end_ns;
	counter->asleep_ns = asleep_ns;
	return moved || broken;
}

/* It reads as it did a moment ago: what most reads say, where they come faster than the counter's ticks. */
static bool stands(
    const struct counter *counter, const joules_raw *raw, int64_t begin_ns, int64_t end_ns, int64_t asleep_ns)
{
	return raw->ok && counter->now.ok && raw->count == counter->raw && !(raw->gap_s > 0.0) &&
	    end_ns - counter->begin_ns < counter->fresh_ns && asleep_ns == counter->asleep_ns &&
	    begin_ns >= counter->begin_ns;
}

bool counter_update(struct counter *counter, const joules_raw *raw, int64_t begin_ns, int64_t end_ns, int64_t asleep_ns)
{
	if (!stands(counter, raw, begin_ns, end_ns, asleep_ns))
		return update(counter, raw, begin_ns, end_ns, asleep_ns);
	struct point *now = &counter->now;
	now->read++;
	now->read_ns = end_ns;
	now->above = open_above(counter, begin_ns, end_ns);
	counter->begin_ns = begin_ns;
	counter->read_ns = end_ns;
	return false;
}
