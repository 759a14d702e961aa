/* SPDX-License-Identifier: MIT */
/* JUnit's XML, as JUnit 4's Ant task writes it: CI services show it as the result of tests. */
#ifndef JOULES_CLI_REPORT_JUNIT_H
#define JOULES_CLI_REPORT_JUNIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* An error: the test could not be made. */
enum junit_outcome { JUNIT_PASSED, JUNIT_FAILED, JUNIT_ERROR, JUNIT_SKIPPED };

struct junit_case {
	struct text name;
	struct text message; /* of what has not passed; empty: none */
	double seconds;
	enum junit_outcome outcome;
	const char *type; /* of a failure or an error: "exit", "exceeded", "undecided" */
};

struct junit_suite {
	const char *name;
	double begin; /* seconds since 1970; 0: now */
	struct junit_case *cases;
	size_t count;
	struct text output; /* the report for people */
};

/* All cases are empty then. False without memory. Release with junit_free() in any case. */
bool junit_begin(struct junit_suite *suite, const char *name, double begin, size_t count);
void junit_case_free(struct junit_case *one);
void junit_free(struct junit_suite *suite);

void report_junit(struct text *out, const struct junit_suite *suite);

#endif
