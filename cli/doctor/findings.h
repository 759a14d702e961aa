/* SPDX-License-Identifier: MIT */
/* What `joules doctor` has found: a list of findings, and its two forms. */
#ifndef JOULES_CLI_FINDINGS_H
#define JOULES_CLI_FINDINGS_H

#include "base/text.h"

enum finding_level { FINDING_OK, FINDING_ADVICE, FINDING_PROBLEM };

struct finding {
	enum finding_level level;
	char *about; /* a domain, a device, or a part of the machine */
	char *what;
	char *cure; /* a command; NULL if there is none */
};

/* Start from {0}. After a failed allocation `failed` is true and further findings are dropped. */
struct findings {
	struct finding *items;
	size_t count;
	size_t capacity;
	bool failed;
};

void findings_free(struct findings *findings);
/* Copies all three strings; cure may be NULL. */
void findings_add(
    struct findings *findings, enum finding_level level, const char *about, const char *what, const char *cure);
/* The member "findings" of formats.md section 5. */
void findings_json(const struct findings *findings, struct text *out);
/* Aligned, within 80 columns; with the escape sequences of a terminal if `color`. */
void findings_text(const struct findings *findings, bool color, struct text *out);

#endif
