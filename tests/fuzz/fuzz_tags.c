/* SPDX-License-Identifier: MIT */
/* Any bytes as a mark's tag: exactly the tags without a newline and of at most PIPE_BUF − 1 bytes arrive, whole, as one
 * line. */
#include <joules/joules.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "%s: %s\n", what, joules_error_message());
	abort();
}

/* The name goes away at once: the pipe stays reachable through the descriptor. */
static int open_pipe(void)
{
	char folder[] = "/tmp/joules-fuzz-XXXXXX";
	char path[sizeof folder + 8];
	char link[64];
	require(mkdtemp(folder) != NULL, "mkdtemp");
	(void)snprintf(path, sizeof path, "%s/tags", folder);
	require(mkfifo(path, 0600) == 0, "mkfifo");
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	require(fd >= 0, "open");
	unlink(path);
	rmdir(folder);
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	setenv("JOULES_RUN_TAGS", link, 1);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int reader = -1;
	if (reader < 0)
		reader = open_pipe();
	char *tag = malloc(size + 1);
	if (!tag)
		return 0;
	if (size > 0)
		memcpy(tag, data, size);
	tag[size] = '\0';
	size_t length = strlen(tag);
	bool is_line = !strchr(tag, '\n') && length <= PIPE_BUF - 1;
	joules_status status = joules_mark(tag);
	require(status == (is_line ? JOULES_OK : JOULES_INVALID_ARGUMENT), "joules_mark");
	char line[2 * PIPE_BUF];
	ssize_t got = read(reader, line, sizeof line);
	if (is_line)
		require(got == (ssize_t)length + 1 && memcmp(line, tag, length) == 0 && line[length] == '\n',
		    "the line that arrived");
	else
		require(got <= 0, "a refused tag arrived");
	free(tag);
	return 0;
}
