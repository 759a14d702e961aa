/* SPDX-License-Identifier: MIT */
/* What Joules has to say beside its report, kept until the command has ended: notes, and errors met after it started.
 */
#ifndef JOULES_CLI_NOTES_H
#define JOULES_CLI_NOTES_H

#include <stdbool.h>
#include <stddef.h>

enum note_kind {
	NOTE_USUAL,
	NOTE_ERROR, /* said with --quiet too */
	NOTE_SHOWN  /* people see it in the report: only for programs */
};

struct note {
	char *line;
	enum note_kind kind;
};

struct notes {
	struct note *list;
	size_t count;
	size_t told; /* so many stand in the report already */
	bool quiet;
};

/* One line each, without a newline; a line that is there already is not added again. */
void notes_add(struct notes *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));
void notes_add_error(struct notes *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));
void notes_add_shown(struct notes *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What was not told yet, to standard error. */
void notes_print(const struct notes *notes);
void notes_free(struct notes *notes);

#endif
