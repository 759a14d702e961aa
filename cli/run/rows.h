/* SPDX-License-Identifier: MIT */
/* The tables of the report for people: numbers rounded to what is known of them, decimal points below each other. */
#ifndef JOULES_CLI_ROWS_H
#define JOULES_CLI_ROWS_H

#include <joules/joules.h>

#include "base/text.h"
#include "term.h"

/* ---- one measurement: value, ±, watts, a note ---- */

struct row {
	char *name;
	unsigned depth;
	joules_energy energy;
	double seconds; /* in which it was spent */
	bool estimated;
	bool total;
	struct text note;
};

struct rows {
	struct row *list;
	size_t count;
};

#define ROWS_INIT { NULL, 0 }

/* NULL without memory. The row is good until the next is added. */
struct row *rows_add(struct rows *rows, const char *name, unsigned depth, const joules_energy *energy, double seconds);
void rows_print(const struct rows *rows, struct text *text, const struct page *page);
void rows_free(struct rows *rows);

/* ---- several: mean ± σ, median, min … max, a note ---- */

struct spread {
	char *name;
	unsigned depth;
	const char *unit;
	joules_statistics statistics;
	double doubt; /* what the counters resolve of a single value; NAN: it is exact, or not known */
	bool estimated;
	bool total;
	bool at_least;
	struct text note;
};

struct spreads {
	struct spread *list;
	size_t count;
};

#define SPREADS_INIT { NULL, 0 }

/* As rows_add(): energies in joules, and times in the unit that fits their median. */
struct spread *spreads_add(
    struct spreads *spreads, const char *name, unsigned depth, const joules_statistics *joules, double doubt);
struct spread *spreads_add_times(struct spreads *spreads, const char *name, const joules_statistics *seconds);
void spreads_print(const struct spreads *spreads, struct text *text, const struct page *page);
void spreads_free(struct spreads *spreads);

/* ---- single numbers ---- */

/* "183.42 ± 0.06 J", "≥ 12.5 J", "n/a" */
void row_add_energy(struct text *text, const joules_energy *energy);
/* "12.43 s", "55.03 ms" */
void row_add_time(struct text *text, double seconds);
/* "14.76 W": two decimals, fewer where the bounds of the energy allow no more; "" where it is not known. */
void row_add_watts(struct text *text, const joules_energy *energy, double seconds);
/* Two digits: what is only roughly known. */
void row_add_rough(struct text *text, double value);
/* "measured, part of package_0": the words of a note, with commas between them. */
void note_add(struct text *note, const char *words);

#endif
