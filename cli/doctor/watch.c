/* SPDX-License-Identifier: MIT */
#include "doctor/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sysfs.h"
#include "doctor/state.h"

enum { LOOK_NS = 50 * 1000 * 1000, GIVE_UP_NS = 100 * 1000 * 1000, NAP_NS = 1000 * 1000 };

static bool is_watchable(const joules_domain *domain)
{
	return domain->available && domain->kind == JOULES_KIND_COUNTER && domain->path;
}

static void watch_open(struct watch *watch, const joules_domain *domain)
{
	*watch = (struct watch){ .domain = domain, .fd = sysfs_open(domain->path) };
	watch->error = watch->fd < 0 ? errno : sysfs_pread_u64(watch->fd, &watch->last);
}

static void watch_look(struct watch *watch)
{
	uint64_t value = 0;
	if (watch->error)
		return;
	watch->error = sysfs_pread_u64(watch->fd, &value);
	if (watch->error || value == watch->last)
		return;
	int64_t now = clock_monotonic_ns();
	if (watch->moves > 0 && watch->moves <= WATCH_GAPS)
		watch->gaps_s[watch->moves - 1] = (double)(now - watch->moved_ns) * 1e-9;
	watch->last = value;
	watch->moved_ns = now;
	watch->moves++;
}

/* A counter that is known to be slow (in a guest it moves once a second) gets the time that settling would give it. */
static bool is_settled(const struct watch *watch, int64_t elapsed_ns)
{
	if (watch->error || watch->moves >= 2)
		return true;
	double patience_ns = watch->domain->settle_s * 1e9;
	return elapsed_ns >= GIVE_UP_NS && (double)elapsed_ns >= patience_ns;
}

static void watch_all(struct watch *watches, size_t count)
{
	int64_t begin = clock_monotonic_ns();
	for (bool done = count == 0; !done;) {
		int64_t elapsed = clock_monotonic_ns() - begin;
		done = elapsed >= LOOK_NS;
		for (size_t i = 0; i < count; i++) {
			watch_look(&watches[i]);
			watches[i].watched_s = (double)elapsed * 1e-9;
			done = done && is_settled(&watches[i], elapsed);
		}
		if (elapsed >= GIVE_UP_NS)
			clock_sleep_ns(NAP_NS);
	}
}

struct watch *doctor_watch_called(const struct doctor *doctor, const char *name)
{
	for (size_t i = 0; i < doctor->watch_count; i++)
		if (strcmp(doctor->watches[i].domain->name, name) == 0)
			return &doctor->watches[i];
	return NULL;
}

/* What this counter did while the library looked. */
static void watch_again(struct watch *watch, const joules_energy *energy, double seconds)
{
	bool moved_before = watch->moves > 0;
	watch_look(watch);
	watch->stuck = energy->flags & JOULES_STUCK;
	if (watch->stuck)
		watch->watched_s = seconds;
	else if (!moved_before)
		watch->watched_s += seconds;
}

/* Two readings around the time in which the library settles the first: what has not moved by then is stuck. */
static void take_verdicts(struct doctor *doctor, joules_meter *meter)
{
	joules_reading *begin = NULL, *end = NULL;
	joules_sample *sample = NULL;
	bool done = joules_reading_new(meter, &begin) == JOULES_OK && joules_reading_new(meter, &end) == JOULES_OK &&
	    joules_read(meter, begin) == JOULES_OK;
	if (done)
		(void)joules_settle(meter, begin, JOULES_UNTIL_SETTLED);
	done = done && joules_read(meter, end) == JOULES_OK && joules_between(meter, begin, end, &sample) == JOULES_OK;
	for (size_t i = 0; done && i < sample->domain_count; i++) {
		struct watch *watch = doctor_watch_called(doctor, sample->domains[i]->name);
		if (watch)
			watch_again(watch, joules_sample_energy(sample, i), sample->duration_s);
	}
	joules_sample_free(sample);
	joules_reading_free(begin);
	joules_reading_free(end);
}

/* The same question as `joules run` asks, so that both say the same. */
static void ask_library(struct doctor *doctor)
{
	joules_options options = JOULES_OPTIONS_INIT;
	joules_meter *meter;
	options.sysroot = doctor->root;
	options.estimate = JOULES_ESTIMATE_NEVER;
	if (joules_meter_open(&meter, &options) != JOULES_OK)
		return;
	take_verdicts(doctor, meter);
	joules_meter_close(meter);
}

bool doctor_watch(struct doctor *doctor)
{
	size_t most = 0;
	for (size_t i = 0; i < joules_list_device_count(doctor->list); i++)
		most += joules_list_device(doctor->list, i)->domain_count;
	doctor->watch_count = 0;
	doctor->watches = calloc(most + 1, sizeof *doctor->watches);
	if (!doctor->watches)
		return false;
	for (size_t i = 0; i < joules_list_device_count(doctor->list); i++) {
		const joules_device *device = joules_list_device(doctor->list, i);
		for (size_t j = 0; j < device->domain_count; j++)
			if (is_watchable(device->domains[j]))
				watch_open(&doctor->watches[doctor->watch_count++], device->domains[j]);
	}
	watch_all(doctor->watches, doctor->watch_count);
	ask_library(doctor);
	for (size_t i = 0; i < doctor->watch_count; i++)
		if (doctor->watches[i].fd >= 0)
			close(doctor->watches[i].fd);
	return true;
}

const struct watch *doctor_watch_of(const struct doctor *doctor, const joules_domain *domain)
{
	for (size_t i = 0; i < doctor->watch_count; i++)
		if (doctor->watches[i].domain == domain)
			return &doctor->watches[i];
	return NULL;
}

double watch_tick(const struct watch *watch)
{
	joules_statistics statistics = JOULES_STATISTICS_INIT;
	size_t gaps = watch->moves < 2 ? 0 : watch->moves - 1;
	if (gaps > WATCH_GAPS)
		gaps = WATCH_GAPS;
	if (!gaps || joules_statistics_of(watch->gaps_s, gaps, &statistics) != JOULES_OK)
		return 0;
	return statistics.median;
}

bool watch_is_stuck(const struct watch *watch)
{
	return watch && !watch->error && watch->stuck;
}

bool doctor_has_stuck(const struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->watch_count; i++)
		if (watch_is_stuck(&doctor->watches[i]))
			return true;
	return false;
}
