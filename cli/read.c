/* SPDX-License-Identifier: MIT */
#include "read.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { PIECE = 65536 };

/* 0 at the end, or an errno value. */
static int read_rest(int fd, size_t most, struct text *content)
{
	while (content->length <= most) {
		char *room = text_reserve(content, PIECE);
		if (!room)
			return ENOMEM;
		ssize_t length = read(fd, room, PIECE);
		if (length == 0)
			return 0;
		if (length > 0)
			text_advance(content, (size_t)length);
		else if (errno != EINTR)
			return errno;
	}
	return EFBIG;
}

bool read_whole(const char *path, size_t most, struct text *content)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return false;
	int error = read_rest(fd, most, content);
	close(fd);
	errno = error;
	return !error;
}
