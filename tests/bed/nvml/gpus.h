/* SPDX-License-Identifier: MIT */
/* Inside the fake: what its GPUs are told to be (settings.c), and what they draw (physics.c). */
#ifndef JOULES_TESTS_BED_NVML_GPUS_H
#define JOULES_TESTS_BED_NVML_GPUS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <pthread.h>

#define API __attribute__((visibility("default")))

enum { MOST = 64, INSTANCES = 7, TEXT = 96 };

/* A return code, always, from the n-th call on (15@3), for the first n calls (27#2), or once the file of `when` is
 * there (15?). */
struct code {
	int code;
	unsigned from, until; /* calls, from 1; until 0: for ever */
	bool when;
};

struct row {
	double t, energy_mj, instant_mw, average_mw;
};

struct replay {
	struct row *rows;
	size_t count;
};

enum shape { CONSTANT, RAMP, SQUARE };

struct gpu {
	unsigned index;
	enum shape shape;
	double number[4];
	double tick_s, phase_s, sensor_s, start_mj;
	struct code handle, energy, usage, instant, average, module, module_average, fields;
	long back_at; /* the energy call at which the counter begins again at 0; -1: once the file of `when` is there */
	double back_mj;
	int type, counter_type, architecture;
	unsigned limit_mw;
	unsigned instances;
	char name[TEXT], uuid[TEXT];
	atomic_ulong energy_calls, handle_calls, usage_calls, field_calls;
	struct instance {
		struct gpu *parent;
		unsigned number;
		char uuid[TEXT];
	} instance[INSTANCES];
};

extern struct settings {
	unsigned count;
	struct code init, counting;
	unsigned latency_us;
	int strict;
	int log_fd;
	int64_t origin_ns;
	struct replay replay;
	char when[4096];
	struct gpu gpus[MOST];
} settings;

/* How often some function was called since the settings were made. */
extern atomic_ulong calls, init_calls, count_calls;

/* Reads $JOULES_FAKE_NVML and opens the log, once. */
void settings_prepare(void);
/* Is the file of `when` there? */
bool happened(void);
/* The code for the call-th call. */
int answer(const struct code *code, unsigned long call);

int64_t real_ns(void);
/* What GPUs show now. */
double counter_mj(struct gpu *gpu, unsigned long call);
double instant_mw(const struct gpu *gpu);
double average_mw(const struct gpu *gpu);
/* The power t seconds after the origin, and when the sensor last looked. */
double power_at(const struct gpu *gpu, double t);
double sensed_s(const struct gpu *gpu);

#endif
