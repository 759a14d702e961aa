/* SPDX-License-Identifier: MIT */
/* A device of one's own, through the same table of functions that the built-in ones use: a lamp of 60 W that is always
 * on. */
#include <joules/joules.h>

#include <stdio.h>
#include <time.h>

static const double lamp_w = 60.0;

static double seconds_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Reports every domain that exists. A lamp without a counter is an estimate, and says so. */
static joules_status discover(void *context, const joules_options *options, joules_discovery *found)
{
	(void)context;
	(void)options;
	joules_domain domain = JOULES_DOMAIN_INIT;
	domain.name = "lamp_0";
	domain.kind = JOULES_KIND_JOULES; /* read() gives joules that only grow */
	domain.source = JOULES_ESTIMATED;
	domain.method = JOULES_METHOD_MODEL;
	domain.scope = "the lamp on the desk, by its label";
	domain.max_power_w = lamp_w;
	return joules_discovery_add(found, &domain);
}

static joules_status open_lamp(
    void *context, const joules_options *options, const joules_domain *const *domains, size_t count, void **state)
{
	(void)context;
	(void)options;
	(void)domains;
	(void)count;
	*state = NULL; /* what read() needs: descriptors, usually */
	return JOULES_OK;
}

static void read_lamp(void *state, joules_raw *const raw[])
{
	(void)state;
	raw[0]->ok = true;
	raw[0]->joules = lamp_w * seconds_now();
}

static void close_lamp(void *state)
{
	(void)state;
}

static const joules_device_ops lamp = {
	.size = sizeof lamp, .name = "lamp", .discover = discover, .open = open_lamp, .read = read_lamp, .close = close_lamp
};

int main(void)
{
	joules_options options = JOULES_OPTIONS_INIT;
	options.domains = "lamp";
	joules_meter *meter;
	if (joules_device_register(&lamp, NULL) != JOULES_OK || joules_meter_open(&meter, &options) != JOULES_OK) {
		fprintf(stderr, "device: %s\n", joules_error_message());
		return 1;
	}
	joules_trace *trace = NULL;
	joules_sample *sample = NULL;
	(void)joules_meter_start(meter, "an evening");
	nanosleep(&(struct timespec){ 0, 250000000 }, NULL);
	(void)joules_meter_stop(meter);
	if (joules_meter_trace(meter, &trace) == JOULES_OK && joules_trace_sum(trace, NULL, &sample) == JOULES_OK)
		printf("lamp_0: %.3f J in %.3f s\n", joules_sample_energy(sample, 0)->joules, sample->duration_s);
	joules_sample_free(sample);
	joules_trace_unref(trace);
	joules_meter_close(meter);
	return 0;
}
