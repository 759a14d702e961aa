/* SPDX-License-Identifier: MIT */
/* Which runs are meant: "command=xz,since=2h,label.commit=1f3c9a" as a condition in SQL. */
#ifndef JOULES_HANDLERS_SQLITE_FILTER_H
#define JOULES_HANDLERS_SQLITE_FILTER_H

#include "base/text.h"
#include "handlers/sqlite/statement.h"

struct filter {
	struct text condition; /* with a ? for each value, "1" where all are meant */
	struct filter_value {
		char *text;
		double number; /* where text is NULL */
	} *values;
	size_t count;
};

#define FILTER_NONE { .count = 0 }

/* NULL and "" mean all. INVALID_ARGUMENT says what would be right. Start from FILTER_NONE, release with filter_free()
 * in any case. */
joules_status filter_parse(struct filter *filter, const char *string);
void filter_free(struct filter *filter);
/* Its values, in the places of a statement from 1 on. */
void filter_put(const struct filter *filter, struct statement *statement);

#endif
