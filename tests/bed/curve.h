/* SPDX-License-Identifier: MIT */
/* Power over time, known exactly: its integral is the truth that every emulated counter is compared with. */
#ifndef BED_CURVE_H
#define BED_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SHAPE_NUMBERS 4

enum shape_kind { SHAPE_CONSTANT, SHAPE_STEP, SHAPE_SQUARE, SHAPE_RAMP, SHAPE_SINE };

/* Watts as a function of the seconds since the shape began:
 *	constant WATTS
 *	step LOW HIGH SECONDS          LOW, then HIGH from SECONDS on
 *	square LOW HIGH PERIOD [DUTY]  each period begins with DUTY (0.5) of it at HIGH
 *	ramp FROM TO SECONDS           a straight line, then TO
 *	sine MEAN AMPLITUDE PERIOD */
struct shape {
	enum shape_kind kind;
	double number[SHAPE_NUMBERS];
};

/* The text above, or a number alone for a constant. False for anything else, and for power below zero. */
bool shape_parse(const char *text, struct shape *shape);
const char *shape_name(enum shape_kind kind);
double shape_power(const struct shape *shape, double seconds);
double shape_energy(const struct shape *shape, double seconds); /* from 0 to there, closed form */

/* Shapes one after the other. Times are nanoseconds since the curve's start. */
struct curve_piece {
	int64_t from_ns;
	double before_j; /* energy of all earlier pieces */
	struct shape shape;
};

struct curve {
	struct curve_piece *pieces;
	size_t count;
};

/* From `from_ns` on the curve has this shape. The first piece begins at 0; later ones not before the last. False
 * without memory. */
bool curve_add(struct curve *curve, int64_t from_ns, const struct shape *shape);
void curve_free(struct curve *curve);
double curve_power(const struct curve *curve, int64_t ns);
double curve_energy(const struct curve *curve, int64_t ns); /* joules from the start; 0 before it */
void curve_print_json(const struct curve *curve, FILE *out);

#endif
