/* SPDX-License-Identifier: MIT */
/* How a message says why not, and what would help: "reason; cure: command", as far as they are there (NULL: not). */
#ifndef JOULES_BASE_WHY_H
#define JOULES_BASE_WHY_H

#include "base/text.h"

void why_add(struct text *out, const char *reason, const char *cure, const char *command);

#endif
