/* SPDX-License-Identifier: MIT */
/* What a test in C can say to the fake libnvidia-ml.so.1 beside NVML's own functions; found with dlsym(). */
#ifndef JOULES_TESTS_BED_NVML_FAKE_H
#define JOULES_TESTS_BED_NVML_FAKE_H

#include <stdint.h>

/* New settings (README.md); call counts begin anew; it stays initialised as it was. -1: a setting makes no sense. */
int fake_nvml_configure(const char *settings);
/* The clock in place of CLOCK_MONOTONIC, in nanoseconds; NULL: that again. */
void fake_nvml_clock(int64_t (*clock)(void));
/* The true energy that GPU `index` has taken from time 0 to ns, in joules: what the counter shows with its tick and
 * start left out. */
double fake_nvml_truth(unsigned index, int64_t ns);
/* How often NVML was called by this process since the settings were made, and how often it is initialised. */
unsigned long fake_nvml_calls(void);
int fake_nvml_references(void);

#endif
