/* SPDX-License-Identifier: MIT */
/*
 * A record against the system calls that it cannot do without.  usage: bench_record DOMAINS
 * Each line of standard input is a task, each line of output its result: `floor N` nanoseconds of each of N, `record N`
 * the same in measurements of 800 records, `allocations N` how many a record needs in one measurement of N, `among N`
 * nanoseconds of a record of one recorder while N are open.
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

/* About as many as pyJoules can hand out, so that both are measured alike. bench_trace shows what a growing trace
 * costs. */
enum { MEASUREMENT = 800 };

/* Nanoseconds of the records alone. */
static int64_t measure(joules_meter *meter, long records)
{
	bench_check(joules_meter_start(meter, "bench"), "start");
	int64_t begin_ns = bench_now_ns();
	for (long i = 0; i < records; i++)
		if (joules_meter_record(meter, "bench") != JOULES_OK)
			bench_check(JOULES_IO, "record");
	int64_t end_ns = bench_now_ns();
	bench_check(joules_meter_stop(meter), "stop");
	return end_ns - begin_ns;
}

static double floor_of(long count)
{
	int64_t begin_ns = bench_now_ns();
	for (long i = 0; i < count; i++)
		read_bare();
	return (double)(bench_now_ns() - begin_ns) / (double)count;
}

static double record(joules_meter *meter, long count)
{
	int64_t spent_ns = 0;
	long done = 0;
	for (; done < count; done += MEASUREMENT)
		spent_ns += measure(meter, MEASUREMENT);
	return (double)spent_ns / (double)done;
}

static double allocate(joules_meter *meter, long count)
{
	long before = allocations;
	(void)measure(meter, count);
	return (double)(allocations - before) / (double)count;
}

/* All of them run, and only the last one records. */
static double among(joules_meter *meter, long count)
{
	enum { RECORDS = 20000 };
	joules_recorder **recorders = calloc((size_t)count, sizeof(joules_recorder *));
	for (long i = 0; i < count; i++) {
		bench_check(joules_recorder_new(meter, &recorders[i]), "recorder");
		bench_check(joules_recorder_start(recorders[i], "bench"), "start");
	}
	int64_t begin_ns = bench_now_ns();
	for (long i = 0; i < RECORDS; i++)
		if (joules_recorder_record(recorders[count - 1], "bench") != JOULES_OK)
			bench_check(JOULES_IO, "record");
	int64_t spent_ns = bench_now_ns() - begin_ns;
	for (long i = 0; i < count; i++)
		joules_recorder_free(recorders[i]);
	free(recorders);
	return (double)spent_ns / RECORDS;
}

static double run(joules_meter *meter, const char *task, long count)
{
	if (strcmp(task, "floor") == 0)
		return floor_of(count);
	if (strcmp(task, "among") == 0)
		return among(meter, count);
	return strcmp(task, "record") == 0 ? record(meter, count) : allocate(meter, count);
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
	while (scanf("%31s %ld", task, &count) == 2 && count > 0) {
		printf("%.6g\n", run(meter, task, count));
		(void)fflush(stdout);
	}
	joules_meter_close(meter);
	return 0;
}
