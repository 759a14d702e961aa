/* SPDX-License-Identifier: MIT */
/* What a session of several commands has shown: each command compared with the reference, in each metric. */
#ifndef JOULES_CLI_FINDINGS_H
#define JOULES_CLI_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "compare/values.h"
#include "compare/verdict.h"

struct finding {
	struct metric metric;
	size_t command, reference;
	double seconds; /* a run of the two, on average */
	struct comparison comparison;
};

struct findings {
	struct basis basis;
	struct finding *list; /* each command's together, the metric that decides first */
	size_t count;
	size_t metrics; /* so many of each command */
	double alpha;
	bool stored; /* of runs that were measured earlier, and not in rounds */
};

/* What is compared, where it does not come from a session. */
struct measurements {
	const void *context;
	/* As pairs_of(). */
	bool (*pairs)(const void *context, const struct finding *finding, struct pairs *pairs);
	double (*seconds)(const void *context, size_t command); /* a run, on average */
};

/* All but `basis` and `stored`, which are set before. False without memory. */
bool comparisons_make(struct findings *findings, const struct measurements *from, size_t commands, size_t reference,
    const struct metric *decides, double alpha);
/* False without memory. Release with comparisons_free() in any case. */
bool comparisons_of(struct findings *findings, const struct session *session, size_t reference,
    const struct metric *decides, double alpha);
/* What --fail-if makes of the verdicts: EXIT_DONE, EXIT_EXCEEDED or EXIT_UNDECIDED. NULL: it was not asked for. */
int comparisons_status(const struct findings *findings, const char *fail_if);
void comparisons_free(struct findings *findings);

#endif
