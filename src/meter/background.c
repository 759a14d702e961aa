/* SPDX-License-Identifier: MIT */
/* The one thread that a meter may have: it reads what must not go unread for long, polls what must be integrated, and
 * settles for those who cannot wait. And fork. */
#include <math.h>
#include <signal.h>
#include <time.h>

#include "base/clock.h"
#include "base/status.h"
#include "meter/background.h"
#include "meter/look.h"
#include "meter/reading.h"

/* ---- the process's meters, for fork ---- */

static pthread_mutex_t meters_lock = PTHREAD_MUTEX_INITIALIZER;
static joules_meter *meters;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

/* All locks in their order, so that the child finds every meter whole. Not where a device forks while it is read: its
 * lock is held by this very thread, and a child of a read is no business of the meter's. */
static void before_fork(void)
{
	if (device_works)
		return;
	pthread_mutex_lock(&meters_lock);
	for (joules_meter *meter = meters; meter; meter = meter->next_meter) {
		pthread_mutex_lock(&meter->verbs);
		for (size_t i = 0; i < meter->device_count; i++)
			pthread_mutex_lock(&meter->devices[i].lock);
		pthread_mutex_lock(&meter->lock);
		pthread_mutex_lock(&meter->thread_lock);
	}
}

static void unlock_meter(joules_meter *meter)
{
	pthread_mutex_unlock(&meter->thread_lock);
	pthread_mutex_unlock(&meter->lock);
	for (size_t i = meter->device_count; i-- > 0;)
		pthread_mutex_unlock(&meter->devices[i].lock);
	pthread_mutex_unlock(&meter->verbs);
}

static void after_fork_parent(void)
{
	if (device_works)
		return;
	for (joules_meter *meter = meters; meter; meter = meter->next_meter)
		unlock_meter(meter);
	pthread_mutex_unlock(&meters_lock);
}

static void init_wake(joules_meter *meter)
{
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&meter->thread_wake, &attributes);
	pthread_condattr_destroy(&attributes);
}

static void after_fork_child(void)
{
	for (joules_meter *meter = meters; meter; meter = meter->next_meter) {
		atomic_store(&meter->thread_runs, false); /* the thread stayed in the parent */
		init_wake(meter);
		for (size_t i = 0; i < meter->device_count; i++)
			meter->devices[i].forked = true;
		if (!device_works)
			unlock_meter(meter);
	}
	if (!device_works)
		pthread_mutex_unlock(&meters_lock);
}

static void watch_forks(void)
{
	(void)pthread_atfork(before_fork, after_fork_parent, after_fork_child);
}

/* ---- the thread ---- */

/* How often it must be read; 0: never. */
static double period_of(const joules_meter *meter)
{
	double period = (double)INFINITY;
	for (size_t i = 0; i < meter->domains->count; i++)
		if (meter->domains->items[i]->max_unread_s > 0.0)
			period = fmin(period, meter->domains->items[i]->max_unread_s);
	return isfinite(period) ? period : 0.0;
}

static bool needs_polls(const struct open_device *device)
{
	return device->ops->poll && device->ops->poll_s && device->ops->poll_s(device->state) > 0.0;
}

void background_prepare(joules_meter *meter)
{
	pthread_mutex_init(&meter->thread_lock, NULL);
	init_wake(meter);
	meter->period_s = period_of(meter);
	for (size_t i = 0; i < meter->device_count; i++)
		meter->polls |= meter->devices[i].polled = needs_polls(&meter->devices[i]);
	(void)pthread_once(&fork_once, watch_forks);
	pthread_mutex_lock(&meters_lock);
	meter->next_meter = meters;
	meters = meter;
	pthread_mutex_unlock(&meters_lock);
}

/* Not the injectable clock: pthread_cond_timedwait() below knows only this one. */
static int64_t real_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* What a device says is no reason to spin, nor to count beyond what a clock can say. */
static int64_t pause_ns(double seconds)
{
	return (int64_t)(fmin(fmax(seconds, 1e-4), 86400.0) * 1e9);
}

/* When each duty is due next. */
#define NEVER INT64_MAX
struct duties {
	int64_t poll_ns, look_ns, settle_ns;
	int64_t settle_until_ns; /* when looking ends for good */
};

/* Polls what is due; when the next one is. */
static int64_t poll_devices(joules_meter *meter)
{
	int64_t next_ns = NEVER;
	for (size_t i = 0; i < meter->device_count; i++) {
		struct open_device *device = &meter->devices[i];
		if (!device->polled)
			continue;
		if (device->poll_ns <= real_ns()) {
			pthread_mutex_lock(&device->lock);
			device_after_fork(device);
			device_works = device->may_fork;
			device->ops->poll(device->state);
			device_works = false;
			device->poll_ns = real_ns() + pause_ns(device->ops->poll_s(device->state));
			pthread_mutex_unlock(&device->lock);
		}
		next_ns = device->poll_ns < next_ns ? device->poll_ns : next_ns;
	}
	return next_ns;
}

static void look_if_unread(joules_meter *meter)
{
	double unread =
	    (double)(clock_monotonic_ns() - atomic_load_explicit(&meter->latest_ns, memory_order_relaxed)) * 1e-9;
	/* Turns come twice in a period: what was read less than half of one ago is still in time at the next. */
	if (unread >= meter->period_s / 2.0)
		reading_take(meter, NULL);
}

static int64_t next_look(const joules_meter *meter)
{
	return meter->period_s > 0.0 ? real_ns() + pause_ns(meter->period_s / 2.0) : NEVER;
}

/* Takes the request to settle, if there is one. */
static bool take_request(joules_meter *meter)
{
	pthread_mutex_lock(&meter->thread_lock);
	bool asked = meter->settle_asked;
	meter->settle_asked = false;
	pthread_mutex_unlock(&meter->thread_lock);
	return asked;
}

/* One look for those who asked; when the next one is due. It settles a reading of its own: whatever has moved since
 * that one has moved since theirs, which may be gone by then. Who asks meanwhile has his turn after this one, so that
 * looks become rarer also where somebody asks all the time. */
static int64_t settle(joules_meter *meter, int64_t *until_ns)
{
	if (*until_ns != NEVER) {
		reading_take(meter, NULL);
	} else if (take_request(meter)) {
		*until_ns = real_ns() + pause_ns(look_limit_s(meter));
		reading_take(meter, meter->settled);
	} else {
		return NEVER;
	}
	if (!look_is_settled(meter, meter->settled) && real_ns() < *until_ns)
		return real_ns() + pause_ns(look_pause_s(meter, meter->settled));
	*until_ns = NEVER;
	return settle(meter, until_ns);
}

static void do_duties(joules_meter *meter, struct duties *duties)
{
	duties->poll_ns = poll_devices(meter);
	if (duties->look_ns <= real_ns()) {
		look_if_unread(meter);
		duties->look_ns = next_look(meter);
	}
	if (duties->settle_ns == NEVER || duties->settle_ns <= real_ns())
		duties->settle_ns = settle(meter, &duties->settle_until_ns);
}

/* True when something is due, false when the meter closes. */
static bool sleep_until_due(joules_meter *meter, const struct duties *duties)
{
	int64_t until_ns = duties->poll_ns < duties->look_ns ? duties->poll_ns : duties->look_ns;
	until_ns = duties->settle_ns < until_ns ? duties->settle_ns : until_ns;
	struct timespec until = { until_ns / 1000000000, until_ns % 1000000000 };
	bool settles = duties->settle_ns != NEVER;
	pthread_mutex_lock(&meter->thread_lock);
	int error = 0;
	while (!meter->thread_ends && (settles || !meter->settle_asked) && error == 0)
		error = pthread_cond_timedwait(&meter->thread_wake, &meter->thread_lock, &until);
	bool ends = meter->thread_ends;
	pthread_mutex_unlock(&meter->thread_lock);
	return !ends;
}

static void *run(void *argument)
{
	joules_meter *meter = argument;
	struct duties duties = { .look_ns = next_look(meter), .settle_ns = NEVER, .settle_until_ns = NEVER };
	do
		do_duties(meter, &duties);
	while (sleep_until_due(meter, &duties));
	return NULL;
}

/* The thread's lock is held. */
static void start_thread(joules_meter *meter)
{
	sigset_t all, before;
	sigfillset(&all);
	if (!atomic_load(&meter->thread_runs) && !meter->thread_ends) {
		(void)pthread_sigmask(SIG_SETMASK, &all, &before);
		atomic_store(&meter->thread_runs, pthread_create(&meter->thread, NULL, run, meter) == 0);
		(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
}

void background_need(joules_meter *meter)
{
	if ((meter->period_s <= 0.0 && !meter->polls) || atomic_load_explicit(&meter->thread_runs, memory_order_acquire))
		return;
	pthread_mutex_lock(&meter->thread_lock);
	start_thread(meter);
	pthread_mutex_unlock(&meter->thread_lock);
}

joules_status background_settle(joules_meter *meter)
{
	pthread_mutex_lock(&meter->thread_lock);
	if (!meter->settled)
		meter->settled = reading_new(meter);
	bool able = meter->settled;
	if (able && !meter->settle_asked) {
		meter->settle_asked = true;
		pthread_cond_signal(&meter->thread_wake);
	}
	if (able)
		start_thread(meter);
	able = able && atomic_load(&meter->thread_runs);
	pthread_mutex_unlock(&meter->thread_lock);
	return able ? JOULES_OK
	            : joules_fail(JOULES_NO_MEMORY, "settle: there is no memory for it, or no thread could be started");
}

void background_end(joules_meter *meter)
{
	pthread_mutex_lock(&meters_lock);
	for (joules_meter **at = &meters; *at; at = &(*at)->next_meter)
		if (*at == meter) {
			*at = meter->next_meter;
			break;
		}
	pthread_mutex_unlock(&meters_lock);
	pthread_mutex_lock(&meter->thread_lock);
	meter->thread_ends = true;
	bool runs = atomic_load(&meter->thread_runs);
	pthread_cond_signal(&meter->thread_wake);
	pthread_mutex_unlock(&meter->thread_lock);
	if (runs)
		pthread_join(meter->thread, NULL);
	reading_free(meter->settled);
	pthread_cond_destroy(&meter->thread_wake);
	pthread_mutex_destroy(&meter->thread_lock);
}
