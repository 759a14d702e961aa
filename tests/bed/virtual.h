/* SPDX-License-Identifier: MIT */
/*
 * A machine inside the process for tests of accuracy: a clock that moves only when told to, and a device whose counters
 * follow known power curves. The same calls with the same seed give the same numbers, on any machine.
 *
 *	virtual_begin(1);                                  // forgets everything, sets the clock
 *	unsigned pkg = virtual_add(&(struct virtual_spec){ .name = "package_0", .power = "square 20 100 0.01" });
 *	joules_device_register(&virtual_ops, NULL);        // once in a process
 *	joules_meter_open(&meter, &(joules_options){ .size = …, .domains = "virtual" });
 *	joules_meter_start(meter, "a"); virtual_advance(5 * VIRTUAL_MS); joules_meter_stop(meter);
 *	… compare with virtual_truth(pkg, begin_ns, end_ns)
 *
 * Domains are fixed when a meter opens; power, faults and cost may change at any time. Every function may be called
 * from any thread.
 */
#ifndef BED_VIRTUAL_H
#define BED_VIRTUAL_H

#include <joules/joules.h>

#include "base/clock.h"

#define VIRTUAL_MS INT64_C(1000000)
#define VIRTUAL_MOST 64 /* domains */
#define VIRTUAL_ALL UINT32_MAX

/* What is 0 or NULL has the value in brackets. */
struct virtual_spec {
	const char *name; /* of the domain */
	joules_part part;
	joules_kind kind;        /* COUNTER, or JOULES: the same counter's value times its unit */
	const char *parent;      /* [none] */
	const char *power;       /* a curve as in curve.h [constant 10] */
	const char *tick;        /* a preset of tick.h [exact] */
	const char *said_tick;   /* the one that the domain says it has [the same] */
	double unit_j;           /* [2^-14 J] */
	double unit_error;       /* what the domain says of its unit [0] */
	uint64_t modulus;        /* [2^32; VIRTUAL_NEVER_WRAPS: none] */
	double wrap_after_j;     /* [somewhere in the lower quarter] */
	double max_power_w;      /* [2000] */
	double least_power_w;    /* [0: it may be without power] */
	const char *package;     /* [none: nobody witnesses that it is alive] */
	bool hosted;             /* [no] */
	double max_unread_s;     /* [0: no background thread] */
	const char *unavailable; /* the reason why it cannot be read [it can] */
	joules_reason reason;    /* … its code [NONE: the library says FAILED] */
};

#define VIRTUAL_NEVER_WRAPS UINT64_MAX

/* Forgets all domains, faults and costs; the clock starts at 1000 s. Installs the virtual clock until virtual_end(). */
void virtual_begin(uint64_t seed);
void virtual_end(void);
/* The number of the new domain. Aborts the test on a bad spec. */
unsigned virtual_add(const struct virtual_spec *spec);

extern const joules_device_ops virtual_ops; /* named "virtual" */
extern const struct clock_source virtual_clock;

int64_t virtual_now(void); /* without the cost of asking */
void virtual_advance(int64_t ns);
/* The machine sleeps: BOOTTIME goes on, MONOTONIC and the power stand still, and every counter starts from `raw` again.
 */
void virtual_suspend(int64_t ns, uint64_t raw);
/* What one read of one domain and one look at a clock take: the clock moves by it. */
void virtual_cost(int64_t read_ns, int64_t clock_ns);
/* In so many of a million reads the reader is preempted for this long, after the value was taken or before, by turns.
 */
void virtual_preempt(uint32_t ppm, int64_t ns);

void virtual_power(unsigned domain, const char *power); /* from now on */
void virtual_freeze(unsigned domain);
void virtual_thaw(unsigned domain);
void virtual_reset(unsigned domain, uint64_t raw);
void virtual_step(unsigned domain, double joules); /* a jump; backward if negative */
/* From the `from`-th read on from now (1: the next), `count` reads (0: all) of the domain, or of VIRTUAL_ALL counted
 * together, fail. */
void virtual_fail(unsigned domain, int error, uint64_t from, uint64_t count);
uint64_t virtual_reads(void); /* of all domains since virtual_begin */

/* The energy that was really spent between two moments of the virtual monotonic clock. */
double virtual_truth(unsigned domain, int64_t begin_ns, int64_t end_ns);
double virtual_watts(unsigned domain, int64_t at_ns);
/* The next moment at which the counter moves. */
int64_t virtual_next_tick(unsigned domain, int64_t after_ns);

#endif
