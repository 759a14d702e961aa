/* SPDX-License-Identifier: MIT */
/* --user NAME: counters are opened first; then the command runs, and files are opened, with that account's rights. */
#ifndef JOULES_CLI_USER_H
#define JOULES_CLI_USER_H

#include <stdbool.h>

/* For good: groups, ids, and what `su -` sets and leaves out in the environment (all else, PATH among it, stays). False
 * after saying on standard error what is wrong. */
bool user_become(const char *name);

#endif
