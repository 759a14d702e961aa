/* SPDX-License-Identifier: MIT */
/* Traces of one sample to a MongoDB server.  usage: bench_mongodb ADDRESS COUNT; for each line of standard input it
 * measures COUNT traces, and prints the nanoseconds that storing them took. */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

static void measure(joules_meter *meter, joules_handler *handler)
{
	joules_trace *trace;
	bench_check(joules_meter_start(meter, "bench"), "start");
	bench_check(joules_meter_stop(meter), "stop");
	bench_check(joules_meter_trace(meter, &trace), "trace");
	bench_check(joules_handler_process(handler, trace), "process");
	joules_trace_unref(trace);
}

int main(int argc, char **argv)
{
	long count = argc == 3 ? atol(argv[2]) : 0;
	if (count < 1)
		return 2;
	joules_meter *meter = bench_open();
	for (char line[64]; fgets(line, sizeof line, stdin);) {
		joules_handler *handler;
		bench_check(joules_handler_open(&handler, argv[1]), "open");
		for (long i = 0; i < count; i++)
			measure(meter, handler);
		int64_t begin_ns = bench_now_ns();
		bench_check(joules_handler_save(handler), "save");
		printf("%.6g\n", (double)(bench_now_ns() - begin_ns));
		(void)fflush(stdout);
		joules_handler_discard(handler);
	}
	joules_meter_close(meter);
	return 0;
}
