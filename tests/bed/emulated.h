/* SPDX-License-Identifier: MIT */
/* One energy register as the hardware has it: it counts units, moves at ticks, wraps, and misbehaves on request. The
 * virtual machine and the FUSE file system are two faces of it. Times are nanoseconds since the machine's start. */
#ifndef BED_EMULATED_H
#define BED_EMULATED_H

#include "curve.h"
#include "tick.h"

struct emulated {
	struct curve curve;
	struct tick tick;
	double unit_j;
	uint64_t modulus;  /* 0: never wraps */
	uint64_t base_raw; /* raw = base_raw + (energy at the last tick − base_j) / unit_j */
	double base_j;
	bool frozen; /* then raw = base_raw */
};

uint64_t emulated_raw(const struct emulated *emulated, int64_t ns);
void emulated_set(struct emulated *emulated, int64_t ns, uint64_t raw);   /* goes on from this value */
void emulated_step(struct emulated *emulated, int64_t ns, double joules); /* a jump; backward if negative */
void emulated_wrap_after(struct emulated *emulated, int64_t ns, double joules);
void emulated_freeze(struct emulated *emulated, int64_t ns);
void emulated_thaw(struct emulated *emulated, int64_t ns); /* goes on from where it stood */

/* Reads that fail: `count` of them (0: all) from the `from`-th one on, counted from 1. */
struct fault {
	int error; /* 0: none */
	uint64_t from;
	uint64_t count;
	uint64_t reads; /* since the fault was set */
};

/* Counts one read: 0, or the error that it meets. */
int fault_of_read(struct fault *fault);

#endif
