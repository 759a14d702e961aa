/* SPDX-License-Identifier: MIT */
#include "measure/child.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cputime.h"
#include "cli.h"

/* In the child, which has our memory until it execs: only async-signal-safe calls, and nothing of ours is written but
 * *error. */
static bool place(int fd, int standard)
{
	return fd < 0 || dup2(fd, standard) >= 0;
}

_Noreturn static void become(
    char *const *argv, const struct streams *streams, const struct signals *signals, volatile int *error)
{
	if (place(streams->input_fd, STDIN_FILENO) && place(streams->output_fd, STDOUT_FILENO) &&
	    place(streams->error_fd, STDERR_FILENO)) {
		signals_restore(signals);
		execvp(argv[0], argv);
	}
	*error = errno;
	_exit(EXIT_NOT_FOUND);
}

pid_t child_spawn(char *const *argv, const struct streams *streams, const struct signals *signals, int *error)
{
	volatile int failed = 0;
	/* vfork: no page table to copy, and when it returns here the program is running or `failed` says why not. */
	pid_t pid = vfork();
	if (pid == 0)
		become(argv, streams, signals, &failed);
	if (pid < 0) {
		*error = errno;
		return -1;
	}
	*error = failed;
	if (!failed)
		return pid;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

void children_adopt(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
}

double timeval_s(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

double rusage_cpu_s(const struct rusage *usage)
{
	return timeval_s(usage->ru_utime) + timeval_s(usage->ru_stime);
}

bool children_reap(struct children *children, pid_t child, int *status, struct rusage *usage)
{
	for (;;) {
		struct rusage used;
		int how;
		pid_t pid = wait4(-1, &how, WNOHANG, &used);
		if (pid <= 0)
			return false;
		if (pid == child) {
			*status = how;
			*usage = used;
			return true;
		}
		children->adopted_s += rusage_cpu_s(&used);
	}
}

static bool has_children(void)
{
	siginfo_t info;
	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

double children_cpu_s(const struct children *children)
{
	/* Without a child there is no descendant: a look through all of /proc saved. */
	uint64_t living = has_children() ? cputime_descendants(getpid()) : 0;
	long ticks = sysconf(_SC_CLK_TCK);
	return children->adopted_s + (double)living / (double)ticks;
}
