/* SPDX-License-Identifier: MIT */
/* The one line for each domain that print and csv owe, as their columns cannot say it: a value is an estimate,
 * below_tick, partial or invalid. */
#ifndef JOULES_HANDLERS_NOTICES_H
#define JOULES_HANDLERS_NOTICES_H

#include <joules/joules.h>

struct tally {
	size_t below_tick;
	size_t partial;
	size_t invalid;
};

struct notices {
	joules_notice_function receiver; /* NULL: standard error */
	void *context;
	const char *invalid_as; /* how the format writes what is not measured: "an empty field" */
	char **told;            /* domains that have had their line */
	size_t told_count;
	struct tally *tallies; /* one for each domain of the trace at hand */
};

/* To the receiver, or as a line on standard error. */
void notices_deliver(const struct notices *notices, const joules_notice *notice);
void notices_free(struct notices *notices);

/* Around the writing of one trace: begin, count each sample, and once the trace is written, tell. False without memory.
 */
bool notices_begin(struct notices *notices, size_t domains);
void notices_count(struct notices *notices, const joules_sample *sample);
void notices_tell(struct notices *notices, const joules_trace *trace);

#endif
