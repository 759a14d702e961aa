/* SPDX-License-Identifier: MIT */
#include "base/library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A pipe, say, where the loader would wait until somebody writes. A name without a slash is the loader's to find. */
static bool is_no_file(const char *path)
{
	struct stat info;
	return strchr(path, '/') && stat(path, &info) == 0 && !S_ISREG(info.st_mode);
}

/* NULL, and why in the loader's words, which name the file. */
static void *open_file(const char *file, char *reason)
{
	if (is_no_file(file)) {
		(void)snprintf(reason, LIBRARY_REASON, "%s: not a regular file", file);
		return NULL;
	}
	void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		(void)snprintf(reason, LIBRARY_REASON, "%s", dlerror());
	return handle;
}

/* Two versions of a library in one process would call each other's functions, so one that is open already is the one.
 */
static void *find_open(const struct library *library, const char **file)
{
	void *handle = NULL;
	for (const char *const *place = library->places; *place && !handle; place++) {
		*file = *place;
		handle = dlopen(*place, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
	}
	return handle;
}

/* *file is what was opened. */
static enum library_status find_file(struct library *library, void **handle, const char **file, char *reason)
{
	char why[LIBRARY_REASON];
	*file = library->variable ? secure_getenv(library->variable) : NULL;
	if (*file && **file) {
		*handle = open_file(*file, why);
		if (!*handle)
			(void)snprintf(reason, LIBRARY_REASON, "%s cannot be opened: %.400s", library->variable, why);
		return *handle ? LIBRARY_OPEN : LIBRARY_REFUSED;
	}
	*handle = find_open(library, file);
	if (*handle) {
		if (!atomic_load(&library->loading))
			atomic_store(&library->was_there, true);
		return LIBRARY_OPEN;
	}
	atomic_store(&library->loading, true);
	reason[0] = '\0';
	for (const char *const *place = library->places; *place; place++) {
		*file = *place;
		*handle = open_file(*place, place == library->places ? reason : why);
		if (*handle)
			return LIBRARY_OPEN;
	}
	return LIBRARY_MISSING;
}

static enum library_status find_symbols(
    const struct library *library, void *handle, const char *file, char *functions, char *reason)
{
	for (const struct library_symbol *symbol = library->symbols; symbol->name; symbol++) {
		void *address = dlsym(handle, symbol->name);
		memcpy(functions + symbol->offset, &address, sizeof address);
		if (address || symbol->is_optional)
			continue;
		(void)snprintf(
		    reason, LIBRARY_REASON, "%s has no function %s: it is too old, or a different library", file, symbol->name);
		return LIBRARY_UNLIKE;
	}
	return LIBRARY_OPEN;
}

static enum library_status load(struct library *library, void **functions, char *reason)
{
	void *handle = NULL;
	const char *file = NULL;
	enum library_status status = find_file(library, &handle, &file, reason);
	if (status != LIBRARY_OPEN)
		return status;
	*functions = calloc(1, library->size);
	if (*functions) {
		status = find_symbols(library, handle, file, *functions, reason);
	} else {
		status = LIBRARY_NO_MEMORY;
		(void)snprintf(reason, LIBRARY_REASON, "out of memory");
	}
	if (status == LIBRARY_OPEN)
		return status;
	free(*functions);
	dlclose(handle); /* nothing of it was called, so nothing of it is at work */
	return status;
}

enum library_status library_open(struct library *library, const void **functions, char reason[LIBRARY_REASON])
{
	*functions = atomic_load(&library->functions);
	if (*functions)
		return LIBRARY_OPEN;
	void *mine = NULL, *first = NULL;
	enum library_status status = load(library, &mine, reason);
	if (status != LIBRARY_OPEN)
		return status;
	/* Of threads that open it at once, each has opened the same file, and the first one's pointers are kept: no lock,
	 * which a fork could leave held in the child. */
	if (!atomic_compare_exchange_strong(&library->functions, &first, mine)) {
		free(mine);
		mine = first;
	}
	*functions = mine;
	return LIBRARY_OPEN;
}
