/* SPDX-License-Identifier: MIT */
/* The verdict of a comparison, from numbers alone. docs/compare.md says how it is reached. */
#ifndef JOULES_CLI_VERDICT_H
#define JOULES_CLI_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum verdict { VERDICT_LESS, VERDICT_MORE, VERDICT_NONE, VERDICT_COARSE, VERDICT_TOO_FEW };

/* What may be found by chance: of one look, and of each of up to four (Pocock's, which together make 5 %). */
#define ALPHA_ONCE 0.05
#define ALPHA_LOOKS 0.0182

/* A value with what is certain of it. */
struct bounded {
	double value, low, high;
};

/* Of each round a value of both; or two lists, which are no pairs. */
struct pairs {
	const struct bounded *reference;
	const struct bounded *command;
	size_t count;
	size_t reference_count; /* above 0: two lists, and the reference's has so many */
	double unit;            /* the least step of such a value */
	bool differences;       /* compared by command − reference, and not by their ratio */
};

/* Ratios, or differences. NAN: not known. */
struct comparison {
	size_t rounds; /* of lists: the values of the command */
	double estimate;
	double low, high;
	double worst_low, worst_high; /* the same with each value at the end of its bounds that is worst */
	double level;                 /* of the intervals */
	double p, p_adjusted;
	double detectable; /* a difference that would most likely have been found: a part of the whole, or as estimate */
	double longer;     /* too coarse: a run would have to be so many times as long */
	enum verdict verdict;
};

/* All comparisons with one reference, corrected by Holm for being several. False without memory. */
bool compare_all(const struct pairs *pairs, size_t count, double alpha, struct comparison *comparisons);
/* As many rounds as a verdict on that many comparisons needs. */
size_t rounds_needed(size_t comparisons, double alpha);
/* As many rounds as fit into about a minute, 10 to 50, and as many as a verdict needs. */
uint64_t rounds_that_fit(double seconds_a_round, size_t comparisons, double alpha);
/* Half the interval, as a part: what --until asks for. Of differences NAN. */
double half_of(const struct comparison *comparison);

const char *verdict_name(enum verdict verdict);

#endif
