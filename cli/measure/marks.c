/* SPDX-License-Identifier: MIT */
#include "measure/marks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/folder.h"

enum { PIPE_BYTES = 65536 }; /* what Linux gives a pipe, unless someone asks for another size */

static void end_line(struct mark_lines *lines, mark_taker take, void *context)
{
	lines->line[lines->length] = '\0';
	lines->length = 0;
	take(context, lines->line);
}

static void add_piece(struct mark_lines *lines, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (lines->length == MARK_MAX) {
			lines->was_cut = true;
			return;
		}
		if (bytes[i] != '\0') /* a tag is a string of C */
			lines->line[lines->length++] = bytes[i];
	}
}

void mark_lines_feed(struct mark_lines *lines, const char *bytes, size_t length, mark_taker take, void *context)
{
	if (!lines->line)
		lines->line = malloc(MARK_MAX + 1);
	if (!lines->line)
		return;
	while (length > 0) {
		const char *newline = memchr(bytes, '\n', length);
		size_t piece = newline ? (size_t)(newline - bytes) : length;
		add_piece(lines, bytes, piece);
		if (!newline)
			return;
		end_line(lines, take, context);
		bytes += piece + 1;
		length -= piece + 1;
	}
}

bool marks_open(struct marks *marks)
{
	*marks = (struct marks){ .fd = -1 };
	int error = ENOMEM;
	marks->folder = folder_make();
	if (!marks->folder) {
		error = errno;
		goto failed;
	}
	if (asprintf(&marks->path, "%s/" FOLDER_PIPE, marks->folder) < 0) {
		marks->path = NULL;
		goto failed;
	}
	/* Open for both ways: writers never wait for a reader, and the end of the last one is no end of file. */
	if (mkfifo(marks->path, 0600) != 0 || (marks->fd = open(marks->path, O_RDWR | O_NONBLOCK | O_CLOEXEC)) < 0) {
		error = errno;
		goto failed;
	}
	if (setenv("JOULES_RUN_TAGS", marks->path, 1) == 0)
		return true;
failed:
	marks_close(marks);
	unsetenv("JOULES_RUN_TAGS");
	errno = error;
	return false;
}

static size_t read_waiting(const struct marks *marks, char *bytes, size_t size)
{
	ssize_t length;
	do {
		length = marks->fd < 0 ? 0 : read(marks->fd, bytes, size);
	} while (length < 0 && errno == EINTR);
	return length > 0 ? (size_t)length : 0;
}

void marks_take(struct marks *marks, mark_taker take, void *context)
{
	char bytes[PIPE_BYTES];
	size_t length = read_waiting(marks, bytes, sizeof bytes);
	if (length > 0)
		mark_lines_feed(&marks->lines, bytes, length, take, context);
}

void marks_drop(struct marks *marks)
{
	char bytes[PIPE_BYTES];
	read_waiting(marks, bytes, sizeof bytes);
	marks->lines.length = 0;
}

void marks_close(struct marks *marks)
{
	if (marks->fd >= 0)
		close(marks->fd);
	if (marks->path)
		unlink(marks->path);
	if (marks->folder)
		rmdir(marks->folder);
	free(marks->path);
	free(marks->folder);
	free(marks->lines.line);
	*marks = (struct marks){ .fd = -1 };
}
