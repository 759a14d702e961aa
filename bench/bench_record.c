/* SPDX-License-Identifier: MIT */
/*
 * A record against the system calls that it cannot do without.  usage: bench_record DOMAINS
 * Each line of standard input is a task, each line of output its result: `floor N` and `record N` nanoseconds each of N,
 * `allocations N` how many a record needs. The trace is one, and grows by all of them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

/* ---- an allocator that counts ---- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

static volatile long allocations;

void *malloc(size_t size)
{
	allocations++;
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	allocations++;
	return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
	allocations++;
	return __libc_realloc(block, size);
}

/* ---- the floor: what a reading needs of the kernel, and nothing else ---- */

static int files[BENCH_DOMAINS];

static void open_files(const joules_meter *meter)
{
	if (joules_meter_domain_count(meter) != BENCH_DOMAINS) {
		(void)fprintf(stderr, "bench_record: name %d domains\n", BENCH_DOMAINS);
		exit(1);
	}
	for (size_t i = 0; i < BENCH_DOMAINS; i++) {
		files[i] = open(joules_meter_domain(meter, i)->path, O_RDONLY | O_CLOEXEC);
		if (files[i] < 0) {
			perror(joules_meter_domain(meter, i)->path);
			exit(1);
		}
	}
}

/* The clock before, the files, the clock after, and the one that says whether the machine slept. */
static void read_bare(void)
{
	struct timespec before, after, boot;
	char bytes[64];
	clock_gettime(CLOCK_MONOTONIC, &before);
	for (size_t i = 0; i < BENCH_DOMAINS; i++)
		if (pread(files[i], bytes, sizeof bytes, 0) <= 0)
			exit(1);
	clock_gettime(CLOCK_MONOTONIC, &after);
	clock_gettime(CLOCK_BOOTTIME, &boot);
}

static void record_many(joules_meter *meter, long count)
{
	for (long i = 0; i < count; i++)
		if (joules_meter_record(meter, "bench") != JOULES_OK)
			bench_check(JOULES_IO, "record");
}

static double run(joules_meter *meter, const char *task, long count)
{
	long before = allocations;
	int64_t begin_ns = bench_now_ns();
	if (strcmp(task, "floor") == 0)
		for (long i = 0; i < count; i++)
			read_bare();
	else
		record_many(meter, count);
	double spent = strcmp(task, "allocations") == 0 ? (double)(allocations - before) : (double)(bench_now_ns() - begin_ns);
	return spent / (double)count;
}

int main(int argc, char **argv)
{
	joules_options options = JOULES_OPTIONS_INIT;
	joules_meter *meter;
	char task[32];
	long count;
	if (argc != 2)
		return 2;
	options.domains = argv[1];
	bench_check(joules_meter_open(&meter, &options), "bench_record");
	open_files(meter);
	bench_check(joules_meter_start(meter, "bench"), "start");
	while (scanf("%31s %ld", task, &count) == 2 && count > 0) {
		printf("%.6g\n", run(meter, task, count));
		(void)fflush(stdout);
	}
	bench_check(joules_meter_stop(meter), "stop");
	joules_meter_close(meter);
	return 0;
}
