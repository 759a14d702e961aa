/* SPDX-License-Identifier: MIT */
#include "faults.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What --wrap calls by these names. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_reallocarray(void *block, size_t count, size_t size);
char *__real_strdup(const char *string);
char *__real_realpath(const char *path, char *resolved);
void __real_free(void *block);
DIR *__real_opendir(const char *path);
FILE *__real_fdopen(int fd, const char *mode);
ssize_t __real_pread(int fd, void *bytes, size_t size, off_t at);
ssize_t __real_pread64(int fd, void *bytes, size_t size, off_t at);
long __real_syscall(long number, ...);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_reallocarray(void *block, size_t count, size_t size);
char *__wrap_strdup(const char *string);
char *__wrap_realpath(const char *path, char *resolved);
int __wrap_asprintf(char **string, const char *format, ...);
void __wrap_free(void *block);
DIR *__wrap_opendir(const char *path);
FILE *__wrap_fdopen(int fd, const char *mode);
ssize_t __wrap_pread(int fd, void *bytes, size_t size, off_t at);
ssize_t __wrap_pread64(int fd, void *bytes, size_t size, off_t at);
long __wrap_syscall(long number, ...);

static _Thread_local struct {
	unsigned long allocations_left; /* until the one that fails; 0: none will */
	enum failing failing;
	unsigned long reads_left;
	enum read_fault fault;
	bool happened;
} wanted;

void faults_allocations(unsigned long nth, enum failing failing)
{
	wanted.allocations_left = nth;
	wanted.failing = failing;
	wanted.happened = false;
}

void faults_reads(unsigned long nth, enum read_fault fault)
{
	wanted.reads_left = nth;
	wanted.fault = fault;
	wanted.happened = false;
}

bool faults_end(void)
{
	wanted.allocations_left = 0;
	wanted.reads_left = 0;
	return wanted.happened;
}

/* ---- what the program holds ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void **blocks;
static size_t block_count, block_capacity;

size_t faults_blocks(void)
{
	pthread_mutex_lock(&lock);
	size_t count = block_count;
	pthread_mutex_unlock(&lock);
	return count;
}

static void *taken(void *block)
{
	if (!block)
		return NULL;
	pthread_mutex_lock(&lock);
	if (block_count == block_capacity) {
		block_capacity = block_capacity ? block_capacity * 2 : 1024;
		blocks = __real_realloc(blocks, block_capacity * sizeof *blocks);
		if (!blocks)
			abort();
	}
	blocks[block_count++] = block;
	pthread_mutex_unlock(&lock);
	return block;
}

/* The latest are freed first, most often. A block of somebody else's is none of ours. */
static void given(const void *block)
{
	pthread_mutex_lock(&lock);
	for (size_t i = block_count; i-- > 0;)
		if (blocks[i] == block) {
			blocks[i] = blocks[--block_count];
			break;
		}
	pthread_mutex_unlock(&lock);
}

/* ---- allocations ---- */

static bool fails(void)
{
	if (wanted.allocations_left == 0 || --wanted.allocations_left > 0)
		return false;
	if (wanted.failing == FAIL_ALL_ON)
		wanted.allocations_left = 1;
	wanted.happened = true;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : taken(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : taken(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size)
{
	if (fails())
		return NULL;
	if (block)
		given(block);
	return taken(__real_realloc(block, size));
}

void *__wrap_reallocarray(void *block, size_t count, size_t size)
{
	if (fails())
		return NULL;
	if (block)
		given(block);
	return taken(__real_reallocarray(block, count, size));
}

char *__wrap_strdup(const char *string)
{
	return fails() ? NULL : taken(__real_strdup(string));
}

char *__wrap_realpath(const char *path, char *resolved)
{
	return fails() ? NULL : taken(__real_realpath(path, resolved));
}

__attribute__((format(printf, 2, 3))) int __wrap_asprintf(char **string, const char *format, ...)
{
	if (fails())
		return -1;
	va_list arguments;
	va_start(arguments, format);
	int length = vasprintf(string, format, arguments);
	va_end(arguments);
	if (length >= 0)
		(void)taken(*string);
	return length;
}

void __wrap_free(void *block)
{
	if (block)
		given(block);
	__real_free(block);
}

/* These two allocate inside the C library. */
DIR *__wrap_opendir(const char *path)
{
	return fails() ? NULL : __real_opendir(path);
}

FILE *__wrap_fdopen(int fd, const char *mode)
{
	return fails() ? NULL : __real_fdopen(fd, mode);
}

/* ---- reads ---- */

typedef ssize_t reader(int fd, void *bytes, size_t size, off_t at);

static ssize_t failing_read(reader *real, int fd, void *bytes, size_t size, off_t at)
{
	static const int errors[READ_FAULTS] = { [READ_EIO] = EIO, [READ_ENODEV] = ENODEV, [READ_EINTR] = EINTR };
	wanted.happened = true;
	if (wanted.fault == READ_EMPTY)
		return 0;
	if (wanted.fault == READ_SHORT) {
		ssize_t length = real(fd, bytes, size, at);
		return length > 2 ? length - 2 : length;
	}
	errno = errors[wanted.fault];
	return -1;
}

static ssize_t read_with(reader *real, int fd, void *bytes, size_t size, off_t at)
{
	bool fails_now = wanted.reads_left > 0 && --wanted.reads_left == 0;
	return fails_now ? failing_read(real, fd, bytes, size, at) : real(fd, bytes, size, at);
}

ssize_t __wrap_pread(int fd, void *bytes, size_t size, off_t at)
{
	return read_with(__real_pread, fd, bytes, size, at);
}

ssize_t __wrap_pread64(int fd, void *bytes, size_t size, off_t at)
{
	return read_with(__real_pread64, fd, bytes, size, at);
}

static ssize_t bare_pread(int fd, void *bytes, size_t size, off_t at)
{
	return __real_syscall(SYS_pread64, fd, bytes, size, at);
}

/* The library calls it for nothing else (sysfs.c). */
long __wrap_syscall(long number, ...)
{
	if (number != SYS_pread64)
		abort();
	va_list list;
	va_start(list, number);
	int fd = va_arg(list, int);
	void *bytes = va_arg(list, void *);
	size_t size = va_arg(list, size_t);
	off_t at = va_arg(list, off_t);
	va_end(list);
	return read_with(bare_pread, fd, bytes, size, at);
}
