/* SPDX-License-Identifier: MIT */
/* What Joules has to say beside its report, kept until the command has ended: notes, and errors met after it started. */
#ifndef JOULES_CLI_NOTICES_H
#define JOULES_CLI_NOTICES_H

#include <stdbool.h>
#include <stddef.h>

struct notice {
	char *line;
	bool is_error; /* said with --quiet too */
};

struct notices {
	struct notice *list;
	size_t count;
	bool quiet;
};

/* One line each, without a newline; a line that is there already is not added again. */
void notices_note(struct notices *notices, const char *format, ...) __attribute__((format(printf, 2, 3)));
void notices_error(struct notices *notices, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* To standard error. */
void notices_print(const struct notices *notices);
void notices_free(struct notices *notices);

#endif
