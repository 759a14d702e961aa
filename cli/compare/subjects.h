/* SPDX-License-Identifier: MIT */
/* The commands that are compared: lines of text, once for each combination of parameters, made into words to run. */
#ifndef JOULES_CLI_SUBJECTS_H
#define JOULES_CLI_SUBJECTS_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/command.h"

/* -L or -P: {NAME} stands for each of the values. */
struct parameter {
	char *name;
	char **values;
	size_t count;
	bool is_used;
};

struct subject {
	char *line;          /* with all parameters in their places */
	char **words;        /* what is executed; ends with NULL */
	const char **values; /* of each parameter */
};

struct subjects {
	struct parameter *parameters;
	size_t parameter_count;
	struct subject *list;
	size_t count;
};

/* "a,b,c". False: *why says what would be right. */
bool subjects_list(struct subjects *subjects, const char *name, const char *values, const char **why);
/* From min to max in that step (NULL: 1). */
bool subjects_range(
    struct subjects *subjects, const char *name, const char *min, const char *max, const char *step, const char **why);
/* Adds the line, with every combination of the parameters. `shell` NULL: the line is split into words itself. */
bool subjects_add(struct subjects *subjects, const char *line, const char *shell, const char **why);
/* A parameter that no line has; NULL: all are used. */
const char *subjects_unused(const struct subjects *subjects);
void subjects_free(struct subjects *subjects);

#endif
