/* SPDX-License-Identifier: MIT */
/* The command line of `joules check`. */
#ifndef JOULES_CLI_CHECK_ARGUMENTS_H
#define JOULES_CLI_CHECK_ARGUMENTS_H

#include "check/rules.h"
#include "measure/plan.h"

struct check_arguments {
	struct plan plan; /* its first command is the one that is checked; its rounds 0: not said */
	struct budget *budgets;
	size_t budget_count;
	const char *against;  /* another command; NULL: none */
	char **against_words; /* the second command of the plan */
	const char *baseline; /* a file; NULL: none */
	bool saves;           /* today's session to it */
	double allow;         /* 0.03: 3 % more; negative: not said */
	bool undecided_passes;
	bool no_ci;
};

/* False: *status is the exit status to leave with (also after --help). Release with check_arguments_free() in any case.
 */
bool check_arguments(struct check_arguments *arguments, int argc, char **argv, int *status);
void check_arguments_free(struct check_arguments *arguments);

#endif
