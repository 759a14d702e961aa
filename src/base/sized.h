/* SPDX-License-Identifier: MIT */
/* Structs of the caller's that begin with their size, and may be those of an older or a newer header: what openat2(2)
 * does with its open_how. A new member goes to the end, and never into the padding there: an older program's garbage
 * would be taken for it. */
#ifndef JOULES_BASE_SIZED_H
#define JOULES_BASE_SIZED_H

#include <joules/joules.h>

/* Into `known`, a struct of `size` bytes that holds the defaults. INVALID_ARGUMENT if `given` has no size, or something
 * set beyond what is known; `name` is the type's. */
joules_status sized_take(void *known, size_t size, const void *given, const char *name);

/* The other way, for results: `given` gets the members that it has, and its size becomes that of what it got. */
joules_status sized_give(void *given, const void *known, size_t size, const char *name);

#endif
