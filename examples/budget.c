/* SPDX-License-Identifier: MIT */
/* A budget, for tests of energy: exits 1 if the work has certainly taken more than so many joules, 0 if not, 2 if
 * nobody knows. */
#include <joules/joules.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void work(double seconds)
{
	volatile double sum = 0.0;
	for (clock_t end = clock() + (clock_t)(seconds * CLOCKS_PER_SEC); clock() < end;)
		sum = sum / 2 + 1;
}

static joules_status measure(joules_meter *meter, joules_energy *total, joules_source *source)
{
	joules_trace *trace = NULL;
	joules_sample *sample = NULL;
	joules_status status = joules_meter_start(meter, "work");
	if (status != JOULES_OK)
		return status;
	(void)joules_meter_settle(meter, JOULES_UNTIL_SETTLED);
	work(0.4);
	status = joules_meter_stop(meter);
	(void)joules_meter_settle(meter, JOULES_UNTIL_SETTLED);
	if (status == JOULES_OK)
		status = joules_meter_trace(meter, &trace);
	if (status == JOULES_OK)
		status = joules_trace_sum(trace, NULL, &sample);
	if (status == JOULES_OK)
		*total = *joules_sample_total(sample, source);
	joules_sample_free(sample);
	joules_trace_unref(trace);
	return status;
}

int main(int argc, char **argv)
{
	double budget = argc > 1 ? strtod(argv[1], NULL) : 1000.0;
	joules_meter *meter;
	joules_energy total;
	joules_source source;
	joules_status status = joules_meter_open(&meter, NULL);
	if (status == JOULES_OK)
		status = measure(meter, &total, &source);
	joules_meter_close(meter);
	if (status != JOULES_OK || isnan(total.low)) {
		fprintf(stderr, "budget: %s\n", status == JOULES_OK ? "no value" : joules_error_message());
		return 2;
	}
	bool over = total.low > budget;
	printf("%.3f J (at least %.3f J, %s): %s %g J\n", total.joules, total.low, joules_source_name(source),
	    over ? "over the budget of" : "not certainly above", budget);
	return over ? 1 : 0;
}
