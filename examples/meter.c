/* SPDX-License-Identifier: MIT */
/* A meter by hand: start, record, stop, then its trace, sample by sample. */
#include <joules/joules.h>

#include <math.h>
#include <stdio.h>
#include <time.h>

/* Something to measure: keeps one CPU busy. */
static void work(double seconds)
{
	volatile double sum = 0.0;
	for (clock_t end = clock() + (clock_t)(seconds * CLOCKS_PER_SEC); clock() < end;)
		sum = sum / 2 + 1;
}

static void print_sample(const joules_sample *sample)
{
	printf("%s, %.3f s\n", sample->tag, sample->duration_s);
	for (size_t i = 0; i < sample->domain_count; i++) {
		const joules_domain *domain = sample->domains[i];
		const joules_energy *energy = joules_sample_energy(sample, i);
		if (isnan(energy->joules))
			printf("  %-14s not measured\n", domain->name);
		else
			printf("  %-14s %8.3f J  (%.3f … %.3f J, %s)\n", domain->name, energy->joules, energy->low, energy->high,
			    joules_source_name(domain->source));
	}
}

/* Settling is optional: it waits for the next tick of the counters, about 1 ms, and so closes the bounds of the reading
 * just taken. */
static joules_status measure(joules_meter *meter, joules_trace **trace)
{
	joules_status status = joules_meter_start(meter, "parse");
	(void)joules_meter_settle(meter, JOULES_UNTIL_SETTLED);
	work(0.2);
	if (status == JOULES_OK)
		status = joules_meter_record(meter, "solve"); /* ends "parse", begins "solve" */
	(void)joules_meter_settle(meter, JOULES_UNTIL_SETTLED);
	work(0.4);
	if (status == JOULES_OK)
		status = joules_meter_stop(meter);
	(void)joules_meter_settle(meter, JOULES_UNTIL_SETTLED);
	return status == JOULES_OK ? joules_meter_trace(meter, trace) : status;
}

int main(void)
{
	joules_meter *meter;
	joules_trace *trace = NULL;
	joules_sample *sample = NULL;
	joules_status status = joules_meter_open(&meter, NULL);
	if (status == JOULES_OK)
		status = measure(meter, &trace);
	for (size_t i = 0; status == JOULES_OK && i < joules_trace_count(trace); i++) {
		status = joules_trace_sample(trace, i, &sample); /* allocates the first time, then refills */
		if (status == JOULES_OK)
			print_sample(sample);
	}
	if (status != JOULES_OK)
		fprintf(stderr, "meter: %s\n", joules_error_message());
	joules_sample_free(sample);
	joules_trace_unref(trace);
	joules_meter_close(meter);
	return status == JOULES_OK ? 0 : 1;
}
