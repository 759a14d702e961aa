/* SPDX-License-Identifier: MIT */
/* What is compared: a metric of each run, over the rounds in which all commands have one. */
#ifndef JOULES_CLI_VALUES_H
#define JOULES_CLI_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include "compare/verdict.h"
#include "measure/session.h"

enum metric_kind { METRIC_TOTAL, METRIC_TIME, METRIC_POWER, METRIC_DOMAIN, METRIC_ABOVE_IDLE };

struct metric {
	enum metric_kind kind;
	const char *name; /* total, time, power, above-idle, or the domain's */
	size_t domain;
};

/* A name that is no metric of its own is a domain's. */
struct metric metric_named(const char *name);
/* False: no such metric in this session. */
bool metric_find(const struct session *session, const char *name, struct metric *metric);

/* What holds for the runs of all commands. */
struct basis {
	const struct session *session;
	bool *left_out; /* of each domain: no command's runs are all there with it, so no total holds it */
	bool *is_whole; /* of each round: complete, and nothing failed in it */
	size_t rounds;
	size_t failed;  /* rounds left out because a command failed */
	bool measured;  /* some run has a value that all commands have */
	bool estimated; /* energies are estimates */
};

/* False without memory. Release with basis_free(). */
bool basis_of(struct basis *basis, const struct session *session);
void basis_free(struct basis *basis);

/* Pairs of two commands' values, malloc'ed; release with pairs_free(). False without memory. */
bool pairs_of(
    const struct basis *basis, const struct metric *metric, size_t reference, size_t command, struct pairs *pairs);
void pairs_free(struct pairs *pairs);

/* NULL: the command was not run in it. */
const struct run_result *run_of(const struct results *results, uint64_t round);

/* One run's value; all NAN where it has none. */
struct bounded metric_of(const struct basis *basis, const struct metric *metric, const struct run_result *run);

#endif
