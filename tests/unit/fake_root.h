/* SPDX-License-Identifier: MIT */
/* A folder to put a `proc` and a `sys` into, for the time of one test. cmocka.h first. */
#ifndef TESTS_UNIT_FAKE_ROOT_H
#define TESTS_UNIT_FAKE_ROOT_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char fake_root[64];

__attribute__((unused)) static int fake_root_setup(void **state)
{
	(void)state;
	snprintf(fake_root, sizeof fake_root, "/tmp/joules-unit-XXXXXX");
	return mkdtemp(fake_root) ? 0 : -1;
}

__attribute__((unused)) static int fake_root_remove_one(
    const char *path, const struct stat *info, int type, struct FTW *where)
{
	(void)info, (void)type, (void)where;
	return remove(path);
}

__attribute__((unused)) static int fake_root_teardown(void **state)
{
	(void)state;
	return nftw(fake_root, fake_root_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Writes bytes to root/rest, with its folders; a file that is there keeps its inode, as procfs and sysfs do. */
__attribute__((unused)) static void fake_root_write_bytes(const char *rest, const void *bytes, size_t length)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", fake_root, rest);
	for (char *slash = path + strlen(fake_root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		(void)mkdir(path, 0755);
		*slash = '/';
	}
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), length);
	close(fd);
}

__attribute__((unused)) static void fake_root_write(const char *rest, const char *text)
{
	fake_root_write_bytes(rest, text, strlen(text));
}

#endif
