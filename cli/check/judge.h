/* SPDX-License-Identifier: MIT */
/* The ruling on a limit, from numbers alone. man/joules-check.1.scd says how it is reached. */
#ifndef JOULES_CLI_JUDGE_H
#define JOULES_CLI_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

/* In the order of what beats what, over all rules. The last is no verdict, and has no name (NULL). */
enum ruled { RULED_WITHIN, RULED_UNDECIDED, RULED_EXCEEDED, RULED_NOTHING };
const char *ruled_name(enum ruled ruled);

/* A value with what is certain of it; NAN: not known. */
struct measured {
	double value, low, high;
};

struct judgement {
	struct measured shown; /* the value that was judged, and the limits by which */
	const char *decided_by;
	enum ruled ruled;
	const char *why; /* it is undecided, or there is no verdict; NULL where it is neither */
};

/* Runs of one command against a limit. Fewer than five: by the bounds of each. From five on: by the limits of their
 * median, exact at 95 % on either side for independent runs, with the bounds. False without memory. */
bool judge_budget(const struct measured *runs, size_t count, double limit, struct judgement *judgement);

/* An interval against a limit: exceeded above it, within below. */
enum ruled judge_interval(double low, double high, double limit);

/* The values follow each other more, or less, than chance makes them (the lag-1 correlation, two-sided 5 %). */
bool are_dependent(const double *values, size_t count);

#endif
