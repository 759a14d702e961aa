/* SPDX-License-Identifier: MIT */
/* Preloaded into the command: a file system as few machines have one, and a program that speaks its user's language.
 * OBSTACLE_LOCKS=none: no file can be locked. OBSTACLE_FILE_SYSTEM=0x6969: every file is on one of that type.
 * OBSTACLE_RENAME=slow: it takes its time. OBSTACLE_LOCALE=own: that of the environment. */
#undef _FILE_OFFSET_BITS /* so that each name below is one symbol */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

static int lock_or_not(int fd, int command, void *argument)
{
	if (getenv("OBSTACLE_LOCKS") && (command == F_GETLK || command == F_SETLK || command == F_SETLKW)) {
		errno = ENOLCK;
		return -1;
	}
	return (int)syscall(SYS_fcntl, fd, command, argument);
}

#define FCNTL(name) \
	int name(int fd, int command, ...) \
	{ \
		va_list arguments; \
		va_start(arguments, command); \
		void *argument = va_arg(arguments, void *); \
		va_end(arguments); \
		return lock_or_not(fd, command, argument); \
	}

FCNTL(fcntl)
FCNTL(fcntl64)

/* The two structures are one where a long has 64 bits. */
#define STATFS(name) \
	int name(const char *path, struct name *info) \
	{ \
		const char *type = getenv("OBSTACLE_FILE_SYSTEM"); \
		int result = (int)syscall(SYS_statfs, path, info); \
		if (result == 0 && type) \
			info->f_type = strtol(type, NULL, 0); \
		return result; \
	}

STATFS(statfs)
STATFS(statfs64)

int rename(const char *from, const char *to)
{
	if (getenv("OBSTACLE_RENAME"))
		(void)usleep(50000);
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

__attribute__((constructor)) static void speak(void)
{
	if (getenv("OBSTACLE_LOCALE"))
		(void)setlocale(LC_ALL, "");
}
