/* SPDX-License-Identifier: MIT */
#include "base/cputime.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sysfs.h"

/* ---- the machine ---- */

enum {
	USER,
	NICE,
	SYSTEM,
	IDLE,
	IOWAIT,
	IRQ,
	SOFTIRQ,
	STEAL,
	FIELDS
}; /* proc(5), /proc/stat; all behind idle came with Linux 2.6 */

int cputime_open(const char *root)
{
	char *path = sysfs_path(sysfs_proc_root(root), "proc/stat");
	if (!path) {
		errno = ENOMEM;
		return -1;
	}
	int fd = sysfs_open(path);
	int error = errno;
	free(path);
	errno = error;
	return fd;
}

/* Fills out with the file's first size − 1 bytes. False and errno. */
static bool pread_text(int fd, char *out, size_t size)
{
	ssize_t length = sysfs_pread(fd, out, size - 1, 0);
	if (length < 0)
		return false;
	out[length] = '\0';
	return true;
}

/* The kernel writes their lines behind the sum, "cpu  …", before all else: proc(5), fs/proc/stat.c. */
static unsigned count_threads(const char *line)
{
	unsigned threads = 0;
	while (line && strncmp(line, "cpu", 3) == 0) {
		threads += line[3] >= '0' && line[3] <= '9';
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return threads;
}

bool cputime_threads(const char *root, unsigned *threads)
{
	*threads = 0;
	int fd = cputime_open(root);
	if (fd < 0)
		return errno != ENOMEM;
	char *text = malloc(CPUTIME_ALL);
	bool has_memory = text != NULL;
	if (has_memory && pread_text(fd, text, CPUTIME_ALL))
		*threads = count_threads(text);
	free(text);
	close(fd);
	return has_memory;
}

/* One number after blanks, on the same line. The next place to read, NULL if there is no (valid) number. */
static const char *next_number(const char *at, uint64_t *number)
{
	while (*at == ' ' || *at == '\t')
		at++;
	const char *first = at;
	uint64_t value = 0;
	for (; *at >= '0' && *at <= '9'; at++) {
		unsigned digit = (unsigned)(*at - '0');
		if (value > (UINT64_MAX - digit) / 10)
			return NULL;
		value = value * 10 + digit;
	}
	if (at == first || !(*at == ' ' || *at == '\t' || *at == '\n' || *at == '\0'))
		return NULL;
	*number = value;
	return at;
}

static bool at_end_of_line(const char *at)
{
	at += strspn(at, " \t");
	return *at == '\n' || *at == '\0';
}

bool cputime_parse(const char *text, struct cputime *time)
{
	if (strncmp(text, "cpu", 3) != 0 || !(text[3] == ' ' || text[3] == '\t'))
		return false;
	uint64_t field[FIELDS] = { 0 };
	const char *at = text + 3;
	for (int i = 0; i < FIELDS && !at_end_of_line(at); i++) {
		at = next_number(at, &field[i]);
		if (!at || (i < IDLE && at_end_of_line(at)))
			return false;
	}
	if (at == text + 3)
		return false;
	uint64_t busy = field[USER], idle = field[IDLE];
	if (__builtin_add_overflow(busy, field[NICE], &busy) || __builtin_add_overflow(busy, field[SYSTEM], &busy) ||
	    __builtin_add_overflow(busy, field[IRQ], &busy) || __builtin_add_overflow(busy, field[SOFTIRQ], &busy) ||
	    __builtin_add_overflow(idle, field[IOWAIT], &idle))
		return false;
	*time = (struct cputime){ busy, idle, field[STEAL], count_threads(text) };
	return true;
}

bool cputime_read(int fd, char *room, size_t size, struct cputime *time)
{
	if (!pread_text(fd, room, size))
		return false;
	if (cputime_parse(room, time))
		return true;
	errno = EINVAL;
	return false;
}

/* ---- a tree of processes ---- */

struct process {
	pid_t pid;
	pid_t parent;
	uint64_t ticks;
	bool is_descendant;
};

struct processes {
	struct process *items;
	size_t count;
	size_t capacity;
};

bool cputime_parse_process(const char *text, pid_t *parent, uint64_t *ticks)
{
	const char *at = strrchr(text, ')');
	if (!at || at[1] != ' ' || at[2] == '\0' || at[3] != ' ')
		return false;
	at += 3; /* behind ") S": the state was field 3 */

	uint64_t sum = 0, ppid = 0;
	for (int field = 4; field <= 17; field++) {
		if (field > 4 && field < 14) {
			at += strspn(at, " ");
			at += strcspn(at, " \n");
			continue;
		}
		uint64_t number; /* utime, stime, cutime, cstime are fields 14 to 17 */
		at = next_number(at, &number);
		if (!at)
			return false;
		if (field == 4)
			ppid = number;
		else
			sum += number;
	}
	if (ppid > INT_MAX)
		return false;
	*parent = (pid_t)ppid;
	*ticks = sum;
	return true;
}

/* False if the process is gone or cannot be read. */
static bool read_process(const char *pid, struct process *process)
{
	char path[64], text[1024];
	if (snprintf(path, sizeof path, "/proc/%s/stat", pid) >= (int)sizeof path)
		return false;
	int fd = sysfs_open(path);
	if (fd < 0)
		return false;
	bool ok = pread_text(fd, text, sizeof text) && cputime_parse_process(text, &process->parent, &process->ticks);
	close(fd);
	process->pid = (pid_t)strtol(pid, NULL, 10);
	process->is_descendant = false;
	return ok;
}

static bool add_process(struct processes *list, const struct process *process)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 2 : 256;
		struct process *items = reallocarray(list->items, capacity, sizeof *items);
		if (!items)
			return false;
		list->items = items;
		list->capacity = capacity;
	}
	list->items[list->count++] = *process;
	return true;
}

static bool list_processes(struct processes *list)
{
	DIR *proc = opendir("/proc");
	if (!proc)
		return false;
	bool ok = true;
	for (struct dirent *entry; ok && (entry = readdir(proc));) {
		struct process process;
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && read_process(entry->d_name, &process))
			ok = add_process(list, &process);
	}
	closedir(proc);
	return ok;
}

static int by_pid(const void *a, const void *b)
{
	pid_t x = ((const struct process *)a)->pid, y = ((const struct process *)b)->pid;
	return (x > y) - (x < y);
}

static bool descends(const struct processes *list, const struct process *process, pid_t ancestor)
{
	if (process->parent == ancestor)
		return true;
	struct process key = { .pid = process->parent };
	const struct process *parent = bsearch(&key, list->items, list->count, sizeof key, by_pid);
	return parent && parent->is_descendant;
}

static uint64_t sum_descendants(struct processes *list, pid_t ancestor)
{
	uint64_t ticks = 0;
	bool found = true;
	qsort(list->items, list->count, sizeof *list->items, by_pid);
	while (found) { /* one round for each generation, or fewer: a child's number may be below its parent's */
		found = false;
		for (struct process *process = list->items; process < list->items + list->count; process++) {
			if (process->is_descendant || process->pid == ancestor || !descends(list, process, ancestor))
				continue;
			process->is_descendant = true;
			ticks += process->ticks;
			found = true;
		}
	}
	return ticks;
}

/* Most often a command has left nobody behind, and the kernel says so for the price of one call. */
static bool has_no_children(pid_t parent)
{
	siginfo_t info;
	return parent == getpid() && waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 && errno == ECHILD;
}

uint64_t cputime_descendants(pid_t parent)
{
	if (has_no_children(parent))
		return 0;
	struct processes list = { 0 };
	uint64_t ticks = list_processes(&list) && list.count > 0 ? sum_descendants(&list, parent) : 0;
	free(list.items);
	return ticks;
}

bool process_descends(pid_t pid, pid_t ancestor)
{
	/* Deeper than any tree of processes; an end, should numbers come back while they are read. */
	enum { DEEPEST = 10000 };
	for (int depth = 0; depth < DEEPEST && pid > 0; depth++) {
		if (pid == ancestor)
			return true;
		char name[16];
		struct process process;
		(void)snprintf(name, sizeof name, "%d", (int)pid);
		if (!read_process(name, &process))
			return false;
		pid = process.parent;
	}
	return false;
}
