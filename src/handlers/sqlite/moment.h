/* SPDX-License-Identifier: MIT */
/* Points in time, as people write them. */
#ifndef JOULES_HANDLERS_SQLITE_MOMENT_H
#define JOULES_HANDLERS_SQLITE_MOMENT_H

#include <stdbool.h>

/* "2h", "3d" (also s, m, w) before `now`, or ISO 8601: a day, with a time of day, with Z or an offset, else in local
 * time. Seconds since 1970 of the first moment that is meant, or (`last`) of the first one after it: of a day, the next
 * day. False: it is none. */
bool moment_parse(const char *string, bool last, double now, double *moment);

#endif
