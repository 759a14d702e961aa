/* SPDX-License-Identifier: MIT */
/* The parts of `joules history`. Each has a file of its own, and returns the exit status. */
#ifndef JOULES_CLI_HISTORY_PARTS_H
#define JOULES_CLI_HISTORY_PARTS_H

#include "history/request.h"

int history_list(const struct request *request);
int history_show(const struct request *request, const char *id);
int history_export(const struct request *request);
/* output: an address; NULL: each run to the servers that it is marked for. */
int history_push(const struct request *request, const char *output);
int history_rm(const struct request *request);
/* NULL: says what it is. */
int history_limit(const struct request *request, const char *size);

#endif
