/* SPDX-License-Identifier: MIT */
#include "handlers/file.h"
#include "base/clock.h"
#include "base/status.h"
#include "base/sysfs.h"
#include "base/write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- messages ---- */

static const struct {
	int error;
	const char *cure;
} cures[] = {
	{ EACCES, "; choose another file, or get the right to write it (chmod, chown)" },
	{ EPERM, "; choose another file, or get the right to write it (chmod, chown, chattr)" },
	{ EBADF, "; it is closed: open it, or name a file instead of -" },
	{ EDQUOT, "; free some space" },
	{ EFBIG, "; raise the limit on the size of files (ulimit -f)" },
	{ EISDIR, "; name a file in it" },
	{ EMFILE, "; raise the limit on open files (ulimit -n)" },
	{ ENOENT, "; make its folder first (mkdir -p)" },
	{ ENOSPC, "; free some space" },
	{ ENOTDIR, "; a part of that path is a file: choose another path" },
	{ ENXIO, "; nothing listens there: name a file" },
	{ EPIPE, "; its reader has ended" },
	{ EROFS, "; choose a file elsewhere" },
};

joules_status file_fail(const char *name, int error, const char *what)
{
	const char *cure = "";
	for (size_t i = 0; i < sizeof cures / sizeof *cures; i++)
		if (cures[i].error == error)
			cure = cures[i].cure;
	joules_status status = error == EACCES || error == EPERM ? JOULES_NO_PERMISSION : JOULES_IO;
	return joules_fail(status, "cannot %s %s: %s%s", what, name, strerror(error), cure);
}

static joules_status fail_file(const struct file *file, int error, const char *what)
{
	return file_fail(file->standard ? "standard output" : file->name, error, what);
}

/* ---- opening ---- */

static int open_to_append(const char *name, int flags)
{
	return sysfs_above_standard(open(name, flags | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666));
}

static bool same_file(int a, int b)
{
	struct stat one, other;
	return fstat(a, &one) == 0 && fstat(b, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* A regular file is also to be read (its header, its last byte); a pipe must not be, it would then never notice that
 * its reader went. */
static void try_reading(struct file *file)
{
	int both = open_to_append(file->name, O_RDWR);
	if (both < 0)
		return;
	if (!same_file(both, file->fd)) {
		close(both);
		return;
	}
	close(file->fd);
	file->fd = both;
	file->readable = true;
}

/* 0, or an errno value. */
static int open_named(struct file *file)
{
	file->fd = open_to_append(file->name, O_WRONLY | O_CREAT);
	if (file->fd < 0)
		return errno;
	struct stat info;
	file->readable = false;
	file->regular = fstat(file->fd, &info) == 0 && S_ISREG(info.st_mode);
	if (file->regular)
		try_reading(file);
	return 0;
}

static int open_standard(struct file *file)
{
	file->standard = true;
	file->fd = STDOUT_FILENO;
	int flags = fcntl(STDOUT_FILENO, F_GETFL);
	return flags < 0 || (flags & O_ACCMODE) == O_RDONLY ? EBADF : 0;
}

joules_status file_open(struct file *file, const char *name)
{
	*file = (struct file){ .fd = -1 };
	file->name = strdup(name);
	if (!file->name)
		return fail_memory();
	int error = strcmp(name, "-") == 0 ? open_standard(file) : open_named(file);
	if (!error)
		return JOULES_OK;
	joules_status status = fail_file(file, error, "write to");
	file_close(file);
	return status;
}

void file_close(struct file *file)
{
	if (file->fd >= 0 && !file->standard)
		close(file->fd);
	free(file->name);
	*file = (struct file){ .fd = -1 };
}

bool file_reopen_moved(struct file *file)
{
	struct stat named, ours;
	if (!file->regular || fstat(file->fd, &ours) != 0)
		return false;
	if (stat(file->name, &named) == 0 && named.st_dev == ours.st_dev && named.st_ino == ours.st_ino)
		return false;
	int old = file->fd;
	if (open_named(file)) {
		file->fd = old;
		return false;
	}
	close(old);
	return true;
}

/* ---- what stands in it ---- */

/* Open-file-description locks: they hold between handlers of one process too, and `flock FILE joules run …` takes
 * another kind. */
static bool set_lock(const struct file *file, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };
	return fcntl(file->fd, F_OFD_SETLK, &lock) == 0;
}

void file_lock(struct file *file)
{
	if (!file->regular)
		return;
	for (int tries = 0; tries < 200 && !set_lock(file, F_WRLCK); tries++) {
		if (errno != EAGAIN && errno != EACCES)
			return;
		clock_sleep_ns(5000000);
	}
}

void file_unlock(struct file *file)
{
	if (file->regular)
		(void)set_lock(file, F_UNLCK);
}

joules_status file_size(const struct file *file, size_t *size)
{
	struct stat info;
	if (fstat(file->fd, &info) != 0)
		return fail_file(file, errno, "ask for the size of");
	*size = (size_t)info.st_size;
	return JOULES_OK;
}

bool file_ends_line(const struct file *file, size_t size)
{
	char last = '\n';
	if (file->readable && size > 0 && pread(file->fd, &last, 1, (off_t)size - 1) != 1)
		return true;
	return last == '\n';
}

joules_status file_check_first_line(struct file *file, const char *line)
{
	if (!file->readable)
		return joules_fail(JOULES_NO_PERMISSION,
		    "cannot read the header of %s; get the right to read it (chmod), or choose another file", file->name);
	size_t length = strlen(line), size = length + 1 < 512 ? 512 : length + 1;
	char *found = malloc(size + 1);
	if (!found)
		return fail_memory();
	joules_status status = JOULES_OK;
	ssize_t got = pread(file->fd, found, size, 0);
	if (got < 0) {
		status = fail_file(file, errno, "read the header of");
	} else {
		found[got] = '\0';
		char *end = memchr(found, '\n', (size_t)got);
		if (end)
			*end = '\0';
		if (strcmp(found, line) != 0)
			status = joules_fail(JOULES_INCONSISTENT,
			    "%s begins with the header '%.300s', but this measurement needs '%.300s'; choose another file, or move "
			    "that one away",
			    file->name, found, line);
	}
	free(found);
	return status;
}

/* ---- writing ---- */

/* Cuts off the last `count` bytes if they are ours: the position after a write is the file's end unless somebody else
 * has written. */
static bool take_back(int fd, size_t count)
{
	struct stat info;
	off_t end = lseek(fd, 0, SEEK_CUR);
	if (end < (off_t)count || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size != end)
		return false;
	return ftruncate(fd, end - (off_t)count) == 0 && lseek(fd, end - (off_t)count, SEEK_SET) >= 0;
}

joules_status file_write(struct file *file, const char *bytes, size_t length, size_t *written)
{
	size_t before = *written;
	if (file->standard)
		flockfile(stdout);
	/* What the program has printed so far comes first. */
	if (file->standard)
		(void)fflush(stdout);
	*written += write_all(file->fd, bytes + *written, length - *written);
	int error = *written < length ? errno : 0;
	if (error && before == 0 && *written > 0 && take_back(file->fd, *written))
		*written = 0;
	if (file->standard)
		funlockfile(stdout);
	return error ? fail_file(file, error, "write to") : JOULES_OK;
}
