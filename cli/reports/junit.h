/* SPDX-License-Identifier: MIT */
/* JUnit's XML, as JUnit 4's Ant task writes it: CI services show it as the result of tests. */
#ifndef JOULES_CLI_REPORT_JUNIT_H
#define JOULES_CLI_REPORT_JUNIT_H

#include <stddef.h>

#include "base/text.h"

enum junit_outcome { JUNIT_PASSED, JUNIT_FAILED, JUNIT_SKIPPED };

struct junit_case {
	const char *name;
	double seconds;
	enum junit_outcome outcome;
	const char *type;    /* of a failure: "exit", "exceeded", "undecided" */
	const char *message; /* NULL: none */
};

struct junit_suite {
	const char *name;
	double begin; /* seconds since 1970 */
	const struct junit_case *cases;
	size_t count;
	const char *output; /* the report for people, NULL: none */
};

void report_junit(struct text *out, const struct junit_suite *suite);

#endif
