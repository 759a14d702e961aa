/* SPDX-License-Identifier: MIT */
/* Where a report goes, and how it gets there. */
#ifndef JOULES_CLI_DESTINATION_H
#define JOULES_CLI_DESTINATION_H

#include <stdbool.h>

#include "base/text.h"
#include "measure/notes.h"

struct destination {
	const char *path; /* NULL: a stream of ours */
	int fd;           /* -1: there is none */
};

#define DESTINATION_NONE { NULL, -1 }

/* `path` as --report has it, "-" is standard output; NULL: `otherwise` (-1: no report). False after saying what is
 * wrong. Start from DESTINATION_NONE. */
bool destination_open(struct destination *destination, const char *path, int otherwise);
/* It is JSON on standard error or output: Joules writes nothing else there, and the notes are in it. */
bool destination_holds_notes(const struct destination *destination, bool json);
/* A text that failed, or that cannot be written, becomes an error among the notes. */
void destination_write(const struct destination *destination, const struct text *text, bool json, struct notes *notes);
void destination_close(struct destination *destination);

#endif
