/* SPDX-License-Identifier: MIT */
#include "handlers/sqlite/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "handlers/sqlite/library.h"

#define LONGEST_NS INT64_C(5000000000)
#define FIRST_NS INT64_C(1000000)
/* How often it waits: before it asks whether there are locks at all, and for twice as long as the time before. */
enum { ASKS = 4, DOUBLES = 6 };

struct wait {
	const char *path;
	int64_t until_ns;
	bool has_no_locks;
};

struct wait *wait_new(const char *path)
{
	struct wait *wait = calloc(1, sizeof *wait);
	if (wait)
		wait->path = path;
	return wait;
}

void wait_free(struct wait *wait)
{
	free(wait);
}

/* SQLite calls a lock that the system refuses for good (ENOLCK) busy as well. Asked of a file of its own: closing one
 * of the database's would give up the locks that this process holds on it (https://sqlite.org/howtocorrupt.html, 2.2).
 */
static bool can_be_locked(const char *path)
{
	char *name = NULL;
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
	if (asprintf(&name, "%s-lock-XXXXXX", path) < 0)
		return true;
	int fd = mkostemp(name, O_CLOEXEC);
	bool can = fd < 0 || fcntl(fd, F_SETLK, &lock) == 0 || errno != ENOLCK;
	if (fd >= 0) {
		(void)unlink(name);
		close(fd);
	}
	free(name);
	return can;
}

/* Called by SQLite, the first time with 0; whether to try again. */
static int wait_again(void *context, int times)
{
	struct wait *wait = context;
	if (times == 0)
		wait->until_ns = clock_monotonic_ns() + LONGEST_NS;
	if (times == ASKS)
		wait->has_no_locks = !can_be_locked(wait->path);
	if (wait->has_no_locks || clock_monotonic_ns() >= wait->until_ns)
		return 0;
	clock_sleep_ns(FIRST_NS << (times < DOUBLES ? times : DOUBLES));
	return 1;
}

void wait_for_writers(struct wait *wait, const struct sqlite *sqlite, struct sqlite3 *db)
{
	(void)sqlite->busy_handler(db, wait_again, wait);
}

bool wait_found_no_locks(const struct wait *wait)
{
	return wait && wait->has_no_locks;
}
