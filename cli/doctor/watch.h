/* SPDX-License-Identifier: MIT */
/* What watching the counters for a moment shows. */
#ifndef JOULES_CLI_DOCTOR_WATCH_H
#define JOULES_CLI_DOCTOR_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <joules/joules.h>

struct doctor;

enum { WATCH_GAPS = 128 };

/* Of one counter. */
struct watch {
	const joules_domain *domain;
	int fd;    /* -1: not watched */
	int error; /* why opening or reading failed, an errno value; 0 */
	uint64_t last;
	unsigned moves;            /* how often the value changed */
	int64_t moved_ns;          /* when it last did */
	double gaps_s[WATCH_GAPS]; /* between one change and the next, the first moves − 1 of them */
	double watched_s;
};

/* Watches all counters together until each has moved or may be given up: a tenth of a second, longer only where a
 * counter is known to be slower. Fills watches[i].moves and so on; false without memory. */
bool doctor_watch(struct doctor *doctor);
/* The watch of this domain; NULL if it was not watched. */
const struct watch *doctor_watch_of(const struct doctor *doctor, const joules_domain *domain);
/* How often it moves: the median of the gaps, which a look that came too late does not change. 0 below two moves. */
double watch_tick(const struct watch *watch);
/* It could be read, and is 0 and stays 0: nobody counts there. Graphics that is not used stays at 0 rightly. */
bool watch_is_dead(const struct watch *watch);

#endif
