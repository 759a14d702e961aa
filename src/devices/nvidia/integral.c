/* SPDX-License-Identifier: MIT */
#include "devices/nvidia/integral.h"

#include <stdlib.h>

/* Longer than this without a value, and the power in between is anybody's guess. */
#define LONGEST_GAP_S 1.0

/* The sensor is looked at often until it has changed a few times, then at half its period. An idle GPU's value may
 * stand still: then as if it changed each 100 ms, the longest period seen on any GPU (arXiv 2312.02741). */
#define LEARN_S 1.0
#define LEARN_WAIT_S 0.005
#define USUAL_PERIOD_S 0.1
#define SHORTEST_PERIOD_S 0.01

void integral_add(struct integral *integral, double watts, int64_t now_ns)
{
	double seconds = integral->sample_ns ? (double)(now_ns - integral->sample_ns) * 1e-9 : 0.0;
	bool gap = seconds > LONGEST_GAP_S;
	if (!gap && !integral->restart)
		integral->joules += (integral->watts + watts) / 2.0 * seconds;
	integral->gap_s += gap ? seconds : 0.0;
	integral->watts = watts;
	integral->sample_ns = now_ns;
}

static int compare(const void *a, const void *b)
{
	const double *first = a, *second = b;
	return (*first > *second) - (*first < *second);
}

static void learn(struct integral *integral, bool changed, int64_t now_ns)
{
	enum { GAPS = sizeof integral->gaps_s / sizeof *integral->gaps_s, ENOUGH = 3 };
	if (!integral->learn_ns)
		integral->learn_ns = now_ns;
	if (changed) {
		if (integral->change_ns)
			integral->gaps_s[integral->gap_count++] = (double)(now_ns - integral->change_ns) * 1e-9;
		integral->change_ns = now_ns;
	}
	if (integral->gap_count < GAPS && (double)(now_ns - integral->learn_ns) * 1e-9 < LEARN_S)
		return;
	qsort(integral->gaps_s, integral->gap_count, sizeof *integral->gaps_s, compare);
	double median = integral->gap_count >= ENOUGH ? integral->gaps_s[integral->gap_count / 2] : USUAL_PERIOD_S;
	integral->period_s = median < SHORTEST_PERIOD_S ? SHORTEST_PERIOD_S
	    : median > USUAL_PERIOD_S                   ? USUAL_PERIOD_S
	                                                : median;
}

void integral_poll(struct integral *integral, double watts, int64_t now_ns)
{
	bool changed = integral->learn_ns && (watts > integral->polled_watts || watts < integral->polled_watts);
	if (integral->period_s <= 0.0)
		learn(integral, changed, now_ns);
	integral->polled_watts = watts;
	integral_add(integral, watts, now_ns);
}

double integral_wait_s(const struct integral *integral)
{
	return integral->period_s > 0.0 ? integral->period_s / 2.0 : LEARN_WAIT_S;
}
