/* SPDX-License-Identifier: MIT */
/* The tag pipe: a FIFO in a private folder, $JOULES_RUN_TAGS for the child; each line that comes out of it is a
 * breakpoint. */
#ifndef JOULES_CLI_MARKS_H
#define JOULES_CLI_MARKS_H

#include <stdbool.h>
#include <stddef.h>

/* Longest tag; the rest of a longer line is dropped. */
#define MARK_MAX 65535

/* Lines out of bytes that come in any pieces. Start from all zero, end with free(lines->line). */
struct mark_lines {
	char *line; /* MARK_MAX + 1 bytes, from the first byte on */
	size_t length;
	bool was_cut; /* a line was longer than MARK_MAX */
};

typedef void (*mark_taker)(void *context, const char *tag);

/* Calls take for each line that is complete, without its newline and without NUL bytes. */
void mark_lines_feed(struct mark_lines *lines, const char *bytes, size_t length, mark_taker take, void *context);

struct marks {
	char *folder;
	char *path;
	int fd; /* -1: there is no pipe */
	struct mark_lines lines;
};

/* False: there is no pipe, errno says why; everything else works without. Sets or unsets JOULES_RUN_TAGS. */
bool marks_open(struct marks *marks);
/* Takes what has come by now, at most one pipe's content. */
void marks_take(struct marks *marks, mark_taker take, void *context);
/* Forgets what has come by now. */
void marks_drop(struct marks *marks);
void marks_close(struct marks *marks);

#endif
