/* SPDX-License-Identifier: MIT */
/* One counter: from raw values, as they come, to what it has counted since the meter was opened. */
#ifndef JOULES_MODEL_COUNTER_H
#define JOULES_MODEL_COUNTER_H

#include <stddef.h>
#include <string.h>

#include <joules/joules.h>

#include "model/moves.h"
#include "model/tick.h"

/* What befell a counter, which is rare. */
struct past {
	uint64_t origin;       /* COUNTER: units + origin is what it shows, less its wraps; anew where the count broke */
	uint64_t resumed_read; /* the first good read after the latest failure, or at all … */
	double resumed;        /* … its level … */
	double resumed_above;  /* … and energy then was at most resumed + this … */
	int64_t resumed_ns;    /* … and when it was */
	int64_t unseen_ns;     /* what the gaps took, and the standstills that lasted too long and are over */
	int64_t unsure_ns;     /* in which these standstills began or ended, nobody read when */
	double unseen;         /* joules that were counted over gaps: the least of what was spent in them */
	uint32_t wraps;
	uint32_t gaps;           /* times it went unread for so long that a wrap may have been missed */
	uint32_t stucks;         /* times it was found to stand still for too long */
	joules_reason broken_by; /* what broke the count last */
	joules_reason failed_by; /* why a read was not good last */
};

/* What one reading knows of one domain: the counter at that moment, and how sure that is. */
struct point {
	uint64_t units;      /* COUNTER: raw units counted since the meter was opened */
	double level;        /* the same in joules; JOULES: the cumulative value */
	double above;        /* energy at the stamp is at most level + above; INFINITY where nothing is known */
	uint64_t read;       /* which good read of the counter this was, from 1; 0: none was good yet */
	uint64_t stamped;    /* the counter's latest good read at the stamp: others may have read it meanwhile */
	int64_t since_ns;    /* when the value was first read … */
	int64_t read_ns;     /* … and last */
	int64_t late_ns;     /* by how much later than it came, at most */
	double tick_s;       /* the domain's, or what was learned of it by then */
	uint64_t moves;      /* how often it was seen to move: two readings of the same number lie in one standstill */
	uint32_t generation; /* grows where the count was broken: readings of two generations have no difference */
	uint32_t events;     /* grows with each change of its past */
	bool ok;             /* this very read was good */
	bool settled;        /* `above` is closed */
	bool stuck;          /* it lies in a standstill that lasted too long (standstill.h) */
	struct past past;
};

/* A value that nothing could have spent in the time. Shown once it was a glitch; a second one that fits it breaks the
 * count. */
struct suspect {
	bool any;
	double joules; /* the value as it came, in joules */
	int64_t begin_ns;
};

struct counter {
	const joules_domain *domain;
	struct point now;
	uint64_t raw;      /* the last good raw value */
	double raw_joules; /* … of kind JOULES */
	uint64_t modulus;  /* the domain's, 0 once a value contradicted it */
	double wrap_s;     /* how long the highest power takes to wrap it; INFINITY: it does not */
	int64_t begin_ns;  /* monotonic time before the last good read … */
	int64_t read_ns;   /* … and after it */
	int64_t asleep_ns; /* CLOCK_BOOTTIME − CLOCK_MONOTONIC then */
	int error;         /* the errno of the latest read that failed; 0: none has */
	struct suspect suspect;
	int64_t since_ns;    /* when the present value was first seen: the end of that read, */
	int64_t seen_ns;     /* its begin … */
	uint64_t since_read; /* … and its number */
	bool watched;        /* reads since then were close to each other */
	bool may_stick;     /* standing still for too long tells something of it: must move, or its host's (standstill.h) */
	bool stuck;         /* it has stood still for too long */
	double longest_s;   /* the domain's longest tick and give-up time, or longer ones that were seen */
	int64_t longest_ns; /* the same */
	double hidden_j;    /* what may hide in one step and the longest tick */
	double settle_s;
	int64_t
	    fresh_ns; /* a read so soon after the last one hides no wrap, and watches the counter; 0: its tick is learned */
	struct tick tick;
	struct counter *sibling; /* the next counter of the same package, in a circle; NULL: none */
	struct moves moves;
};

/* The part cannot be without power: standing still says that something is wrong. */
static inline bool counter_must_move(const joules_domain *domain)
{
	return domain->least_power_w > 0.0 && !domain->hosted && !domain->tick_varies;
}

/* Does standing still mean that the part uses nothing? */
enum counter_rest {
	REST_NEVER,
	REST_ALWAYS,
	REST_WITNESSED, /* if another counter of its package moves meanwhile */
};

static inline enum counter_rest counter_rest(const struct counter *counter)
{
	const joules_domain *domain = counter->domain;
	if (counter_must_move(domain))
		return REST_NEVER;
	if (domain->hosted)
		return counter->raw != 0 ? REST_ALWAYS : REST_NEVER;
	return domain->package ? REST_WITNESSED : REST_ALWAYS;
}

/* It was seen to be slower than was said: what bounds assumed of it before is not worth anything. */
static inline bool counter_is_slow(const struct counter *counter)
{
	return counter->longest_s > counter->domain->longest_tick_s;
}

/* Reads that are farther apart do not watch a counter. Looks are a hundredth of a second apart at most (look.c). */
#define WATCHED_S 0.025

/* Nor is it worth anything after a moment from which on it stood still for longer than was said, until this move; nor
 * if this is the first one that was seen at all, soon after that moment: what it shows says more. */
static inline bool counter_is_doubtful(const struct counter *counter, int64_t since_ns, const struct move *move)
{
	const joules_domain *domain = counter->domain;
	bool late = (double)(move->before_ns - since_ns) * 1e-9 > domain->longest_tick_s;
	bool first = counter->moves.count == 1 && (double)(move->ns - since_ns) * 1e-9 <= WATCHED_S;
	return counter_is_slow(counter) || (!domain->tick_varies && (late || first));
}

/* The least step of the value, in joules: what it may hide. */
static inline double counter_step(const joules_domain *domain)
{
	return domain->step_j > 0.0 ? domain->step_j : domain->unit_j;
}

/* Makes a point, which may hold an earlier one of this counter, what the counter is now. */
static inline void counter_copy(const struct counter *counter, struct point *point)
{
	bool same_past = point->events == counter->now.events;
	memcpy(point, &counter->now, offsetof(struct point, past));
	if (!same_past)
		point->past = counter->now.past;
}

void counter_init(struct counter *counter, const joules_domain *domain);

/* Takes one raw value, read between begin_ns and end_ns. True if the counter has moved since its last good read, or its
 * count was broken: then waiting bounds want a look (bounds.h). */
bool counter_update(
    struct counter *counter, const joules_raw *raw, int64_t begin_ns, int64_t end_ns, int64_t asleep_ns);

#endif
