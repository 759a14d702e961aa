/* SPDX-License-Identifier: MIT */
/* What a program registers by name, for the rest of the process: a list that only grows. No lock: who reads it never
 * waits, and a fork in the middle of an addition leaves nothing locked. */
#ifndef JOULES_BASE_NAMED_H
#define JOULES_BASE_NAMED_H

#include <stdatomic.h>
#include <stdbool.h>

/* The first member of whatever is registered. */
struct named {
	const char *name;
	struct named *_Atomic next;
};

/* Puts it at the end; false if the name is taken. */
bool named_add(struct named *_Atomic *list, struct named *added);

#endif
