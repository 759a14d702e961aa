/* SPDX-License-Identifier: MIT */
/* Where a built-in handler writes: a file that is appended to, or standard output. A write is there as a whole, or not
 * at all where that can be had: on a regular file what a failed write left is cut off again. */
#ifndef JOULES_HANDLERS_FILE_H
#define JOULES_HANDLERS_FILE_H

#include "base/text.h"

#include <joules/joules.h>

struct file {
	char *name; /* as given; "-" is standard output */
	int fd;
	bool standard;
	bool regular;  /* a named, regular file: its content can be asked for */
	bool readable; /* and we may read it */
};

/* "cannot <what> <name>: <strerror>; <what would help>" */
joules_status file_fail(const char *name, int error, const char *what);

/* Opens for appending, creates it where it is missing. */
joules_status file_open(struct file *file, const char *name);
void file_close(struct file *file);

/* Keeps other processes that write through Joules out while a trace is written. Waits at most a second and then goes on
 * without: whoever holds the lock may be waiting for us. */
void file_lock(struct file *file);
void file_unlock(struct file *file);

/* Of a regular file: its size; whether its last line is complete; whether its first line is this one (false with a
 * message if not). The name is looked up anew where the file behind it was moved away. */
joules_status file_size(const struct file *file, size_t *size);
bool file_ends_line(const struct file *file, size_t size);
joules_status file_check_first_line(struct file *file, const char *line);
bool file_reopen_moved(struct file *file);

/* Writes bytes[*written … length). On failure *written says how many of all bytes are in the file: 0 where they could
 * be cut off. */
joules_status file_write(struct file *file, const char *bytes, size_t length, size_t *written);

#endif
