/* SPDX-License-Identifier: MIT */
#include "measure/folder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "joules-", the number of the process, "-", and six characters of mkdtemp(). */
#define PREFIX "joules-"
#define DRAWN "XXXXXX"

/* The process that made a folder of this name; 0: it is none of ours. */
static pid_t maker_of(const char *name)
{
	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 || !isdigit((unsigned char)name[strlen(PREFIX)]))
		return 0;
	char *end;
	errno = 0;
	long pid = strtol(name + strlen(PREFIX), &end, 10);
	bool ours = errno == 0 && pid > 0 && pid == (pid_t)pid && *end == '-' && strlen(end + 1) == strlen(DRAWN);
	return ours ? (pid_t)pid : 0;
}

/* A reader is a joules run that lives, be it in another namespace of processes, where its number means nothing to us.
 */
static bool is_read(int folder)
{
	int fd = openat(folder, FOLDER_PIPE, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool is_pipe_or_nothing(int folder)
{
	struct stat info;
	if (fstatat(folder, FOLDER_PIPE, &info, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT;
	return S_ISFIFO(info.st_mode) && info.st_uid == geteuid();
}

/* Whatever else is in the folder keeps it there. */
static void remove_leftover(int place, const char *name)
{
	int folder = openat(place, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0)
		return;
	struct stat info;
	if (fstat(folder, &info) == 0 && info.st_uid == geteuid() && is_pipe_or_nothing(folder) && !is_read(folder)) {
		unlinkat(folder, FOLDER_PIPE, 0);
		unlinkat(place, name, AT_REMOVEDIR);
	}
	close(folder);
}

static void remove_leftovers(const char *place)
{
	DIR *list = opendir(place);
	if (!list)
		return;
	int here = dirfd(list);
	for (struct dirent *entry; here >= 0 && (entry = readdir(list));) {
		pid_t maker = maker_of(entry->d_name);
		if (maker > 0 && kill(maker, 0) != 0 && errno == ESRCH)
			remove_leftover(here, entry->d_name);
	}
	closedir(list);
}

char *folder_make(void)
{
	const char *const places[] = { secure_getenv("TMPDIR"), "/tmp" };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		char *folder = NULL;
		if (!places[i] || places[i][0] != '/')
			continue;
		if (asprintf(&folder, "%s/" PREFIX "%d-" DRAWN, places[i], (int)getpid()) < 0) {
			errno = ENOMEM;
			return NULL;
		}
		if (mkdtemp(folder)) {
			remove_leftovers(places[i]);
			return folder;
		}
		int error = errno;
		free(folder);
		errno = error;
	}
	return NULL;
}
