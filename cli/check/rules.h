/* SPDX-License-Identifier: MIT */
/* A rule as --budget has it: "total<=120J", "time<=2s", "power<=60W", "package_0<=80J", "tag:solve<=5J". */
#ifndef JOULES_CLI_RULES_H
#define JOULES_CLI_RULES_H

#include <stdbool.h>

#include "measure/session.h"

enum budget_metric { BUDGET_TOTAL, BUDGET_TIME, BUDGET_POWER, BUDGET_TAG, BUDGET_DOMAIN };

struct budget {
	const char *text; /* as given */
	char *name;       /* "total", "package_0", "tag:solve" */
	enum budget_metric metric;
	double limit;     /* joules, seconds or watts */
	const char *unit; /* as given */
};

/* False: *why says what would be right (NULL: no memory). Release with budget_free() in any case. */
bool budget_parse(struct budget *budget, const char *text, const char **why);
void budget_free(struct budget *budget);

/* Whether what it limits can be measured in this session; tags show up only in the runs. */
bool budget_is_known(const struct budget *budget, const struct session *session);

#endif
