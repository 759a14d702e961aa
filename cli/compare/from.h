/* SPDX-License-Identifier: MIT */
/* --from: runs that were measured earlier, compared by the rank-sum test. */
#ifndef JOULES_CLI_FROM_H
#define JOULES_CLI_FROM_H

#include "compare/arguments.h"

/* The exit status. */
int compare_stored(const struct arguments *arguments);

#endif
