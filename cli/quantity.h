/* SPDX-License-Identifier: MIT */
/* Quantities as people write them: "100ms", "2 kJ", "0.5Wh", "60 W", "1GB". */
#ifndef JOULES_CLI_QUANTITY_H
#define JOULES_CLI_QUANTITY_H

#include <stdbool.h>

struct unit {
	const char *name;
	const char *base; /* "s", "J", "W" or "B" */
	double factor;    /* of the base */
};

/* *value is in the unit's base. NULL: no number with a unit that is known. */
const struct unit *quantity_parse(const char *word, double *value);

/* A time; a bare number is in seconds. */
bool quantity_parse_time(const char *word, double *seconds);

/* "3%", "0.5 %", "1": *part is 0.03, 0.005, 0.01. Below 100 %. */
bool quantity_parse_percent(const char *word, double *part);

#endif
