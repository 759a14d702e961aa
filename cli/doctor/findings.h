/* SPDX-License-Identifier: MIT */
/* What `joules doctor` has found: a list of findings, and its two forms. */
#ifndef JOULES_CLI_FINDINGS_H
#define JOULES_CLI_FINDINGS_H

#include "base/text.h"
#include "term.h"

enum finding_level { FINDING_OK, FINDING_ADVICE, FINDING_PROBLEM };

struct finding {
	enum finding_level level;
	struct text about;   /* a domain, a device, or a part of the machine */
	struct text what;    /* in words, as is the cure */
	struct text common;  /* more of it, which may hold for others too: people are told once. Empty: nothing */
	struct text cure;    /* empty: nothing is known to help */
	struct text command; /* the cure as a shell command; empty: it is none */
};

/* Start from {0}. */
struct findings {
	struct finding *items;
	size_t count;
	size_t capacity;
	struct finding lost; /* in place of one for which there was no memory */
	bool failed;
};

/* A new finding, whose texts are to be filled; good until the next one. Never NULL: without memory it is one that
 * nobody will see. */
struct finding *findings_add(struct findings *findings, enum finding_level level, const char *about);
/* Is something missing because there was no memory? */
bool findings_failed(const struct findings *findings);
void findings_free(struct findings *findings);
/* The member "findings" of formats.md section 5. */
void findings_json(const struct findings *findings, struct text *out);
/* Aligned, for people. */
void findings_text(const struct findings *findings, const struct page *page, struct text *out);

#endif
