/* SPDX-License-Identifier: MIT */
/* Doubles to digits and back: std::to_chars and std::from_chars behind C functions. No locale, no exception, no
 * allocation. */
#ifndef JOULES_BASE_SHORTEST_H
#define JOULES_BASE_SHORTEST_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#define SHORTEST_NOEXCEPT noexcept
#else
#define SHORTEST_NOEXCEPT
#endif

/* The most digits that a double needs. */
#define SHORTEST_DIGITS 17

/* The fewest decimal digits that read back as this finite, non-negative double, as d.ddd × 10^*exponent. Returns their
 * number. */
size_t shortest_digits(double value, char digits[SHORTEST_DIGITS], int *exponent) SHORTEST_NOEXCEPT;

/* The decimal number that fills all of first … last. False if that is none, or beyond what a double holds. */
bool shortest_parse(const char *first, const char *last, double *value) SHORTEST_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
