/* SPDX-License-Identifier: MIT */
/* The meter inside: open devices with their counters, the readings whose bounds are still open, the background thread.
 */
#ifndef JOULES_METER_STATE_H
#define JOULES_METER_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/cancel.h"
#include "devices/registry.h"
#include "model/counter.h"
#include "model/domains.h"
#include "model/energy.h"

#define METER_DEVICES 32

/* One device of this meter: its domains are domains->items[first … first + count − 1], and of the witnesses, whose
 * counters come behind those of all domains, a few. */
struct open_device {
	const joules_device_ops *ops;
	void *state;
	size_t first;
	size_t count;
	size_t first_witness;
	size_t witness_count;
	pthread_mutex_t lock; /* its reads and its counters' updates, together */
	joules_raw **raw;     /* of its domains, then of its witnesses; one block: the pointers, then what they point to */
	bool forked;          /* its forked() is still to be called in this child */
	bool may_fork;        /* while it is read: the built-in ones do not */
	bool may_block;    /* a call of it may wait, and be cancelled there: all but those that the library knows better */
	bool polled;       /* the background thread must poll it */
	int64_t poll_ns;   /* that thread's own: when the next poll is due */
	int64_t asleep_ns; /* how long the machine has slept, at least, as its reads know it … */
	bool asleep_known; /* … from the first one on */
};

/* What a MODEL domain said: whatever its model function takes. */
struct model_raw {
	uint64_t values[8];
};

/* All domains at one moment. `above` of its points closes later, under the meter's lock, while it is in the queue. */
struct joules_reading {
	joules_meter *meter;
	struct joules_reading *previous, *next; /* the meter's queue */
	size_t open;                            /* domains that it waits for there; 0: it is not in the queue */
	int64_t stamp_ns;                       /* monotonic, after the reads; 0: empty */
	int64_t wall_ns;
	struct model_raw *models; /* one for each domain; NULL: no domain is a MODEL */
	struct point points[];
};

/* Readings that still wait, oldest first; queue.h has its rules. */
struct queue {
	struct joules_reading *first, *last;
	struct joules_reading **places; /* for each domain */
};

struct joules_meter {
	struct domains *domains;
	struct domains
	    *witnesses; /* read too, for what their counters tell of the domains'; nobody is given their values */
	struct open_device *devices;
	size_t device_count;
	struct counter *counters; /* of the domains, then of the witnesses; changed under their device's lock and the
	                             meter's: either suffices to look */
	pthread_mutex_t lock;     /* counters, the queue, traces that grow; taken inside a device's lock, never around it */
	struct queue queue;
	bool has_models;
	joules_recorder *own;   /* behind the verbs of the public header */
	pthread_mutex_t verbs;  /* one verb at a time; taken before a device's lock */
	atomic_llong latest_ns; /* when all devices were last read */

	/* background.c */
	pthread_mutex_t thread_lock;
	pthread_cond_t thread_wake;
	pthread_t thread;
	double period_s; /* how often it must be read; 0: never */
	bool polls;      /* a device must be polled */
	atomic_bool thread_runs;
	bool thread_ends;
	bool settle_asked;               /* and not begun yet; under thread_lock */
	struct joules_reading *settled;  /* that thread's own, NULL: nobody asked yet */
	struct joules_meter *next_meter; /* the process's list, for fork */
};

/* What a child owes a device before its first read or poll. The device's lock is held. */
static inline void device_after_fork(struct open_device *device)
{
	if (!device->forked)
		return;
	UNCANCELLED;
	if (device->ops->forked)
		device->ops->forked(device->state);
	device->forked = false;
}

/* True while a device that is not built in works for this thread, which holds its lock then: it may fork there
 * (background.c). */
extern __thread bool device_works;

/* The device's lock is held, so nobody may be cancelled there. */
static inline void device_read(struct open_device *device)
{
	if (!device->may_block) {
		device->ops->read(device->state, device->raw);
		return;
	}
	UNCANCELLED;
	bool worked = device_works; /* a device of a program may read another meter */
	device_works = worked || device->may_fork;
	device->ops->read(device->state, device->raw);
	device_works = worked;
}

#endif
