/* SPDX-License-Identifier: MIT */
#include "base/write.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static const int signals[] = { SIGPIPE, SIGXFSZ };
enum { SIGNALS = sizeof signals / sizeof *signals };

/* Those of the set; they went to this thread. */
static void take_away(const sigset_t *set)
{
	while (sigtimedwait(set, NULL, &(struct timespec){ 0 }) >= 0 || errno == EINTR)
		;
}

struct quiet quiet_begin(void)
{
	struct quiet quiet;
	sigset_t held, pending;
	sigemptyset(&held);
	for (int i = 0; i < SIGNALS; i++)
		sigaddset(&held, signals[i]);
	pthread_sigmask(SIG_BLOCK, &held, &quiet.before);
	sigemptyset(&pending);
	sigpending(&pending);
	sigemptyset(&quiet.raised);
	for (int i = 0; i < SIGNALS; i++)
		if (!sigismember(&pending, signals[i])) /* one that waits already is the program's */
			sigaddset(&quiet.raised, signals[i]);
	return quiet;
}

void quiet_end(const struct quiet *quiet)
{
	int error = errno;
	take_away(&quiet->raised);
	pthread_sigmask(SIG_SETMASK, &quiet->before, NULL);
	errno = error;
}

ssize_t write_quietly(int fd, const char *bytes, size_t length)
{
	struct quiet quiet = quiet_begin();
	ssize_t written;
	do {
		written = write(fd, bytes, length);
	} while (written < 0 && errno == EINTR);
	/* Also of a short write: a pipe whose reader goes meanwhile gives both (fs/pipe.c, pipe_write). */
	if (written == (ssize_t)length)
		sigemptyset(&quiet.raised);
	quiet_end(&quiet);
	return written;
}

size_t write_all(int fd, const char *bytes, size_t length)
{
	size_t written = 0;
	while (written < length) {
		ssize_t now = write_quietly(fd, bytes + written, length - written);
		if (now > 0) {
			written += (size_t)now;
		} else if (now < 0 && errno == EAGAIN) {
			/* Somebody who shares this pipe or terminal made it non-blocking. */
			(void)poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
		} else {
			errno = now == 0 ? EIO : errno;
			break;
		}
	}
	return written;
}
