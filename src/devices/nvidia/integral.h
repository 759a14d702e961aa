/* SPDX-License-Identifier: MIT */
/* Power added up over time, for a GPU without a counter. Pure arithmetic. */
#ifndef JOULES_DEVICES_NVIDIA_INTEGRAL_H
#define JOULES_DEVICES_NVIDIA_INTEGRAL_H

#include <stdbool.h>
#include <stdint.h>

struct integral {
	double joules;
	double watts;      /* the latest */
	int64_t sample_ns; /* when it was taken; 0: none yet */
	double gap_s;      /* since the latest reading, the time that is not in joules */
	bool restart; /* what happened since the latest reading is not known: the next reading begins at 0, which says so */
	/* How often the sensor gives a new value, found by looking often at first. */
	int64_t learn_ns;    /* when looking began; 0: not yet */
	int64_t change_ns;   /* the latest new value; 0: none yet */
	double polled_watts; /* at the latest look */
	double gaps_s[8];
	unsigned gap_count;
	double period_s; /* 0: not known yet */
};

/* Takes in the power at now_ns; trapezoids, over the real times. Not over a gap of more than a second, while the
 * process was stopped or the power could not be read. */
void integral_add(struct integral *integral, double watts, int64_t now_ns);
/* As above, from the thread that looks regularly: also learns the sensor's period. */
void integral_poll(struct integral *integral, double watts, int64_t now_ns);
/* Seconds to the next look: half the sensor's period. */
double integral_wait_s(const struct integral *integral);

#endif
