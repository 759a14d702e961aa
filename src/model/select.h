/* SPDX-License-Identifier: MIT */
/* The k-th smallest of all pairs of values, without the pairs: there are 50 million of 10 000 values. */
#ifndef JOULES_MODEL_SELECT_H
#define JOULES_MODEL_SELECT_H

#include <stddef.h>

/* Walsh averages (x[i] + x[j]) / 2, i ≤ j, of n sorted values: n (n + 1) / 2 of them. k counts from 1. */
double select_average(const double *sorted, size_t n, size_t k);
/* Differences b[j] − a[i] of two sorted lists: n_a · n_b of them. */
double select_difference(const double *a, size_t n_a, const double *b, size_t n_b, size_t k);

#endif
