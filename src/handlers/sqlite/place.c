/* SPDX-License-Identifier: MIT */
#include "handlers/sqlite/place.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/status.h"
#include "handlers/file.h"

#define FILE_NAME "joules/history.db"

/* ---- the folder ---- */

/* What is not there yet is whose the folder around it is: root's own (/tmp, /home) is anybody's to make it in. */
static bool is_ours(const char *folder)
{
	struct stat info;
	char *path = strdup(folder);
	bool is_there = path && stat(path, &info) == 0, known = is_there;
	for (char *slash = path ? strrchr(path, '/') : NULL; slash && slash > path && !known; slash = strrchr(path, '/')) {
		*slash = '\0';
		known = stat(path, &info) == 0;
	}
	free(path);
	return !known || info.st_uid == geteuid() || (!is_there && info.st_uid == 0);
}

/* "home/.local/state" where that home exists and is ours, else NULL. */
static char *state_in(const char *home)
{
	struct stat info;
	char *folder = NULL;
	if (!home || *home != '/' || stat(home, &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != geteuid())
		return NULL;
	return asprintf(&folder, "%s/.local/state", home) < 0 ? NULL : folder;
}

/* Under sudo the variables may still be those of somebody else, in whose folders root's files have no place. */
static char *find_folder(void)
{
	const char *state = secure_getenv("XDG_STATE_HOME"), *home = secure_getenv("HOME");
	if (state && *state == '/' && is_ours(state))
		return strdup(state);
	char *folder = state && *state == '/' ? NULL : state_in(home);
	if (folder)
		return folder;
	const struct passwd *account = getpwuid(geteuid());
	return account ? state_in(account->pw_dir) : NULL;
}

/* ---- the file system: a log takes memory that all its users share, which only one machine can ---- */

static const long remote[] = {
	0x6969,                         /* NFS */
	0x517B, 0xFF534D42, 0xFE534D42, /* SMB, CIFS, SMB 2 */
	0x01021997,                     /* 9P */
	0x00C36400,                     /* Ceph */
	0x0BD00BD0,                     /* Lustre */
	0x47504653,                     /* GPFS */
	0x19830326,                     /* BeeGFS */
	0x5346414F, 0x6B414653,         /* AFS */
	0x73757245,                     /* Coda */
	0x7461636F, 0x01161970,         /* OCFS2, GFS2 */
};

static bool is_remote(const char *path)
{
	struct statfs info;
	char *at = strdup(path);
	bool known = false;
	/* Of the folder that is there already. */
	for (char *slash = at ? strrchr(at, '/') : NULL; slash && !known; slash = strrchr(at, '/')) {
		slash[slash == at] = '\0';
		known = statfs(at, &info) == 0;
		if (slash == at)
			break;
	}
	free(at);
	for (size_t i = 0; known && i < sizeof remote / sizeof *remote; i++)
		if ((uint32_t)info.f_type == (uint32_t)remote[i])
			return true;
	return false;
}

/* ---- the place ---- */

void history_place_free(struct history_place *place)
{
	free(place->path);
	*place = (struct history_place){ .path = NULL };
}

static joules_status find_named(struct history_place *place, const char *named)
{
	if (strcmp(named, "off") == 0)
		return JOULES_OK;
	place->is_named = true;
	place->path = strdup(named);
	return place->path ? JOULES_OK : fail_memory();
}

joules_status history_place_find(struct history_place *place)
{
	*place = (struct history_place){ .path = NULL };
	const char *named = secure_getenv("JOULES_HISTORY");
	joules_status status = JOULES_OK;
	if (named && *named) {
		status = find_named(place, named);
	} else {
		char *folder = find_folder();
		if (folder && asprintf(&place->path, "%s/" FILE_NAME, folder) < 0)
			status = fail_memory();
		free(folder);
	}
	if (status || !place->path)
		return status;
	place->is_remote = is_remote(place->path);
	if (!place->is_remote || place->is_named)
		return JOULES_OK;
	return joules_fail(JOULES_IO,
	    "%s is on a network file system, where several machines would write at once; name another file with "
	    "JOULES_HISTORY=FILE",
	    place->path);
}

static joules_status make_folders(const char *path)
{
	char *folder = strdup(path);
	if (!folder)
		return fail_memory();
	joules_status status = JOULES_OK;
	for (char *slash = strchr(folder + 1, '/'); slash && !status; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		struct stat info;
		if (stat(folder, &info) != 0 && mkdir(folder, 0700) != 0 && errno != EEXIST)
			status = file_fail(folder, errno, "make the folder");
		*slash = '/';
	}
	free(folder);
	return status;
}

bool history_place_is_made(const struct history_place *place)
{
	return access(place->path, F_OK) == 0 || errno != ENOENT;
}

/* SQLite gives the files beside it the same rights. */
joules_status history_place_make(const struct history_place *place)
{
	if (history_place_is_made(place))
		return JOULES_OK;
	joules_status status = place->is_named ? JOULES_OK : make_folders(place->path);
	if (status)
		return status;
	int fd = open(place->path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd < 0)
		return file_fail(place->path, errno, "make");
	close(fd);
	return JOULES_OK;
}

/* ---- what is no database any more ---- */

int history_place_lock(const struct history_place *place)
{
	char *folder = strdup(place->path), *slash = folder ? strrchr(folder, '/') : NULL;
	if (slash)
		*slash = '\0';
	int fd = slash ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd >= 0)
		(void)flock(fd, LOCK_EX);
	free(folder);
	return fd;
}

/* What lies beside it first: with a new file it would be taken for that one's. */
static joules_status move_away(const char *path, const char *aside)
{
	static const char *const ends[] = { "-wal", "-shm", "-journal", "" };
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		char *from = NULL, *to = NULL;
		bool ok = asprintf(&from, "%s%s", path, ends[i]) >= 0;
		ok = ok && asprintf(&to, "%s%s", aside, ends[i]) >= 0;
		int error = !ok ? ENOMEM : rename(from, to) == 0 || errno == ENOENT ? 0 : errno;
		free(from);
		free(to);
		if (error)
			return file_fail(path, error, "move away");
	}
	return JOULES_OK;
}

joules_status history_place_clear(const struct history_place *place, char **aside)
{
	if (asprintf(aside, "%s.damaged-%lld-%d", place->path, (long long)time(NULL), (int)getpid()) < 0) {
		*aside = NULL;
		return fail_memory();
	}
	return move_away(place->path, *aside);
}
