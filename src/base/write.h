/* SPDX-License-Identifier: MIT */
/* Writing to a descriptor, in a way that a library may: a reader that has gone (SIGPIPE) and a limit on the size of
 * files (SIGXFSZ) come as errno values only, and the program's own handlers of these signals never hear of them. */
#ifndef JOULES_BASE_WRITE_H
#define JOULES_BASE_WRITE_H

#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

/* The same for what others write on our behalf (a library): between these two, in one thread. */
struct quiet {
	sigset_t before;
	sigset_t raised; /* those that nobody waited for yet: what comes now is ours */
};
struct quiet quiet_begin(void);
void quiet_end(const struct quiet *quiet);

/* The first line of a function that lets others write. */
#define WRITES_QUIETLY __attribute__((cleanup(quiet_end), unused)) const struct quiet writes_quietly = quiet_begin()

/* One write, again where a signal came first. As write(2). */
ssize_t write_quietly(int fd, const char *bytes, size_t length);

/* All of it, in however many writes, also where somebody has made the descriptor non-blocking. How many bytes are out;
 * fewer than length: errno says why. */
size_t write_all(int fd, const char *bytes, size_t length);

#endif
