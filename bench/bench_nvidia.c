/* SPDX-License-Identifier: MIT */
/*
 * What reading a GPU costs above the call of NVML.  usage: bench_nvidia LIBRARY [GPUS]
 * LIBRARY is the fake of tests/bed/nvml, taken with calls of 0 and of 50 µs, or NVIDIA's own, taken as it is. Each line
 * of the output is `name value unit`, a median: the call alone, a whole joules_read() of one GPU, what the second takes
 * above the first, and all GPUs.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum { MOST = 20000 };

typedef int (*energy_call)(void *device, unsigned long long *mj);

static energy_call energy;
static void *device;

static void *symbol(void *library, const char *name)
{
	void *found = dlsym(library, name);
	if (!found) {
		(void)fprintf(stderr, "bench_nvidia: no %s\n", name);
		exit(1);
	}
	return found;
}

static int compare(const void *a, const void *b)
{
	const double *first = a, *second = b;
	return (*first > *second) - (*first < *second);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof *values, compare);
	return values[count / 2];
}

static joules_meter *open_gpus(const char *domains, joules_reading **reading)
{
	joules_options options = JOULES_OPTIONS_INIT;
	joules_meter *meter;
	options.domains = domains;
	bench_check(joules_meter_open(&meter, &options), domains);
	bench_check(joules_reading_new(meter, reading), "joules_reading_new");
	return meter;
}

/* Each call, and each reading, by itself and in turns: a busy moment of the machine meets both, and the median is of
 * neither. */
static void one_gpu(const char *suffix, unsigned reads)
{
	static double calls[MOST], whole[MOST], own[MOST];
	unsigned long long mj;
	joules_reading *reading;
	joules_meter *meter = open_gpus("nvidia_gpu_0", &reading);
	for (unsigned i = 0; i < reads && i < MOST; i++) {
		int64_t begin = bench_now_ns();
		energy(device, &mj);
		int64_t between = bench_now_ns();
		bench_check(joules_read(meter, reading), "joules_read");
		int64_t end = bench_now_ns();
		calls[i] = (double)(between - begin);
		whole[i] = (double)(end - between);
		own[i] = whole[i] - calls[i];
	}
	printf("nvml_call%s %.0f ns\n", suffix, median(calls, reads));
	printf("joules_read%s %.0f ns\n", suffix, median(whole, reads));
	printf("joules_own%s %.0f ns\n", suffix, median(own, reads));
	joules_reading_free(reading);
	joules_meter_close(meter);
}

/* One after the other. */
static void all_gpus(const char *suffix, unsigned reads)
{
	static double whole[MOST];
	joules_reading *reading;
	joules_meter *meter = open_gpus("nvidia", &reading);
	for (unsigned i = 0; i < reads && i < MOST; i++) {
		int64_t begin = bench_now_ns();
		bench_check(joules_read(meter, reading), "joules_read");
		whole[i] = (double)(bench_now_ns() - begin) * 1e-6;
	}
	printf("joules_read_%zu_gpus%s %.4f ms\n", joules_meter_domain_count(meter), suffix, median(whole, reads));
	joules_reading_free(reading);
	joules_meter_close(meter);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		(void)fprintf(stderr, "usage: bench_nvidia LIBRARY [GPUS]\n");
		return 2;
	}
	void *library = dlopen(argv[1], RTLD_NOW);
	if (!library) {
		(void)fprintf(stderr, "bench_nvidia: %s\n", dlerror());
		return 1;
	}
	setenv("JOULES_NVML_LIB", argv[1], 1);
	int (*init)(void), (*by_index)(unsigned, void **), (*configure)(const char *) = NULL;
	void *found = symbol(library, "nvmlInit_v2");
	memcpy(&init, &found, sizeof init);
	found = symbol(library, "nvmlDeviceGetHandleByIndex_v2");
	memcpy(&by_index, &found, sizeof by_index);
	found = symbol(library, "nvmlDeviceGetTotalEnergyConsumption");
	memcpy(&energy, &found, sizeof energy);
	found = dlsym(library, "fake_nvml_configure");
	memcpy(&configure, &found, sizeof configure);
	if (init() || by_index(0, &device)) {
		(void)fprintf(stderr, "bench_nvidia: no GPU\n");
		return 1;
	}
	if (!found) {
		one_gpu("", 4000);
		all_gpus("", 1000);
		return 0;
	}
	char settings[64];
	for (unsigned latency = 0; latency <= 50; latency += 50) {
		char suffix[16];
		(void)snprintf(suffix, sizeof suffix, "_%uus", latency);
		(void)snprintf(settings, sizeof settings, "gpus=%s latency_us=%u", argc > 2 ? argv[2] : "8", latency);
		configure(settings);
		one_gpu(suffix, latency ? 4000 : MOST);
		all_gpus(suffix, latency ? 1000 : MOST);
	}
	return 0;
}
