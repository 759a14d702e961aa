/* SPDX-License-Identifier: MIT */
/* A mark: one line into the pipe that `joules run` reads. */
#include "base/cancel.h"
#include "base/status.h"
#include "base/write.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VARIABLE "$JOULES_RUN_TAGS"

static joules_status fail_no_pipe(const char *path)
{
	return joules_fail(JOULES_IO, VARIABLE " is not a pipe: %s; joules run sets it, so do not set it by hand", path);
}

static joules_status fail_no_reader(const char *path)
{
	return joules_fail(JOULES_IO, "nobody reads " VARIABLE ", %s: the joules run that made it has ended", path);
}

/* Never waits: without a reader the opening fails, and a full pipe fails the write. */
static joules_status open_pipe(const char *path, int *fd)
{
	struct stat about;
	*fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (*fd >= 0) {
		if (fstat(*fd, &about) == 0 && S_ISFIFO(about.st_mode))
			return JOULES_OK;
		close(*fd);
		return fail_no_pipe(path);
	}
	int error = errno;
	/* ENXIO is also what a socket's name and a device without a driver give. */
	if (error == EISDIR || (error == ENXIO && stat(path, &about) == 0 && !S_ISFIFO(about.st_mode)))
		return fail_no_pipe(path);
	if (error == ENXIO)
		return fail_no_reader(path);
	return fail_errno(error, "cannot open " VARIABLE ",", path);
}

static joules_status check_tag(const char *tag, size_t length)
{
	if (memchr(tag, '\n', length))
		return joules_fail(
		    JOULES_INVALID_ARGUMENT, "mark: the tag contains a newline, which would make two marks of it");
	if (length > PIPE_BUF - 1)
		return joules_fail(JOULES_INVALID_ARGUMENT,
		    "mark: the tag has %zu bytes; it may have at most %d, so that it goes through the pipe in one piece",
		    length, PIPE_BUF - 1);
	return JOULES_OK;
}

joules_status joules_mark(const char *tag)
{
	UNCANCELLED;
	if (!tag)
		return joules_fail(JOULES_INVALID_ARGUMENT, "mark: the tag is NULL");
	const char *path = secure_getenv("JOULES_RUN_TAGS");
	if (!path || path[0] == '\0')
		return JOULES_OK;
	size_t length = strlen(tag);
	joules_status status = check_tag(tag, length);
	if (status != JOULES_OK)
		return status;
	int fd;
	status = open_pipe(path, &fd);
	if (status != JOULES_OK)
		return status;
	/* One write of at most PIPE_BUF bytes goes in whole or not at all, so that the marks of several processes do not
	 * mix. */
	char line[PIPE_BUF];
	memcpy(line, tag, length);
	line[length] = '\n';
	int error = write_quietly(fd, line, length + 1) < 0 ? errno : 0;
	close(fd);
	switch (error) {
	case 0:
		return JOULES_OK;
	case EPIPE:
		return fail_no_reader(path);
	case EAGAIN:
		return joules_fail(JOULES_IO,
		    "the pipe " VARIABLE ", %s, is full: marks come faster than joules run reads them; mark less often", path);
	default:
		return fail_errno(error, "cannot write to " VARIABLE ",", path);
	}
}
