/* SPDX-License-Identifier: MIT */
#include "measure/destination.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/write.h"
#include "cli.h"

/* No O_TRUNC: what an earlier run left stays until there is something to replace it. */
bool destination_open(struct destination *destination, const char *path, int otherwise)
{
	*destination = (struct destination){ path, otherwise };
	if (!path)
		return true;
	if (strcmp(path, "-") == 0) {
		destination->fd = STDOUT_FILENO;
		if (!(fcntl(STDOUT_FILENO, F_GETFL) & O_PATH)) /* it is closed: see main.c */
			return true;
		cli_error(cli_verb, 0, "--report -: standard output is closed");
		return false;
	}
	destination->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	if (destination->fd >= 0)
		return true;
	cli_error(cli_verb, 0, "--report %s: %s", path, strerror(errno));
	return false;
}

bool destination_holds_notes(const struct destination *destination, bool json)
{
	return json && (destination->fd == STDERR_FILENO || destination->fd == STDOUT_FILENO);
}

static bool is_file(const struct destination *destination)
{
	struct stat info;
	return destination->path && destination->fd != STDOUT_FILENO && fstat(destination->fd, &info) == 0 &&
	    S_ISREG(info.st_mode);
}

/* Whole, or not at all: half an object of JSON is of no use to anybody. */
static bool replace(const struct destination *destination, const struct text *text)
{
	bool to_file = is_file(destination);
	if (to_file && ftruncate(destination->fd, 0) != 0)
		return false;
	if (write_all(destination->fd, text_string(text), text->length) == text->length)
		return true;
	int error = errno;
	if (to_file)
		(void)!ftruncate(destination->fd, 0);
	errno = error;
	return false;
}

/* Also where it can only be shown: what was measured is not measured again for a full disk. */
static void write_elsewhere(const struct destination *destination, const struct text *text)
{
	if (destination->fd > STDERR_FILENO)
		write_all(STDERR_FILENO, text_string(text), text->length);
}

void destination_write(const struct destination *destination, const struct text *text, bool json, struct notes *notes)
{
	errno = ENOMEM;
	if (!text->failed && replace(destination, text)) {
		if (destination_holds_notes(destination, json))
			notes->told = notes->count;
		return;
	}
	notes_add_error(notes, "the report could not be written%s%s: %s", destination->path ? " to " : "",
	    destination->path ? destination->path : "", strerror(errno));
	if (!text->failed)
		write_elsewhere(destination, text);
}

void destination_close(struct destination *destination)
{
	if (destination->fd > STDERR_FILENO)
		close(destination->fd);
	*destination = (struct destination)DESTINATION_NONE;
}
