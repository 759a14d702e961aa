/* SPDX-License-Identifier: MIT */
#include "measure/commit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sysfs.h"

enum { LINE = 1024 };

/* Into line[LINE]. */
static bool read_line(const char *folder, const char *name, char *line)
{
	char *path = NULL;
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return false;
	bool found = sysfs_line(path, line, LINE) == 0;
	free(path);
	return found;
}

/* Of SHA-1 or SHA-256. */
static char *commit_of(const char *line)
{
	size_t length = strspn(line, "0123456789abcdef");
	return (length == 40 || length == 64) && !line[length] ? strdup(line) : NULL;
}

/* What a line such as "gitdir: ../x" or "ref: refs/heads/main" names; NULL: it is another one. */
static const char *behind(const char *line, const char *word)
{
	size_t length = strlen(word);
	return strncmp(line, word, length) == 0 ? line + length : NULL;
}

/* Where the path is not absolute, it begins at the folder. */
static char *join(const char *folder, const char *path)
{
	char *joined = NULL;
	if (asprintf(&joined, "%s%s%s", *path == '/' ? "" : folder, *path == '/' ? "" : "/", path) < 0)
		return NULL;
	return joined;
}

/* gitrepository-layout(5): a folder, or in a worktree or submodule a file that names one. */
static char *repository_at(const char *folder)
{
	char line[LINE], *git = join(folder, ".git"), *found = NULL;
	struct stat info;
	if (git && stat(git, &info) == 0 && S_ISDIR(info.st_mode))
		return git;
	free(git);
	if (read_line(folder, ".git", line) && behind(line, "gitdir: "))
		found = join(folder, behind(line, "gitdir: "));
	return found;
}

static char *find_repository(const char *folder)
{
	char *at = strdup(folder), *found = NULL, *slash = at;
	while (at && slash && !(found = repository_at(at)) && (slash = strrchr(at, '/')))
		*slash = '\0';
	free(at);
	return found;
}

/* Where branches are that no file of their own holds, "<commit> <name>" a line. */
static char *find_packed(const char *repository, const char *branch)
{
	char *path = join(repository, "packed-refs"), *line = NULL, *found = NULL;
	size_t room = 0;
	int fd = path ? sysfs_open(path) : -1;
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
	while (file && !found && getline(&line, &room, file) > 0) {
		char *name = strchr(line, ' ');
		line[strcspn(line, "\n")] = '\0';
		if (!name || strcmp(name + 1, branch) != 0)
			continue;
		*name = '\0';
		found = commit_of(line);
	}
	if (file)
		(void)fclose(file);
	free(line);
	free(path);
	return found;
}

static char *find_branch(const char *repository, const char *branch)
{
	char line[LINE], *common = read_line(repository, "commondir", line) ? join(repository, line) : strdup(repository);
	char *found = NULL;
	if (common && read_line(common, branch, line))
		found = commit_of(line);
	if (common && !found)
		found = find_packed(common, branch);
	free(common);
	return found;
}

char *commit_find(const char *folder)
{
	char line[LINE], *repository = find_repository(folder), *found = NULL;
	if (repository && read_line(repository, "HEAD", line)) {
		const char *branch = behind(line, "ref: ");
		found = branch ? find_branch(repository, branch) : commit_of(line);
	}
	free(repository);
	return found;
}
