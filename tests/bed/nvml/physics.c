/* SPDX-License-Identifier: MIT */
/* What the GPUs draw over time, and what counter and sensor show of it. */
#include "gpus.h"

#include <math.h>
#include <stddef.h>
#include <time.h>

#include "fake.h"

static int64_t (*test_clock)(void);

int64_t real_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static double now_s(void)
{
	return (double)((test_clock ? test_clock() : real_ns()) - settings.origin_ns) * 1e-9;
}

API void fake_nvml_clock(int64_t (*clock)(void))
{
	test_clock = clock;
}

double power_at(const struct gpu *gpu, double t)
{
	const double *n = gpu->number;
	if (gpu->shape == RAMP)
		return t <= 0.0 ? n[0] : t >= n[2] ? n[1] : n[0] + (n[1] - n[0]) * t / n[2];
	if (gpu->shape == SQUARE)
		return fmod(t, n[2]) < n[2] * n[3] ? n[1] : n[0];
	return n[0];
}

static double energy_at(const struct gpu *gpu, double t)
{
	const double *n = gpu->number;
	if (gpu->shape == RAMP) {
		double inside = t < n[2] ? t : n[2];
		return t <= 0.0 ? n[0] * t
		                : n[0] * inside + (n[1] - n[0]) * inside * inside / (2.0 * n[2]) + (t - inside) * n[1];
	}
	if (gpu->shape == SQUARE) {
		double whole = floor(t / n[2]), part = t - whole * n[2], high = n[2] * n[3];
		return whole * (n[1] * high + n[0] * (n[2] - high)) + n[1] * fmin(part, high) + n[0] * fmax(0.0, part - high);
	}
	return n[0] * t;
}

API double fake_nvml_truth(unsigned index, int64_t ns)
{
	return energy_at(&settings.gpus[index], (double)(ns - settings.origin_ns) * 1e-9);
}

static double floor_to(double t, double period, double phase)
{
	return period > 0.0 ? floor((t - phase) / period) * period + phase : t;
}

/* The recording runs over and over; the counter goes on. */
static const struct row *replayed(double t, double *carried_mj)
{
	const struct row *rows = settings.replay.rows;
	size_t low = 0, high = settings.replay.count - 1;
	double length = rows[high].t - rows[0].t, rounds = floor(t / length);
	t = rows[0].t + t - rounds * length;
	*carried_mj = rounds * (rows[high].energy_mj - rows[0].energy_mj);
	while (low + 1 < high) {
		size_t middle = (low + high) / 2;
		if (rows[middle].t <= t)
			low = middle;
		else
			high = middle;
	}
	return &rows[low];
}

double counter_mj(struct gpu *gpu, unsigned long call)
{
	double t = now_s(), carried;
	if (settings.replay.count) {
		const struct row *row = replayed(t, &carried);
		return row->energy_mj + carried;
	}
	double mj = floor(energy_at(gpu, floor_to(t, gpu->tick_s, gpu->phase_s)) * 1e3 + gpu->start_mj);
	if (gpu->back_at && call == (unsigned long)gpu->back_at)
		gpu->back_mj = mj;
	if (gpu->back_at == -1 && gpu->back_mj <= 0.0 && happened())
		gpu->back_mj = mj;
	return mj - gpu->back_mj;
}

double instant_mw(const struct gpu *gpu)
{
	double carried;
	if (settings.replay.count)
		return replayed(now_s(), &carried)->instant_mw;
	return floor(power_at(gpu, floor_to(now_s(), gpu->sensor_s, gpu->phase_s)) * 1e3 + 0.5);
}

double average_mw(const struct gpu *gpu)
{
	double carried, t = floor_to(now_s(), gpu->sensor_s, gpu->phase_s);
	if (settings.replay.count)
		return replayed(now_s(), &carried)->average_mw;
	return floor((energy_at(gpu, t) - energy_at(gpu, t - 1.0)) * 1e3 + 0.5);
}

double sensed_s(const struct gpu *gpu)
{
	return floor_to(now_s(), gpu->sensor_s > 0.0 ? gpu->sensor_s : 0.1, gpu->phase_s);
}
