/* SPDX-License-Identifier: MIT */
/* Opening and closing a meter, and the verbs of the public header on its own recorder. */
#include "meter/state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/status.h"
#include "meter/background.h"
#include "meter/choose.h"
#include "meter/look.h"
#include "meter/recorder.h"
#include "meter/witness.h"
#include "model/idle.h"

/* ---- open: the chosen domains, device by device in the order of first mention ---- */

static const struct found_device *find_device(const joules_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->devices[i].device.name, name) == 0)
			return &list->devices[i];
	return NULL;
}

/* Sorts so that the domains of a device stand together; stable, and quadratic in tens of domains. */
static joules_status group_by_device(struct choice *choice)
{
	const joules_domain **sorted = calloc(choice->count + 1, sizeof *sorted);
	if (!sorted)
		return fail_memory();
	size_t count = 0;
	for (size_t i = 0; i < choice->count; i++) {
		bool seen = false;
		for (size_t j = 0; j < count && !seen; j++)
			seen = strcmp(sorted[j]->device, choice->domains[i]->device) == 0;
		for (size_t j = i; j < choice->count && !seen; j++)
			if (strcmp(choice->domains[j]->device, choice->domains[i]->device) == 0)
				sorted[count++] = choice->domains[j];
	}
	free(choice->domains);
	choice->domains = sorted;
	return JOULES_OK;
}

static joules_raw **raw_new(size_t count)
{
	joules_raw **raw = calloc(count, sizeof *raw + sizeof **raw);
	for (size_t i = 0; raw && i < count; i++)
		raw[i] = (joules_raw *)(void *)(raw + count) + i;
	return raw;
}

/* Those of the witnesses that are the device's. */
static void find_witnesses(const joules_meter *meter, struct open_device *device)
{
	const struct domains *witnesses = meter->witnesses;
	for (size_t i = witnesses->count; i-- > 0;)
		if (strcmp(witnesses->items[i]->device, device->ops->name) == 0) {
			device->first_witness = i;
			device->witness_count++;
		}
}

/* Its domains, then its witnesses. */
static joules_status open_all(const joules_meter *meter, const struct found_device *found,
    const joules_options *options, struct open_device *device)
{
	size_t count = device->count + device->witness_count;
	const joules_domain **all = calloc(count, sizeof *all);
	device->raw = raw_new(count);
	joules_status status = all && device->raw ? JOULES_OK : fail_memory();
	for (size_t i = 0; i < count && !status; i++)
		all[i] = i < device->count ? meter->domains->items[device->first + i]
		                           : meter->witnesses->items[device->first_witness + i - device->count];
	if (!status)
		status = found->ops->open(found->context, options, all, count, &device->state);
	free(all);
	return status;
}

static joules_status open_device(
    joules_meter *meter, const joules_list *list, const joules_options *options, size_t first, size_t count)
{
	const struct found_device *found = find_device(list, meter->domains->items[first]->device);
	struct open_device *device = &meter->devices[meter->device_count];
	if (!found || meter->device_count == METER_DEVICES)
		return joules_fail(
		    JOULES_INVALID_ARGUMENT, "a meter can have at most %d devices; choose fewer domains", METER_DEVICES);
	device->ops = found->ops;
	device->may_fork = device->may_block = !registry_is_built_in(found->ops->name);
	device->first = first;
	device->count = count;
	find_witnesses(meter, device);
	for (size_t i = first; i < first + count; i++) {
		device->may_block |= meter->domains->items[i]->may_block;
		if (meter->domains->items[i]->kind == JOULES_KIND_MODEL && !found->ops->model)
			return joules_fail(
			    JOULES_INVALID_ARGUMENT, "the device %s has a MODEL domain but no model function", found->ops->name);
	}
	joules_status status = open_all(meter, found, options, device);
	if (status)
		return status;
	pthread_mutex_init(&device->lock, NULL);
	meter->device_count++;
	return JOULES_OK;
}

static joules_status open_devices(joules_meter *meter, const joules_list *list, const joules_options *options)
{
	const struct domains *domains = meter->domains;
	size_t end;
	for (size_t first = 0; first < domains->count; first = end) {
		for (end = first + 1; end < domains->count; end++)
			if (strcmp(domains->items[end]->device, domains->items[first]->device) != 0)
				break;
		joules_status status = open_device(meter, list, options, first, end - first);
		if (status)
			return status;
	}
	return JOULES_OK;
}

static bool same_package(const joules_domain *a, const joules_domain *b)
{
	return a->package && b->package && strcmp(a->device, b->device) == 0 && strcmp(a->package, b->package) == 0;
}

/* The counters of a package in a circle: each tells whether the others' hardware is alive. */
static void join_siblings(joules_meter *meter)
{
	for (size_t i = 0; i < meter->domains->count + meter->witnesses->count; i++)
		for (size_t j = 0; j < i; j++) {
			struct counter *counter = &meter->counters[i], *other = &meter->counters[j];
			if (!same_package(counter->domain, other->domain))
				continue;
			counter->sibling = other->sibling ? other->sibling : other;
			other->sibling = counter;
			break;
		}
}

static joules_status open_meter(joules_meter *meter, const joules_list *list, const joules_options *options)
{
	struct choice choice;
	joules_status status = choice_make(&choice, list, options);
	if (!status)
		status = group_by_device(&choice);
	if (!status)
		status = witness_choose(&choice, list);
	if (!status) {
		meter->domains = domains_new(choice.domains, choice.count, choice.missing, choice.missing_count);
		meter->witnesses = domains_new(choice.witnesses, choice.witness_count, NULL, 0);
		if (!meter->domains || !meter->witnesses)
			status = fail_memory();
	}
	choice_free(&choice);
	if (status)
		return status;
	size_t count = meter->domains->count, witnesses = meter->witnesses->count;
	meter->counters = calloc(count + witnesses + 1, sizeof *meter->counters);
	meter->devices = calloc(METER_DEVICES + 1, sizeof *meter->devices);
	meter->queue.places = calloc(count + 1, sizeof *meter->queue.places);
	if (!meter->counters || !meter->devices || !meter->queue.places)
		return fail_memory();
	for (size_t i = 0; i < witnesses; i++)
		counter_init(&meter->counters[count + i], meter->witnesses->items[i]);
	for (size_t i = 0; i < count; i++) {
		counter_init(&meter->counters[i], meter->domains->items[i]);
		meter->has_models |= meter->domains->items[i]->kind == JOULES_KIND_MODEL;
	}
	join_siblings(meter);
	return open_devices(meter, list, options);
}

static void free_meter(joules_meter *meter)
{
	for (size_t i = 0; i < meter->device_count; i++) {
		meter->devices[i].ops->close(meter->devices[i].state);
		pthread_mutex_destroy(&meter->devices[i].lock);
	}
	for (size_t i = 0; meter->devices && i <= meter->device_count; i++)
		free(meter->devices[i].raw);
	free(meter->devices);
	free(meter->counters);
	free(meter->queue.places);
	domains_unref(meter->domains);
	domains_unref(meter->witnesses);
	pthread_mutex_destroy(&meter->lock);
	pthread_mutex_destroy(&meter->verbs);
	free(meter);
}

joules_status joules_meter_open(joules_meter **meter, const joules_options *options)
{
	UNCANCELLED;
	if (!meter)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_meter_open: meter must not be NULL");
	*meter = NULL;
	joules_list *list = NULL;
	joules_options known;
	joules_status status = registry_options(&known, options);
	if (status)
		return status;
	joules_meter *made = calloc(1, sizeof *made);
	if (!made)
		return fail_memory();
	pthread_mutex_init(&made->lock, NULL);
	pthread_mutex_init(&made->verbs, NULL);
	joules_options asked = known;
	asked.domains = choice_asked(known.domains);
	status = joules_list_new(&list, &asked);
	if (!status) {
		known.sysroot = list->sysroot;
		status = open_meter(made, list, &known);
	}
	joules_list_free(list);
	if (status) {
		free_meter(made);
		return status;
	}
	background_prepare(made);
	if (made->polls)
		background_need(made);
	status = joules_recorder_new(made, &made->own);
	if (status) {
		joules_meter_close(made);
		return status;
	}
	*meter = made;
	return JOULES_OK;
}

void joules_meter_close(joules_meter *meter)
{
	UNCANCELLED;
	if (!meter)
		return;
	background_end(meter);
	joules_recorder_free(meter->own);
	free_meter(meter);
}

/* ---- what it measures ---- */

size_t joules_meter_domain_count(const joules_meter *meter)
{
	return meter ? meter->domains->count : 0;
}

const joules_domain *joules_meter_domain(const joules_meter *meter, size_t index)
{
	return meter && index < meter->domains->count ? meter->domains->items[index] : NULL;
}

size_t joules_meter_missing_count(const joules_meter *meter)
{
	return meter ? meter->domains->missing_count : 0;
}

const joules_domain *joules_meter_missing(const joules_meter *meter, size_t index)
{
	return meter && index < meter->domains->missing_count ? meter->domains->missing[index] : NULL;
}

int joules_meter_failure(joules_meter *meter, size_t domain)
{
	if (!meter || domain >= meter->domains->count)
		return 0;
	pthread_mutex_lock(&meter->lock);
	int error = meter->counters[domain].error;
	pthread_mutex_unlock(&meter->lock);
	return error;
}

/* ---- the verbs ---- */

static joules_status fail_no_meter(const char *verb)
{
	return joules_fail(JOULES_INVALID_ARGUMENT, "%s: meter must not be NULL", verb);
}

joules_status joules_meter_start(joules_meter *meter, const char *tag)
{
	if (!meter)
		return fail_no_meter("start");
	pthread_mutex_lock(&meter->verbs);
	joules_status status = joules_recorder_start(meter->own, tag);
	pthread_mutex_unlock(&meter->verbs);
	return status;
}

joules_status joules_meter_record(joules_meter *meter, const char *tag)
{
	if (!meter)
		return fail_no_meter("record");
	pthread_mutex_lock(&meter->verbs);
	joules_status status = joules_recorder_record(meter->own, tag);
	pthread_mutex_unlock(&meter->verbs);
	return status;
}

joules_status joules_meter_resume(joules_meter *meter, const char *tag)
{
	if (!meter)
		return fail_no_meter("resume");
	pthread_mutex_lock(&meter->verbs);
	joules_status status = joules_recorder_resume(meter->own, tag);
	pthread_mutex_unlock(&meter->verbs);
	return status;
}

joules_status joules_meter_stop(joules_meter *meter)
{
	if (!meter)
		return fail_no_meter("stop");
	pthread_mutex_lock(&meter->verbs);
	joules_status status = joules_recorder_stop(meter->own);
	pthread_mutex_unlock(&meter->verbs);
	return status;
}

/* Look by look, so that a verb or a fork in another thread waits for one look at most. */
joules_status joules_meter_settle(joules_meter *meter, double seconds)
{
	if (!meter)
		return fail_no_meter("settle");
	if (isnan(seconds))
		return joules_fail(JOULES_INVALID_ARGUMENT, "settle: the time is not a number");
	double limit = look_limit_s(meter);
	for (int64_t begin_ns = clock_monotonic_ns();;) {
		pthread_mutex_lock(&meter->verbs);
		joules_status status = joules_recorder_settle(meter->own, 0.0);
		double pause = recorder_pause_s(meter->own);
		pthread_mutex_unlock(&meter->verbs);
		double waited = (double)(clock_monotonic_ns() - begin_ns) / 1e9;
		if (status != JOULES_NOT_SETTLED || waited >= seconds)
			return status;
		if (waited >= limit)
			return JOULES_OK;
		clock_sleep_ns((int64_t)(pause * 1e9));
	}
}

double joules_meter_settle_pause(joules_meter *meter)
{
	if (!meter)
		return 0.0;
	pthread_mutex_lock(&meter->verbs);
	double pause = recorder_pause_s(meter->own);
	pthread_mutex_unlock(&meter->verbs);
	return pause;
}

joules_status joules_meter_settle_start(joules_meter *meter)
{
	UNCANCELLED;
	return meter ? background_settle(meter) : fail_no_meter("settle");
}

joules_status joules_meter_trace(joules_meter *meter, joules_trace **trace)
{
	if (!meter || !trace)
		return joules_fail(JOULES_INVALID_ARGUMENT, "trace: meter and trace must not be NULL");
	*trace = NULL;
	pthread_mutex_lock(&meter->verbs);
	joules_status status = joules_recorder_trace(meter->own, trace);
	pthread_mutex_unlock(&meter->verbs);
	return status;
}

/* ---- the idle machine ---- */

/* One idle sample for each of the trace's, a little longer than that. Settling takes of the time that is waited for
 * anyway; only the last reading's comes on top. */
static joules_status idle_samples(const joules_trace *trace, joules_recorder *recorder)
{
	joules_status status = JOULES_OK;
	for (size_t i = 0; i < joules_trace_count(trace) && !status; i++) {
		struct row row = trace_row(trace, i);
		status = i == 0 ? joules_recorder_start(recorder, row.tag) : joules_recorder_record(recorder, row.tag);
		if (status)
			break;
		int64_t until_ns = clock_monotonic_ns() + (int64_t)(row.duration_s * 1e9);
		(void)joules_recorder_settle(recorder, row.duration_s / 2.0);
		clock_sleep_ns(until_ns - clock_monotonic_ns());
	}
	if (status || joules_trace_count(trace) == 0)
		return status;
	status = joules_recorder_stop(recorder);
	return status ? status : joules_recorder_settle(recorder, JOULES_UNTIL_SETTLED);
}

/* Also of a thread that is cancelled while it waits. */
static void free_recorder(void *recorder)
{
	joules_recorder_free(recorder);
}

joules_status joules_meter_idle(joules_meter *meter, const joules_trace *trace, joules_trace **idle)
{
	if (!meter || !trace || !idle)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_meter_idle: no argument may be NULL");
	*idle = NULL;
	if (!domains_equal(meter->domains, trace_domains(trace)))
		return joules_fail(
		    JOULES_INCONSISTENT, "joules_meter_idle: the trace was measured with other domains than this meter's");
	joules_recorder *recorder;
	joules_status status = joules_recorder_new(meter, &recorder);
	if (status)
		return status;
	joules_trace *measured = NULL;
	pthread_cleanup_push(free_recorder, recorder);
	status = idle_samples(trace, recorder);
	if (!status)
		status = joules_recorder_trace(recorder, &measured);
	pthread_cleanup_pop(true);
	if (!status)
		status = idle_scale(measured, trace, idle);
	joules_trace_unref(measured);
	return status;
}
