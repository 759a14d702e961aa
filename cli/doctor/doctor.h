/* SPDX-License-Identifier: MIT */
/* The parts of `joules doctor`. */
#ifndef JOULES_CLI_DOCTOR_H
#define JOULES_CLI_DOCTOR_H

#include <joules/joules.h>

#include "base/cpu.h"
#include "base/text.h"
#include "doctor/findings.h"

enum { WATCH_GAPS = 128 };

/* What watching one counter for a moment has shown. */
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

struct doctor {
	const char *root; /* the sysroot in use */
	const joules_list *list;
	struct cpu cpu;
	struct watch *watches; /* one for each available counter of the list */
	size_t watch_count;
	size_t forbidden; /* domains that this process may not read */
	struct findings findings;
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

/* A domain: its unit, tick, wrap and calibration, or why it cannot be read. */
void doctor_domain(struct doctor *doctor, const joules_domain *domain);

/* A device or domain that is not there, in the library's words. */
void doctor_unavailable(
    struct doctor *doctor, enum finding_level level, const char *about, const char *reason, const char *cure);

/* A GPU that can be measured: how, what its value covers, and what to mind. */
void doctor_gpu(struct doctor *doctor, const joules_domain *domain);

/* May this process, and others, read these counters as they should? */
void doctor_rights(struct doctor *doctor);
/* What keeps the user from reading the counter at `path`, and the commands that change that. */
void doctor_rights_cure(const char *path, struct text *what, struct text *cure);

/* Why a machine has no counter at all: a guest, a container, a module; and whether the estimate is used for it. */
void doctor_machine(struct doctor *doctor);
/* Is the folder of this domain's file a link that leads nowhere, as where a container masks powercap? doctor_machine()
 * speaks of these. */
bool doctor_is_masked(const joules_domain *domain);

#endif
