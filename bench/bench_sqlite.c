/* SPDX-License-Identifier: MIT */
/* A trace into a file of SQLite, and the same rows by a bare loop over prepared statements.  usage: bench_sqlite
 * SAMPLES OURS BARE; for each line of standard input, "ours" or "bare", it makes that file anew, and prints the
 * nanoseconds that this took. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

/* The values as they lie in an array, so that the loop has nothing else to do. */
struct values {
	double timestamp, duration_s;
	struct {
		double joules, low, high;
		unsigned flags;
	} domain[BENCH_DOMAINS];
};

static struct values *copy(joules_trace *trace, size_t count)
{
	struct values *all = calloc(count, sizeof *all);
	joules_sample *sample = NULL;
	for (size_t i = 0; all && i < count; i++) {
		bench_check(joules_trace_sample(trace, i, &sample), "sample");
		all[i].timestamp = sample->timestamp;
		all[i].duration_s = sample->duration_s;
		for (size_t d = 0; d < BENCH_DOMAINS; d++) {
			const joules_energy *energy = joules_sample_energy(sample, d);
			all[i].domain[d].joules = energy->joules;
			all[i].domain[d].low = energy->low;
			all[i].domain[d].high = energy->high;
			all[i].domain[d].flags = energy->flags;
		}
	}
	joules_sample_free(sample);
	return all;
}

static void ours(joules_trace *trace, const char *path)
{
	joules_handler *handler;
	char output[256];
	(void)snprintf(output, sizeof output, "sqlite:%s", path);
	bench_check(joules_handler_open(&handler, output), "open");
	bench_check(joules_handler_process(handler, trace), "process");
	bench_check(joules_handler_close(handler), "close");
}

static void check(sqlite3 *db, int code)
{
	if (code == SQLITE_OK || code == SQLITE_DONE)
		return;
	(void)fprintf(stderr, "bare: %s\n", sqlite3_errmsg(db));
	exit(1);
}

static void step(sqlite3 *db, sqlite3_stmt *insert)
{
	check(db, sqlite3_step(insert));
	check(db, sqlite3_reset(insert));
}

static void insert_all(sqlite3 *db, sqlite3_stmt *sample, sqlite3_stmt *value, const struct values *all, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		sqlite3_bind_int64(sample, 1, (sqlite3_int64)i);
		sqlite3_bind_text(sample, 2, "bench", -1, SQLITE_STATIC);
		sqlite3_bind_double(sample, 3, all[i].timestamp);
		sqlite3_bind_double(sample, 4, all[i].duration_s);
		step(db, sample);
		for (int d = 0; d < BENCH_DOMAINS; d++) {
			sqlite3_bind_int64(value, 1, (sqlite3_int64)i);
			sqlite3_bind_int64(value, 2, d);
			sqlite3_bind_double(value, 3, all[i].domain[d].joules);
			sqlite3_bind_double(value, 4, all[i].domain[d].low);
			sqlite3_bind_double(value, 5, all[i].domain[d].high);
			sqlite3_bind_int64(value, 6, all[i].domain[d].flags);
			step(db, value);
		}
	}
}

/* The tables are ours, so that there are as many columns and the same keys. */
static void bare(const struct values *all, size_t count, const char *path)
{
	sqlite3 *db;
	sqlite3_stmt *sample, *value;
	check(NULL, sqlite3_open(path, &db));
	check(db, sqlite3_exec(db, "PRAGMA auto_vacuum = INCREMENTAL", NULL, NULL, NULL));
	check(db, sqlite3_exec(db, joules_store_schema(0), NULL, NULL, NULL));
	check(db, sqlite3_exec(db, "BEGIN", NULL, NULL, NULL));
	check(db, sqlite3_prepare_v2(db, "INSERT INTO sample VALUES(1, ?, ?, NULL, ?, ?)", -1, &sample, NULL));
	check(db,
	    sqlite3_prepare_v2(
	        db, "INSERT INTO value VALUES(1, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, NULL)", -1, &value, NULL));
	insert_all(db, sample, value, all, count);
	check(db, sqlite3_finalize(sample));
	check(db, sqlite3_finalize(value));
	check(db, sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
	check(db, sqlite3_close(db));
}

int main(int argc, char **argv)
{
	long samples = argc == 4 ? atol(argv[1]) : 0;
	if (samples < 1)
		return 2;
	joules_trace *trace = bench_measure(samples);
	struct values *all = copy(trace, (size_t)samples);
	for (char line[64]; all && fgets(line, sizeof line, stdin);) {
		bool is_ours = strcmp(line, "ours\n") == 0;
		(void)unlink(argv[is_ours ? 2 : 3]);
		int64_t begin_ns = bench_now_ns();
		if (is_ours)
			ours(trace, argv[2]);
		else
			bare(all, (size_t)samples, argv[3]);
		printf("%.6g\n", (double)(bench_now_ns() - begin_ns));
		(void)fflush(stdout);
	}
	free(all);
	joules_trace_unref(trace);
	return 0;
}
