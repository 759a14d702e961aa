/* SPDX-License-Identifier: MIT */
#include "measure/hidden.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/notes.h"

enum { LAST_BYTES = 2048, LAST_LINES = 8, KEPT = 1 << 20 };
static const int64_t trim_ns = 1000000000;

bool hidden_open(struct hidden *hidden)
{
	hidden->null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	hidden->log_fd = memfd_create("joules: standard error", MFD_CLOEXEC);
	if (hidden->log_fd >= 0) /* what is left of an earlier run writes at the end, too */
		(void)fcntl(hidden->log_fd, F_SETFL, O_APPEND);
	return hidden->null_fd >= 0 && hidden->log_fd >= 0;
}

void hidden_close(struct hidden *hidden)
{
	if (hidden->null_fd >= 0)
		close(hidden->null_fd);
	if (hidden->log_fd >= 0)
		close(hidden->log_fd);
	*hidden = (struct hidden){ -1, -1 };
}

static off_t length_of(int fd)
{
	struct stat info;
	return fd >= 0 && fstat(fd, &info) == 0 ? info.st_size : 0;
}

/* The start of the last lines. */
static char *last_lines(char *bytes, size_t length)
{
	char *line = bytes + length;
	for (int lines = 0; line > bytes; line--)
		if (line[-1] == '\n' && line < bytes + length && ++lines == LAST_LINES)
			break;
	return line;
}

void hidden_tell(const struct hidden *hidden, const char *command, int code, struct notes *notes)
{
	if (hidden->log_fd < 0)
		return;
	char bytes[LAST_BYTES + 1];
	off_t length = length_of(hidden->log_fd), from = length > LAST_BYTES ? length - LAST_BYTES : 0;
	ssize_t got = pread(hidden->log_fd, bytes, LAST_BYTES, from);
	if (got <= 0) {
		notes_add_error(notes,
		    "%s: it ended with exit status %d, and wrote nothing to standard error (--show-output shows all)", command,
		    code);
		return;
	}
	bytes[got] = '\0';
	notes_add_error(notes, "%s: it ended with exit status %d; its last lines on standard error:", command, code);
	char *rest = NULL;
	for (char *line = strtok_r(last_lines(bytes, (size_t)got), "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		notes_add_error(notes, "    %s", line);
}

void hidden_clear(const struct hidden *hidden)
{
	if (hidden->log_fd >= 0)
		(void)!ftruncate(hidden->log_fd, 0);
}

int64_t hidden_wait_ns(const struct hidden *hidden)
{
	return hidden->log_fd >= 0 ? trim_ns : -1;
}

void hidden_trim(const struct hidden *hidden)
{
	off_t length = length_of(hidden->log_fd);
	if (length > KEPT)
		(void)fallocate(hidden->log_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, length - KEPT);
}
