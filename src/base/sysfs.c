/* SPDX-License-Identifier: MIT */
#include "base/sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *sysfs_root(const char *wanted)
{
	const char *root = wanted ? wanted : secure_getenv("JOULES_SYSROOT");
	return root && *root ? root : "/";
}

char *sysfs_path(const char *root, const char *rest)
{
	size_t length = strlen(root);
	while (length > 0 && root[length - 1] == '/')
		length--;
	while (*rest == '/')
		rest++;
	char *path = NULL;
	return asprintf(&path, "%.*s/%s", (int)length, root, rest) < 0 ? NULL : path;
}

const char *sysfs_proc_root(const char *root)
{
	char proc[PATH_MAX]; /* not allocated: without memory the machine's own would be taken */
	struct stat info;
	int length = snprintf(proc, sizeof proc, "%s/proc", root);
	bool there = length > 0 && (size_t)length < sizeof proc && stat(proc, &info) == 0 && S_ISDIR(info.st_mode);
	return there ? root : "/";
}

int sysfs_above_standard(int fd)
{
	if (fd < 0 || fd > 2)
		return fd;
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	int error = errno;
	close(fd);
	errno = error;
	return moved;
}

bool sysfs_exists(const char *root, const char *rest)
{
	struct stat info;
	char *path = sysfs_path(root, rest);
	bool found = path && stat(path, &info) == 0;
	free(path);
	return found;
}

int sysfs_open(const char *path)
{
	struct stat info = { 0 };
	int fd = sysfs_above_standard(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
	if (fd < 0 || (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)))
		return fd;
	close(fd);
	errno = S_ISDIR(info.st_mode) ? EISDIR : ESPIPE;
	return -1;
}

const char *sysfs_error_text(int error)
{
	return error == ESPIPE ? "not a regular file" : strerror(error);
}

/* A number without an end of line (or a capture's NUL) behind it may be the beginning of a longer one: a file system
 * may hand out less than it has. The rest would be of another moment, so such a read is not good. */
static bool is_whole(int fd, const char *bytes, size_t length)
{
	char more;
	return bytes[length - 1] == '\n' || memchr(bytes, '\n', length) || memchr(bytes, '\0', length) ||
	    sysfs_pread(fd, &more, 1, (off_t)length) == 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

#define ZEROS 0x3030303030303030u /* eight characters '0' */

/* Eight characters, the first one in the lowest byte (little-endian). True if all are digits, and then their value:
 * neighbours are joined to numbers of two, four and eight digits (D. Lemire, "Quickly parsing eight digits", 2018). */
static bool eight_digits(uint64_t word, uint64_t *value)
{
	uint64_t digits = word - ZEROS;
	if ((digits | (word + 0x4646464646464646)) & 0x8080808080808080)
		return false;
	digits = digits * 10 + (digits >> 8);
	uint64_t first = (digits & 0x000000ff000000ff) * 0x000f424000000064;
	uint64_t second = ((digits >> 16) & 0x000000ff000000ff) * 0x0000271000000001;
	*value = (first + second) >> 32;
	return true;
}

/* What a counter shows most often: 9 to 15 digits and the end of the line. No loop over them in each reading. */
static bool parse_usual(const char *bytes, size_t length, uint64_t *value)
{
	if (length < 10 || length > 16 || bytes[length - 1] != '\n')
		return false;
	size_t before = length - 9; /* digits before the last eight; the place of the missing ones takes '0' */
	uint64_t first = sysfs_word(bytes) << 8 * (8 - before) | ZEROS >> 8 * before, high, low;
	if (!eight_digits(first, &high) || !eight_digits(sysfs_word(bytes + before), &low))
		return false;
	*value = high * 100000000 + low;
	return true;
}

#define SAFE_DIGITS 19 /* so many always fit without a look at overflow */

bool sysfs_parse_u64(const char *bytes, size_t length, uint64_t *value)
{
	if (parse_usual(bytes, length, value))
		return true;
	size_t at = 0;
	while (at < length && (bytes[at] == ' ' || bytes[at] == '\t'))
		at++;
	size_t first = at, safe = length - at > SAFE_DIGITS ? at + SAFE_DIGITS : length;
	uint64_t number = 0;
	unsigned digit;
	for (; at < safe && (digit = (unsigned)bytes[at] - '0') <= 9; at++)
		number = number * 10 + digit;
	for (; at < length && (digit = (unsigned)bytes[at] - '0') <= 9; at++) {
		if (number > (UINT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	if (at == first)
		return false;
	for (; at < length; at++)
		if (!is_blank(bytes[at]))
			return false;
	*value = number;
	return true;
}

/* Bytes as they were read. */
static int parse(int fd, const char *bytes, ssize_t length, uint64_t *value)
{
	if (length < 0)
		return errno;
	if (length == 0)
		return ENODATA;
	if (!is_whole(fd, bytes, (size_t)length))
		return EIO;
	return sysfs_parse_u64(bytes, (size_t)length, value) ? 0 : EINVAL;
}

int sysfs_pread_u64(int fd, uint64_t *value)
{
	char bytes[64];
	return parse(fd, bytes, sysfs_pread(fd, bytes, sizeof bytes, 0), value);
}

int sysfs_parse_anew(int fd, const char *bytes, ssize_t length, struct sysfs_number *number)
{
	int error = parse(fd, bytes, length, &number->value);
	number->length = 0;
	if (!error && length >= 8 && length <= 16 && bytes[length - 1] == '\n') {
		number->length = length;
		number->first = sysfs_word(bytes);
		number->last = sysfs_word(bytes + length - 8);
	}
	return error;
}

int sysfs_u64(const char *path, uint64_t *value)
{
	int fd = sysfs_open(path);
	if (fd < 0)
		return errno;
	int error = sysfs_pread_u64(fd, value);
	close(fd);
	return error;
}

int sysfs_line(const char *path, char *out, size_t size)
{
	int fd = sysfs_open(path);
	if (fd < 0)
		return errno;
	ssize_t length = sysfs_pread(fd, out, size - 1, 0);
	int error = length < 0 ? errno : 0;
	close(fd);
	if (error)
		return error;
	out[length] = '\0';
	out[strcspn(out, "\r\n")] = '\0';
	size_t end = strlen(out), start = 0;
	while (end > 0 && is_blank(out[end - 1]))
		end--;
	while (start < end && is_blank(out[start]))
		start++;
	memmove(out, out + start, end - start);
	out[end - start] = '\0';
	return 0;
}
