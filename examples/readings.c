/* SPDX-License-Identifier: MIT */
/* Free readings: any two of them have a difference, so regions may nest, overlap, and run in several threads on one
 * meter. */
#include <joules/joules.h>

#include <pthread.h>
#include <stdio.h>

static joules_meter *meter;

static void work(int millions)
{
	volatile double sum = 0.0;
	for (int i = 0; i < millions * 1000000; i++)
		sum = sum / 2 + 1;
}

static void print_between(const char *name, const joules_reading *begin, const joules_reading *end)
{
	joules_sample *sample = NULL;
	if (joules_between(meter, begin, end, &sample) == JOULES_OK) {
		joules_source source;
		const joules_energy *total = joules_sample_total(sample, &source);
		printf("%-16s %6.3f s  %8.3f J  (%.3f … %.3f J, %s)\n", name, sample->duration_s, total->joules, total->low,
		    total->high, joules_source_name(source));
	} else {
		fprintf(stderr, "readings: %s\n", joules_error_message());
	}
	joules_sample_free(sample);
}

/* Settling is optional: it waits for the counters' next tick, and so closes the bounds of the reading. */
static joules_reading *read_now(void)
{
	joules_reading *reading = NULL;
	if (joules_reading_new(meter, &reading) != JOULES_OK || joules_read(meter, reading) != JOULES_OK)
		fprintf(stderr, "readings: %s\n", joules_error_message());
	(void)joules_settle(meter, reading, JOULES_UNTIL_SETTLED);
	return reading;
}

/* What the whole machine takes while this thread is at work: other threads' work is in it. */
static void *in_thread(void *name)
{
	joules_reading *begin = read_now();
	work(30);
	joules_reading *end = read_now();
	print_between(name, begin, end);
	joules_reading_free(begin);
	joules_reading_free(end);
	return NULL;
}

int main(void)
{
	if (joules_meter_open(&meter, NULL) != JOULES_OK) {
		fprintf(stderr, "readings: %s\n", joules_error_message());
		return 1;
	}
	joules_reading *at[4];
	for (int i = 0; i < 4; i++) {
		at[i] = read_now();
		work(20);
	}
	print_between("whole", at[0], at[3]);
	print_between("first two parts", at[0], at[2]);
	print_between("last two parts", at[1], at[3]); /* overlaps with the line above */
	pthread_t threads[2];
	static char names[2][16] = { "thread one", "thread two" };
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, in_thread, names[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 4; i++)
		joules_reading_free(at[i]);
	joules_meter_close(meter);
	return 0;
}
