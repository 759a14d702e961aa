/* SPDX-License-Identifier: MIT */
/* Blocks: measured from JOULES_SCOPE() to the end of the block, whichever way it is left. Finished traces are kept
 * until asked for. */
#include <joules/joules.h>

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

static void work(double seconds)
{
	volatile double sum = 0.0;
	for (clock_t end = clock() + (clock_t)(seconds * CLOCKS_PER_SEC); clock() < end;)
		sum = sum / 2 + 1;
}

static bool render(int frames)
{
	JOULES_SCOPE("load");
	work(0.2);
	JOULES_BREAK("render"); /* ends "load", begins "render" */
	for (int i = 0; i < frames; i++) {
		JOULES_SCOPE("frame"); /* a measurement of its own inside the other */
		work(0.15);
		if (i == 1)
			return true; /* ends both */
	}
	return false;
}

static void print_trace(const joules_trace *trace)
{
	joules_sample *sample = NULL;
	for (size_t i = 0; i < joules_trace_count(trace); i++) {
		if (joules_trace_sample(trace, i, &sample) != JOULES_OK)
			break;
		joules_source source;
		const joules_energy *total = joules_sample_total(sample, &source);
		printf(
		    "%-8s %6.3f s  %8.3f J  %s\n", sample->tag, sample->duration_s, total->joules, joules_source_name(source));
	}
	joules_sample_free(sample);
}

int main(void)
{
	render(3);

	joules_trace **traces;
	size_t count;
	if (joules_default_traces(&traces, &count) != JOULES_OK)
		return 1;
	for (size_t i = 0; i < count; i++)
		print_trace(traces[i]);
	joules_traces_free(traces, count);

	/* Where nothing can be measured the blocks run all the same; this says why there are no traces. */
	joules_meter *meter;
	if (joules_default_meter(&meter) != JOULES_OK)
		printf("not measured: %s\n", joules_error_message());
	return 0;
}
