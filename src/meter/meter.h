/* SPDX-License-Identifier: MIT */
/* The meter inside: open devices with their counters, the readings whose bounds are still open, the background thread.
 */
#ifndef JOULES_METER_METER_H
#define JOULES_METER_METER_H

#include <pthread.h>
#include <stdatomic.h>

#include "devices/registry.h"
#include "model/domains.h"
#include "model/trace.h"

#define METER_DEVICES 32

/* One device of this meter: its domains are domains->items[first … first + count − 1]. */
struct open_device {
	const joules_device_ops *ops;
	void *state;
	size_t first;
	size_t count;
	pthread_mutex_t lock; /* its reads and its counters' updates, together */
	joules_raw **raw;     /* one block: the pointers, then what they point to */
	bool forked;          /* its forked() is still to be called in this child */
	bool polled;          /* the background thread must poll it */
	int64_t poll_ns;      /* that thread's own: when the next poll is due */
};

/* All domains at one moment. `above` of its points closes later, under the meter's lock, while it is in the meter's
 * list. */
struct joules_reading {
	joules_meter *meter;
	struct joules_reading *previous, *next; /* the meter's list of open readings */
	bool listed;
	int64_t stamp_ns; /* monotonic, after the reads; 0: empty */
	int64_t wall_ns;
	struct point points[];
};

struct joules_meter {
	struct domains *domains;
	struct open_device *devices;
	size_t device_count;
	struct counter
	    *counters; /* as many as domains; changed under their device's lock and the meter's: either suffices to look */
	pthread_mutex_t lock; /* recorders, their traces, open readings; taken inside a device's lock, never around it */
	struct joules_reading *open_readings;
	joules_recorder *recorders;
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
	struct joules_meter *next_meter; /* the process's list, for fork */
};

/* choose.c: what options ask for, as pointers into the list. Release with choice_free(). */
struct choice {
	const joules_domain **domains;
	size_t count;
	const joules_domain **missing;
	size_t missing_count;
};
joules_status choice_make(struct choice *choice, const joules_list *list, const joules_options *options);
void choice_free(struct choice *choice);

/* reading.c */
struct joules_reading *reading_new(joules_meter *meter);
void reading_free(struct joules_reading *reading);
/* What a child owes a device before its first read or poll. The device's lock is held. */
void device_after_fork(struct open_device *device);
/* Reads all devices; reading may be NULL: a look, which only helps the open ones. */
void meter_read(joules_meter *meter, struct joules_reading *reading);
/* No longer waits for its bounds to close. */
void reading_unlist(struct joules_reading *reading);
bool reading_is_settled(joules_meter *meter, const struct joules_reading *reading);
/* Reads on until the reading is settled, at most `seconds`. */
joules_status reading_settle(joules_meter *meter, const struct joules_reading *reading, double seconds);
/* Between two looks: what a settling loop sleeps. And after how long it gives up for good. */
double reading_pause(joules_meter *meter, const struct joules_reading *reading);
double meter_settle_limit(const joules_meter *meter);
/* The MODEL domains' part of a difference. Takes the devices' locks, as calls of a device never overlap: before the
 * meter's, and nothing that changes later is looked at. */
void reading_models(
    joules_meter *meter, const struct joules_reading *begin, const struct joules_reading *end, struct increment *out);
/* The other domains' part. The meter's lock is held by the caller where readings may still be open. */
void reading_difference(const joules_meter *meter, const struct joules_reading *begin, const struct joules_reading *end,
    struct increment *out);
double reading_seconds(const struct joules_reading *begin, const struct joules_reading *end);

/* recorder.c: what to sleep before the next look for its latest reading. */
double recorder_pause(const joules_recorder *recorder);
/* recorder.c: this domain's counter has just moved; closes the bounds of the recorder's older samples. The meter's lock
 * is held. */
void recorder_resolve(joules_recorder *recorder, size_t domain, const struct counter *counter);
joules_recorder *recorder_next(const joules_recorder *recorder);

/* background.c */
void background_prepare(joules_meter *meter); /* at open */
void background_need(joules_meter *meter);    /* at each reading: starts the thread where it does not run */
void background_end(joules_meter *meter);     /* at close */

#endif
