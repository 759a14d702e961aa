/* SPDX-License-Identifier: MIT */
/* Small files of sysfs and procfs under an injectable root. */
#ifndef JOULES_BASE_SYSFS_H
#define JOULES_BASE_SYSFS_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* The folder that holds the `sys` and `proc` to read: the one that is wanted, else (NULL)
 * $JOULES_SYSROOT's, and "/" where that is empty or not set. */
const char *sysfs_root(const char *wanted);

/* root + "/" + rest without doubled slashes, malloc'ed; NULL without memory. */
char *sysfs_path(const char *root, const char *rest);

/* The root to read `proc` from: root where root/proc exists, else "/". */
const char *sysfs_proc_root(const char *root);

/* The first line of a small file, without its end of line, NULs and surrounding blanks, into out. 0, or an errno value.
 */
int sysfs_line(const char *path, char *out, size_t size);

/* The file's first number. 0; an errno value; EINVAL if no number stands there. */
int sysfs_u64(const char *path, uint64_t *value);

/* One pread at 0 of a kept descriptor. As above. */
int sysfs_pread_u64(int fd, uint64_t *value);

/* One pread of up to size bytes; their number, or −1 and errno. The bare system call: around its own, glibc switches
 * cancellation on and off, which costs a tenth of the whole, and nothing here waits or may be cancelled (cancel.h). */
static inline ssize_t sysfs_pread(int fd, char *out, size_t size, off_t at)
{
	ssize_t length;
	do {
		length = syscall(SYS_pread64, fd, out, size, at);
	} while (length < 0 && errno == EINTR);
	return length;
}

/* A file that is read again and again: what it said last. Zeros: nothing yet. */
struct sysfs_number {
	uint64_t first, last; /* its first and its last eight bytes … */
	ssize_t length;       /* … of so many, 8 to 16; 0: none that may be known again */
	uint64_t value;
};

/* Eight bytes as a number. */
static inline uint64_t sysfs_word(const char *bytes)
{
	uint64_t word;
	memcpy(&word, bytes, sizeof word);
	return word;
}

/* The part of sysfs_pread_again() that is rare. */
int sysfs_parse_anew(int fd, const char *bytes, ssize_t length, struct sysfs_number *number);

/* The same as sysfs_pread_u64(), into number->value. The same bytes are not parsed again: counters are often read
 * faster than they move. Inline, as each return that follows a system call costs several nanoseconds. */
static inline int sysfs_pread_again(int fd, struct sysfs_number *number)
{
	char bytes[64];
	ssize_t length = sysfs_pread(fd, bytes, sizeof bytes, 0);
	if (length >= 8 && length == number->length && sysfs_word(bytes) == number->first &&
	    sysfs_word(bytes + length - 8) == number->last)
		return 0;
	return sysfs_parse_anew(fd, bytes, length, number);
}

/* The parser alone: decimal digits, then nothing but blanks, end of line or NULs. False beyond 2^64 − 1 or for anything
 * else. */
bool sysfs_parse_u64(const char *bytes, size_t length, uint64_t *value);

/* Opens a regular file for reading, close-on-exec, never as one of 0, 1, 2. Never waits: a pipe where a file should be,
 * which would block until somebody writes, is refused with ESPIPE, a folder with EISDIR. -1 and errno. */
int sysfs_open(const char *path);

/* strerror() in words that fit these files: ESPIPE is "not a regular file". */
const char *sysfs_error_text(int error);

/* A descriptor just opened (or -1), moved if it is one of 0, 1, 2: those are the caller's, also where they are closed
 * now. */
int sysfs_above_standard(int fd);

/* Is there anything at root/rest? */
bool sysfs_exists(const char *root, const char *rest);

#endif
