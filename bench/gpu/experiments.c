/* SPDX-License-Identifier: MIT */
/*
 * What a real GPU does, asked through the same declarations of NVML that Joules uses. script/gpu-experiments runs the
 * whole series. Output is `name value …`, one thing a line; what a GPU does not have is `rc CODE`. GPU 0, or $GPU.
 */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "devices/nvidia/nvml.h"

static const struct nvml *nvml;
static nvml_device gpu;

/* ---- helpers ---- */

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void nap_ns(int64_t ns)
{
	struct timespec time = { ns / 1000000000, ns % 1000000000 };
	if (ns > 0)
		nanosleep(&time, NULL);
}

static unsigned gpu_index(void)
{
	const char *index = getenv("GPU");
	return index ? (unsigned)strtoul(index, NULL, 10) : 0;
}

static void open_gpu(void)
{
	struct nvml_problem problem;
	nvml = nvml_get(&problem);
	if (!nvml) {
		printf("nvml %s\n", problem.reason);
		exit(1);
	}
	int code = nvml->by_index(gpu_index(), &gpu);
	if (code) {
		printf("gpu %u rc %d %s\n", gpu_index(), code, nvml_meaning(code)->name);
		exit(1);
	}
}

static int compare(const void *a, const void *b)
{
	const double *first = a, *second = b;
	return (*first > *second) - (*first < *second);
}

/* Sorts. */
static double quantile(double *values, size_t count, double q)
{
	qsort(values, count, sizeof *values, compare);
	return count ? values[(size_t)(q * (double)(count - 1))] : (double)NAN;
}

static double energy_j(void)
{
	unsigned long long mj;
	return nvml->energy && nvml->energy(gpu, &mj) == 0 ? (double)mj * 1e-3 : (double)NAN;
}

static double field_w(unsigned field)
{
	double mw;
	return nvml_read_field(nvml, gpu, field, SCOPE_GPU, &mw) == 0 ? mw * 1e-3 : (double)NAN;
}

static double usage_w(void)
{
	unsigned mw;
	return nvml->power && nvml->power(gpu, &mw) == 0 ? mw * 1e-3 : (double)NAN;
}

static double instant_w(void)
{
	return field_w(FIELD_POWER_INSTANT);
}

static double average_w(void)
{
	return field_w(FIELD_POWER_AVERAGE);
}

/* ---- E1 ---- */

static void print_text(const char *what, int (*ask)(nvml_device, char *, unsigned))
{
	char text[NVML_TEXT] = "";
	int code = ask ? ask(gpu, text, sizeof text) : NVML_FUNCTION_NOT_FOUND;
	printf("%s %s rc %d\n", what, text, code);
}

static void caps(void)
{
	unsigned value = 0, pending = 0, count = 0;
	int code = nvml->count(&count);
	printf("count %u rc %d\n", count, code);
	if (nvml->name && nvml->uuid) {
		print_text("name", nvml->name);
		print_text("uuid", nvml->uuid);
	}
	code = nvml->architecture ? nvml->architecture(gpu, &value) : NVML_FUNCTION_NOT_FOUND;
	printf("architecture %u rc %d\n", value, code);
	code = nvml->power_limit ? nvml->power_limit(gpu, &value) : NVML_FUNCTION_NOT_FOUND;
	printf("power_limit_mw %u rc %d\n", value, code);
	code = nvml->mig_mode ? nvml->mig_mode(gpu, &value, &pending) : NVML_FUNCTION_NOT_FOUND;
	printf("mig %u rc %d\n", value, code);
	unsigned long long mj = 0;
	code = nvml->energy ? nvml->energy(gpu, &mj) : NVML_FUNCTION_NOT_FOUND;
	printf("energy_mj %llu rc %d\n", mj, code);
	code = nvml->power ? nvml->power(gpu, &value) : NVML_FUNCTION_NOT_FOUND;
	printf("power_usage_mw %u rc %d\n", value, code);
	static const unsigned fields[] = { 83, 191, 185, 186 };
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		for (unsigned scope = 0; scope < 4; scope++) {
			double number = 0.0;
			code = nvml_read_field(nvml, gpu, fields[i], scope, &number);
			printf("field %u scope %u value %.0f rc %d\n", fields[i], scope, number, code);
		}
}

/* ---- E2 ---- */

static void time_calls(const char *what, double (*call)(void), size_t count)
{
	double *times = calloc(count, sizeof *times);
	for (size_t i = 0; times && i < count; i++) {
		int64_t begin = now_ns();
		(void)call();
		times[i] = (double)(now_ns() - begin) * 1e-3;
	}
	if (times)
		printf("%s_us median %.2f p99 %.2f max %.2f\n", what, quantile(times, count, 0.5), quantile(times, count, 0.99),
		    quantile(times, count, 1.0));
	free(times);
}

static double both_fields(void)
{
	struct nvml_field fields[2] = { { .id = FIELD_TOTAL_ENERGY }, { .id = FIELD_POWER_INSTANT } };
	return nvml->fields ? nvml->fields(gpu, 2, fields) : 0;
}

static void latency(size_t count)
{
	time_calls("energy", energy_j, count);
	time_calls("power_usage", usage_w, count);
	time_calls("power_instant", instant_w, count);
	time_calls("energy_and_instant", both_fields, count);
}

/* ---- E3 ---- */

enum { GAPS = 100000 };

/* When a value changes, looked at all the time. */
static void edges_of(const char *what, double (*call)(void), double seconds)
{
	static double gaps[GAPS], steps[GAPS];
	double last = call();
	size_t count = 0;
	int64_t begin = now_ns(), changed = 0;
	if (isnan(last)) {
		printf("edges_%s none\n", what);
		return;
	}
	while ((double)(now_ns() - begin) * 1e-9 < seconds && count < GAPS) {
		double value = call();
		if (value <= last && value >= last)
			continue;
		int64_t now = now_ns();
		if (changed) {
			steps[count] = value - last;
			gaps[count++] = (double)(now - changed) * 1e-6;
		}
		changed = now;
		last = value;
	}
	printf("edges_%s count %zu period_ms median %.3f p05 %.3f p95 %.3f max %.3f step median %.6f\n", what, count,
	    quantile(gaps, count, 0.5), quantile(gaps, count, 0.05), quantile(gaps, count, 0.95),
	    quantile(gaps, count, 1.0), quantile(steps, count, 0.5));
}

static void edges(double seconds)
{
	edges_of("energy", energy_j, seconds);
	edges_of("instant", instant_w, seconds);
	edges_of("average", average_w, seconds);
	edges_of("usage", usage_w, seconds);
}

/* ---- E4 ---- */

static void accuracy(double seconds)
{
	double (*const powers[])(void) = { instant_w, average_w, usage_w };
	static const char *const names[] = { "instant", "average", "usage" };
	double sums[3] = { 0.0 }, last[3];
	double start = energy_j();
	int64_t begin = now_ns(), before = begin;
	for (int i = 0; i < 3; i++)
		last[i] = powers[i]();
	while ((double)(before - begin) * 1e-9 < seconds) {
		nap_ns(5000000);
		int64_t now = now_ns();
		for (int i = 0; i < 3; i++) {
			double watts = powers[i]();
			sums[i] += (last[i] + watts) / 2.0 * (double)(now - before) * 1e-9;
			last[i] = watts;
		}
		before = now;
	}
	double counted = energy_j() - start;
	double took = (double)(before - begin) * 1e-9;
	printf("accuracy seconds %.3f counter_j %.3f counter_w %.3f\n", took, counted, counted / took);
	for (int i = 0; i < 3; i++)
		printf("accuracy_%s joules %.3f ratio %.4f\n", names[i], sums[i], sums[i] / counted);
}

/* ---- E5 ---- */

static void regions(unsigned each, double longest_s)
{
	static const double lengths_ms[] = { 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000 };
	double watts = energy_j();
	int64_t begin = now_ns();
	nap_ns((int64_t)(fmax(1.0, longest_s) * 1e9));
	watts = (energy_j() - watts) / ((double)(now_ns() - begin) * 1e-9);
	printf("regions mean_w %.3f\n", watts);
	for (size_t i = 0; i < sizeof lengths_ms / sizeof *lengths_ms && lengths_ms[i] * 1e-3 <= longest_s; i++) {
		double sum = 0.0, squares = 0.0;
		unsigned zeros = 0;
		for (unsigned j = 0; j < each; j++) {
			nap_ns(random() % 100000000);
			int64_t start = now_ns();
			double joules = energy_j();
			nap_ns((int64_t)(lengths_ms[i] * 1e6));
			joules = energy_j() - joules;
			double ratio = joules / (watts * (double)(now_ns() - start) * 1e-9);
			zeros += joules <= 0.0;
			sum += ratio;
			squares += ratio * ratio;
		}
		double mean = sum / each;
		double stddev = sqrt(fmax(0.0, squares / each - mean * mean));
		printf("region_ms %.0f ratio mean %.4f stddev %.4f zeros %.3f\n", lengths_ms[i], mean, stddev,
		    (double)zeros / each);
	}
}

/* ---- E6, E13 ---- */

/* t_s,energy_mj,power_instant_mw,power_average_mw: what the fake plays. */
static void record(double seconds, const char *path)
{
	FILE *file = fopen(path, "we");
	if (!file) {
		perror(path);
		exit(1);
	}
	double last[3] = { (double)NAN, (double)NAN, (double)NAN };
	int64_t begin = now_ns(), kept = 0;
	(void)fprintf(file, "t_s,energy_mj,power_instant_mw,power_average_mw\n");
	for (int64_t now = begin; (double)(now - begin) * 1e-9 < seconds; now = now_ns()) {
		double values[3] = { energy_j() * 1e3, instant_w() * 1e3, average_w() * 1e3 };
		bool changed = false;
		for (int i = 0; i < 3; i++) {
			values[i] = isnan(values[i]) ? 0.0 : values[i];
			changed |= !(values[i] >= last[i] && values[i] <= last[i]);
		}
		/* Each change, and a line at least every 50 ms: a minute stays below a megabyte. */
		if (changed || now - kept > 50000000) {
			(void)fprintf(file, "%.6f,%.0f,%.0f,%.0f\n", (double)(now - begin) * 1e-9, values[0], values[1], values[2]);
			kept = now;
		}
		memcpy(last, values, sizeof last);
	}
	printf("recorded %s begin_ns %lld\n", path, (long long)begin);
	(void)fclose(file);
}

/* How long after the load the counter and the power follow: the middle between idle and load is passed. `begin_ns` is
 * of the recording. */
static void step(const char *csv, const char *load_log, int64_t begin_ns)
{
	static double t[GAPS], mj[GAPS], mw[GAPS];
	double average;
	char line[256];
	long long on = 0;
	size_t count = 0;
	FILE *file = fopen(load_log, "re");
	while (file && fgets(line, sizeof line, file) && sscanf(line, "on %lld", &on) != 1)
		;
	if (file)
		(void)fclose(file);
	file = fopen(csv, "re");
	while (file && count < GAPS && fgets(line, sizeof line, file))
		count += sscanf(line, "%lf,%lf,%lf,%lf", &t[count], &mj[count], &mw[count], &average) == 4;
	if (file)
		(void)fclose(file);
	if (!on || count < 10) {
		printf("step no load was seen\n");
		return;
	}
	double at = (double)(on - begin_ns) * 1e-9, low = mw[0], high = low;
	for (size_t i = 0; i < count; i++)
		high = fmax(high, mw[i]);
	bool power = false, counter = false;
	for (size_t i = 1, moved = 0; i < count && !(power && counter); i++) {
		if (!power && t[i] > at && mw[i] > (low + high) / 2.0)
			power = printf("step_power_lag_ms %.1f\n", (t[i] - at) * 1e3) > 0;
		if (mj[i] <= mj[moved])
			continue;
		if (!counter && t[i] > at && (mj[i] - mj[moved]) / (t[i] - t[moved]) > (low + high) / 2.0)
			counter = printf("step_counter_lag_ms %.1f\n", (t[i] - at) * 1e3) > 0;
		moved = i;
	}
}

/* ---- E7 ---- */

struct job {
	pthread_t thread;
	nvml_device device;
	atomic_ulong calls;
};
static atomic_bool stop;

static void *hammer(void *argument)
{
	struct job *job = argument;
	unsigned long long mj;
	while (!atomic_load(&stop)) {
		(void)nvml->energy(job->device, &mj);
		atomic_fetch_add(&job->calls, 1);
	}
	return NULL;
}

/* Each thread its own GPU as far as there are some. */
static void threads(unsigned most, double seconds)
{
	enum { MOST = 64 };
	static struct job jobs[MOST];
	unsigned gpus = 1;
	if (!nvml->energy) {
		printf("threads none\n");
		return;
	}
	(void)nvml->count(&gpus);
	for (unsigned n = 1; n <= most && n <= MOST; n *= 2) {
		unsigned long calls = 0;
		atomic_store(&stop, false);
		for (unsigned i = 0; i < n; i++) {
			atomic_store(&jobs[i].calls, 0);
			if (nvml->by_index(i % (gpus ? gpus : 1), &jobs[i].device))
				jobs[i].device = gpu;
			(void)pthread_create(&jobs[i].thread, NULL, hammer, &jobs[i]);
		}
		nap_ns((int64_t)(seconds * 1e9));
		atomic_store(&stop, true);
		for (unsigned i = 0; i < n; i++) {
			(void)pthread_join(jobs[i].thread, NULL);
			calls += atomic_load(&jobs[i].calls);
		}
		printf("threads %u gpus %u calls_per_s %.0f us_per_call %.3f\n", n, n < gpus ? n : gpus,
		    (double)calls / seconds, seconds * 1e6 * n / (double)calls);
	}
}

/* ---- E8 ---- */

static int init_once(void)
{
	unsigned long long mj = 0;
	int64_t begin = now_ns();
	open_gpu();
	int64_t ready = now_ns();
	int code = nvml->energy ? nvml->energy(gpu, &mj) : NVML_FUNCTION_NOT_FOUND;
	double init_ms = (double)(ready - begin) * 1e-6, read_ms = (double)(now_ns() - ready) * 1e-6;
	printf("init_ms %.3f first_read_ms %.3f energy_mj %llu rc %d\n", init_ms, read_ms, mj, code);
	(void)fflush(stdout);
	return nvml->shutdown();
}

/* Each in a process of its own; then nobody for a while, and once more: does the counter survive its last client? */
static void init(unsigned count, double pause_s)
{
	for (unsigned i = 0; i <= count; i++) {
		if (i == count)
			nap_ns((int64_t)(pause_s * 1e9));
		pid_t child = fork();
		if (child == 0)
			_exit(init_once());
		(void)waitpid(child, NULL, 0);
	}
}

/* ---- E9 ---- */

static void forks(void)
{
	int status;
	open_gpu();
	(void)fflush(stdout);
	for (int again = 0; again < 2; again++) {
		pid_t child = fork();
		if (child == 0) {
			unsigned long long mj = 0;
			int ready = again ? nvml->init() : 0;
			if (again && !ready)
				ready = nvml->by_index(gpu_index(), &gpu);
			int code = nvml->energy ? nvml->energy(gpu, &mj) : NVML_FUNCTION_NOT_FOUND;
			printf("fork %s init rc %d energy rc %d\n", again ? "after" : "before", ready, code);
			(void)fflush(stdout);
			_exit(0);
		}
		(void)waitpid(child, &status, 0);
		if (WIFSIGNALED(status))
			printf("fork %s init signal %d\n", again ? "after" : "before", WTERMSIG(status));
	}
}

/* ---- E11 ---- */

/* What the counter says of the power while it is read more and more often: does reading cost power, or lose energy? */
static void rates(double seconds)
{
	static const double hertz[] = { 0.1, 1, 10, 100, 1000, 0 };
	for (size_t i = 0; i < sizeof hertz / sizeof *hertz; i++) {
		unsigned long reads = 0;
		double start = energy_j();
		int64_t begin = now_ns(), end = begin + (int64_t)(seconds * 1e9);
		for (int64_t now = begin; now < end; now = now_ns()) {
			int64_t wait = hertz[i] > 0 ? (int64_t)(1e9 / hertz[i]) : 0;
			nap_ns(wait < end - now ? wait : end - now);
			(void)energy_j();
			reads++;
		}
		printf("rate_hz %.1f reads %lu watts %.3f\n", hertz[i], reads,
		    (energy_j() - start) / ((double)(now_ns() - begin) * 1e-9));
	}
}

/* ---- the command ---- */

static double number(char **argv, int index, int argc, double otherwise)
{
	return index < argc ? strtod(argv[index], NULL) : otherwise;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	if (strcmp(what, "init") == 0) {
		init((unsigned)number(argv, 2, argc, 20), number(argv, 3, argc, 10));
		return 0;
	}
	if (strcmp(what, "fork") == 0) {
		forks();
		return 0;
	}
	if (strcmp(what, "step") == 0 && argc > 4) {
		step(argv[2], argv[3], strtoll(argv[4], NULL, 10));
		return 0;
	}
	open_gpu();
	if (strcmp(what, "caps") == 0)
		caps();
	else if (strcmp(what, "latency") == 0)
		latency((size_t)number(argv, 2, argc, 20000));
	else if (strcmp(what, "edges") == 0)
		edges(number(argv, 2, argc, 20));
	else if (strcmp(what, "accuracy") == 0)
		accuracy(number(argv, 2, argc, 20));
	else if (strcmp(what, "regions") == 0)
		regions((unsigned)number(argv, 2, argc, 50), number(argv, 3, argc, 2));
	else if (strcmp(what, "record") == 0 && argc > 3)
		record(number(argv, 2, argc, 60), argv[3]);
	else if (strcmp(what, "threads") == 0)
		threads((unsigned)number(argv, 2, argc, 16), number(argv, 3, argc, 2));
	else if (strcmp(what, "rates") == 0)
		rates(number(argv, 2, argc, 20));
	else {
		(void)fprintf(stderr,
		    "usage: gpu-experiments caps | latency N | edges S | accuracy S | regions N LONGEST_S | record S FILE |\n"
		    "       step CSV LOAD_LOG BEGIN_NS | threads N S | init N PAUSE_S | fork | rates S\n");
		return 2;
	}
	return 0;
}
