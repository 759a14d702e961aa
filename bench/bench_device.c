/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

void bench_check(joules_status status, const char *what)
{
	if (status == JOULES_OK)
		return;
	(void)fprintf(stderr, "%s: %s\n", what, joules_error_message());
	exit(1);
}

static joules_status discover(void *context, const joules_options *options, joules_discovery *found)
{
	(void)context;
	(void)options;
	for (int i = 0; i < BENCH_DOMAINS; i++) {
		char name[32];
		(void)snprintf(name, sizeof name, "bench_%d", i);
		joules_domain domain = JOULES_DOMAIN_INIT;
		domain.name = name;
		domain.unit_j = 0x1p-14;
		domain.tick_s = 0.001;
		domain.longest_tick_s = 0.003;
		domain.settle_s = 0.020;
		domain.max_power_w = 2000.0;
		domain.modulus = UINT64_C(1) << 32;
		joules_status status = joules_discovery_add(found, &domain);
		if (status)
			return status;
	}
	return JOULES_OK;
}

static uint64_t counts[BENCH_DOMAINS];

static joules_status open_counters(
    void *context, const joules_options *options, const joules_domain *const *domains, size_t count, void **state)
{
	(void)context;
	(void)options;
	(void)domains;
	(void)count;
	*state = counts;
	return JOULES_OK;
}

/* Energies of many digits, as real ones have. */
static void read_counters(void *state, joules_raw *const raw[])
{
	uint64_t *count = state;
	for (size_t i = 0; i < BENCH_DOMAINS; i++) {
		count[i] += 7 + 3 * i;
		raw[i]->ok = true;
		raw[i]->count = count[i] & UINT32_MAX;
	}
}

static void close_counters(void *state)
{
	(void)state;
}

static const joules_device_ops device = {
	.size = sizeof device,
	.name = "bench",
	.discover = discover,
	.open = open_counters,
	.read = read_counters,
	.close = close_counters,
};

joules_meter *bench_open(void)
{
	joules_options options = JOULES_OPTIONS_INIT;
	joules_meter *meter;
	options.domains = "bench";
	bench_check(joules_device_register(&device, NULL), "the bench's device");
	bench_check(joules_meter_open(&meter, &options), "a meter on the bench's device");
	return meter;
}

joules_trace *bench_measure(long samples)
{
	joules_meter *meter = bench_open();
	joules_trace *trace;
	bench_check(joules_meter_start(meter, "bench"), "start");
	for (long i = 1; i < samples; i++)
		bench_check(joules_meter_record(meter, "bench"), "record");
	bench_check(joules_meter_stop(meter), "stop");
	bench_check(joules_meter_trace(meter, &trace), "trace");
	joules_meter_close(meter);
	return trace;
}
