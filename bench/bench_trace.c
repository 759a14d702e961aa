/* SPDX-License-Identifier: MIT */
/* A trace of SAMPLES samples, recorded.  usage: bench_trace SAMPLES; prints nanoseconds and resident bytes of each
 * sample. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"

static double resident_bytes(void)
{
	long pages = 0;
	FILE *statm = fopen("/proc/self/statm", "re");
	if (!statm || fscanf(statm, "%*d %ld", &pages) != 1)
		exit(1);
	(void)fclose(statm);
	long page = sysconf(_SC_PAGESIZE);
	return (double)pages * (double)page;
}

int main(int argc, char **argv)
{
	static const char *const tags[] = { "load", "solve", "store" };
	long samples = argc == 2 ? atol(argv[1]) : 0;
	if (samples < 1)
		return 2;
	joules_meter *meter = bench_open();
	bench_check(joules_meter_start(meter, tags[0]), "start");
	double before = resident_bytes();
	int64_t begin_ns = bench_now_ns();
	for (long i = 1; i < samples; i++)
		bench_check(joules_meter_record(meter, tags[i % 3]), "record");
	bench_check(joules_meter_stop(meter), "stop");
	double spent_ns = (double)(bench_now_ns() - begin_ns);
	joules_trace *trace;
	bench_check(joules_meter_trace(meter, &trace), "trace");
	if (joules_trace_count(trace) != (size_t)samples)
		return 1;
	printf("%.6g %.6g\n", spent_ns / (double)samples, (resident_bytes() - before) / (double)samples);
	joules_trace_unref(trace);
	joules_meter_close(meter);
	return 0;
}
