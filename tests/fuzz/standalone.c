/* SPDX-License-Identifier: MIT */
/* Replays a corpus without libFuzzer: each argument is a file or a folder of files, each file one input. So every input
 * that once broke something is tried again by the ordinary tests, with any compiler. */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static size_t replayed;

static bool replay_file(const char *path, size_t length)
{
	FILE *file = fopen(path, "rb");
	/* Exactly as large as the input, so that a sanitizer sees a read behind it. */
	uint8_t *bytes = malloc(length ? length : 1);
	bool read = file && bytes && fread(bytes, 1, length, file) == length;
	if (read) {
		(void)LLVMFuzzerTestOneInput(bytes, length);
		replayed++;
	} else {
		(void)fprintf(stderr, "cannot read %s\n", path);
	}
	free(bytes);
	if (file)
		(void)fclose(file);
	return read;
}

static bool replay(const char *path);

static bool replay_folder(const char *path)
{
	DIR *folder = opendir(path);
	if (!folder)
		return false;
	bool good = true;
	for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
		char name[4096];
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		good = replay(name) && good;
	}
	closedir(folder);
	return good;
}

static bool replay(const char *path)
{
	struct stat info;
	if (stat(path, &info) != 0) {
		(void)fprintf(stderr, "there is no %s\n", path);
		return false;
	}
	return S_ISDIR(info.st_mode) ? replay_folder(path) : replay_file(path, (size_t)info.st_size);
}

int main(int count, char **arguments)
{
	bool good = true;
	for (int i = 1; i < count; i++)
		good = replay(arguments[i]) && good;
	(void)printf("%zu inputs replayed\n", replayed);
	return good && replayed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
