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
	bool stuck; /* the library's verdict: `joules run` gives it no value */
};

/* Watches all counters together until each has moved or may be given up: a tenth of a second, longer only where a
 * counter is known to be slower or stands still. Fills watches[i].moves and so on; false without memory. */
bool doctor_watch(struct doctor *doctor);
/* The watch of this domain; NULL if it was not watched. */
const struct watch *doctor_watch_of(const struct doctor *doctor, const joules_domain *domain);
struct watch *doctor_watch_called(const struct doctor *doctor, const char *name);
/* How often it moves: the median of the gaps, which a look that came too late does not change. 0 below two moves. */
double watch_tick(const struct watch *watch);
/* It could be read, and stands still for longer than its part of the machine can. */
bool watch_is_stuck(const struct watch *watch);
/* Is any of them? */
bool doctor_has_stuck(const struct doctor *doctor);

#endif
