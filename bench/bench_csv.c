/* SPDX-License-Identifier: MIT */
/* The CSV handler.  usage: bench_csv SAMPLES FILE; each line of standard input writes the trace to the emptied file
 * once more, and prints the nanoseconds of a row. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"

static void ignore(void *context, const joules_notice *notice)
{
	(void)context;
	(void)notice;
}

static void write_trace(joules_trace *trace, const char *output)
{
	joules_handler *handler;
	bench_check(joules_handler_open(&handler, output), output);
	joules_handler_notices_set(handler, ignore, NULL);
	bench_check(joules_handler_process(handler, trace), output);
	bench_check(joules_handler_close(handler), output);
}

int main(int argc, char **argv)
{
	long samples = argc == 3 ? atol(argv[1]) : 0;
	char *output = NULL;
	if (samples < 1 || asprintf(&output, "csv:%s", argv[2]) < 0)
		return 2;
	joules_trace *trace = bench_measure(samples);
	char line[32];
	while (fgets(line, sizeof line, stdin)) {
		(void)unlink(argv[2]);
		int64_t begin_ns = bench_now_ns();
		write_trace(trace, output);
		printf("%.6g\n", (double)(bench_now_ns() - begin_ns) / (double)samples);
		(void)fflush(stdout);
	}
	joules_trace_unref(trace);
	free(output);
	return 0;
}
