/* SPDX-License-Identifier: MIT */
/* CPU time: the machine's (/proc/stat) and a process tree's. */
#ifndef JOULES_BASE_CPUTIME_H
#define JOULES_BASE_CPUTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Clock ticks (sysconf(_SC_CLK_TCK) a second) since boot, over all CPUs of the machine; never a cgroup's. */
struct cputime {
	uint64_t busy;    /* user + nice + system + irq + softirq; guest time is inside user */
	uint64_t idle;    /* idle + iowait: the kernel moves time from one to the other, also back (proc(5)) */
	uint64_t steal;   /* what the hypervisor gave to others */
	unsigned threads; /* cpuN lines: the CPUs that are online */
};

enum {
	CPUTIME_LINE = 512,       /* "cpu" and ten numbers of at most 20 digits */
	CPUTIME_ALL = 1024 * 1024 /* 8192 threads (CONFIG_NR_CPUS) at 128 bytes */
};

/* An open /proc/stat (under the root, else the machine's own); -1 and errno if there is none. */
int cputime_open(const char *root);
/* How many hardware threads are online: its cpuN lines; 0 where there are none. False without memory. */
bool cputime_threads(const char *root, unsigned *threads);
/*
 * One pread of the kept descriptor into the caller's room: CPUTIME_LINE bytes are enough for the times, CPUTIME_ALL for
 * the threads too. The kernel makes the whole text for each read, however little of it is asked for (fs/proc/stat.c),
 * so all of it costs hardly more: 7.8 µs in place of 7.5 with 2 CPUs. False and errno if it cannot be read or parsed
 * (EINVAL).
 */
bool cputime_read(int fd, char *room, size_t size, struct cputime *time);
/* The parser alone: /proc/stat's first line, "cpu  1 2 3 …", and the number of cpuN lines behind it. *time is untouched
 * if it does not begin so. */
bool cputime_parse(const char *text, struct cputime *time);

/* user + system ticks of every living descendant of `parent` (children of it included, itself not), each with what it
 * has reaped, from /proc/PID/stat of the machine's own /proc. Zombies count: nobody has reaped their time yet. 0 if it
 * cannot be found out. */
uint64_t cputime_descendants(pid_t parent);
/* Is it the ancestor, or below it by living parents? False also where that cannot be found out. */
bool process_descends(pid_t pid, pid_t ancestor);
/* The parser alone: /proc/PID/stat, whose second field holds any bytes in parentheses, also ')' and blanks. */
bool cputime_parse_process(const char *text, pid_t *parent, uint64_t *ticks);

#endif
