/* SPDX-License-Identifier: MIT */
/* What a session says to each rule of a check. */
#ifndef JOULES_CLI_RULINGS_H
#define JOULES_CLI_RULINGS_H

#include <stddef.h>

#include "base/text.h"
#include "check/arguments.h"
#include "check/baseline.h"
#include "check/judge.h"
#include "measure/session.h"

struct ruling {
	struct text rule;   /* as given; of a comparison in words */
	const char *metric; /* "total", "package_0", "tag:solve" */
	double limit;
	const char *unit; /* as given; NULL: a ratio */
	const char *base; /* of the numbers: "J", "s", "W"; NULL: a ratio */
	size_t count;     /* runs, or rounds */
	struct judgement judgement;
};

struct rulings {
	struct ruling *list;
	size_t count;
	enum ruled all;         /* the worst of them */
	struct measured energy; /* the total, as a baseline keeps it: NAN without one */
};

/* `baseline` is open where the arguments have one. `why_not`: there is no verdict, for that reason (NULL: there is).
 * False without memory. Release with rulings_free() in any case. */
bool rulings_of(struct rulings *rulings, const struct check_arguments *arguments, const struct baseline *baseline,
    const struct session *session, const char *why_not);
void rulings_free(struct rulings *rulings);

/* "118.2 J (117.9 … 118.5)", and why it is undecided. */
void ruling_add_value(struct text *out, const struct ruling *ruling);
void ruling_add_sentence(struct text *out, const struct ruling *ruling);

#endif
