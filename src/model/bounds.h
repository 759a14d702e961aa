/* SPDX-License-Identifier: MIT */
/* What later reads tell of the energy at a moment: the one place where bounds close. Pure arithmetic. */
#ifndef JOULES_MODEL_BOUNDS_H
#define JOULES_MODEL_BOUNDS_H

#include "model/counter.h"

/*
 * The energy at the stamp lies between the value read before it and the first changed value read after it, plus one
 * unit. The change is sought relative to a read made after the stamp: a value that moved between the reading and the
 * stamp proves nothing about what was spent after that move. So the move must have been seen by the second read after
 * the stamp, or by a later one.
 */

/* Closes what this reading, stamped at stamp_ns, knows of the counter, as far as its reads allow by now. True if it is
 * settled. */
bool bounds_close(const struct counter *counter, struct point *point, int64_t stamp_ns);

/* A point to which bounds_close() has something to say: no later one of the queue has, if this one has not. */
bool bounds_may_close(const struct counter *counter, const struct point *point);

#endif
