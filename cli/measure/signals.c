/* SPDX-License-Identifier: MIT */
#include "measure/signals.h"

#include <errno.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cputime.h"

/* What we take ourselves. TTIN, TTOU and all others keep their effect. */
static const int taken[] = { SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT, SIGTSTP };

bool signals_take_over(struct signals *signals)
{
	*signals = (struct signals){ .fd = -1 };
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		sigaddset(&set, taken[i]);
	if (sigprocmask(SIG_BLOCK, &set, &signals->mask_before) != 0)
		return false;
	/* An ignored SIGCHLD, as some parents leave it, would have the kernel reap the child and lose its status. (A reader
	 * of our report that is gone does not end us: base/write.c.) */
	struct sigaction normal = { .sa_handler = SIG_DFL };
	sigaction(SIGCHLD, &normal, &signals->child_before);
	signals->fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return signals->fd >= 0;
}

void signals_restore(const struct signals *signals)
{
	sigaction(SIGCHLD, &signals->child_before, NULL);
	sigprocmask(SIG_SETMASK, &signals->mask_before, NULL);
}

static bool is_ignored(int number)
{
	struct sigaction now;
	return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

static bool left_our_group(pid_t child)
{
	return getpgid(child) != getpgrp();
}

/* The terminal signals the whole foreground group: ours and, unless it has left, the child's. Only a hang-up goes to
 * the leader of the session alone (drivers/tty/tty_jobctrl.c, tty_signal_session_leader). */
static bool terminal_reached(pid_t child, int number)
{
	bool ours_alone = number == SIGHUP && getsid(0) == getpid();
	return !ours_alone && !left_our_group(child);
}

/* What a process sends may have gone to us alone, also from within our group (a parent's terminate(), `kill $!`, make),
 * or to all of it: nothing tells which, and twice is better than never. Only of what the child's own tree sends it
 * needs no word. Pid 0 is a process of another namespace. */
static bool reached_the_child(pid_t child, const struct signalfd_siginfo *info)
{
	if (info->ssi_code > 0) /* from the kernel */
		return terminal_reached(child, (int)info->ssi_signo);
	return process_descends((pid_t)info->ssi_pid, child);
}

/* Stopping and going on is the whole job's: `timeout` takes its command into a group of its own, and does not pass
 * these on. */
static void pass_on(pid_t child, int number)
{
	bool is_job_control = number == SIGTSTP || number == SIGCONT;
	bool leads = getpgid(child) == child && left_our_group(child);
	kill(is_job_control && leads ? -child : child, number);
}

/* The default action, as if nobody had blocked it: nothing where TSTP is ignored or the group is orphaned. */
static void stop_here(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void take_one(struct signals *signals, pid_t child, const struct signalfd_siginfo *info)
{
	int number = (int)info->ssi_signo;
	if (child > 0 && !reached_the_child(child, info))
		pass_on(child, number);
	if (number == SIGTSTP)
		stop_here();
	bool says_stop = number == SIGHUP || number == SIGINT || number == SIGQUIT || number == SIGTERM;
	if (says_stop && !signals->stop && !is_ignored(number))
		signals->stop = number;
}

bool signals_take(struct signals *signals, pid_t child)
{
	bool changed = false;
	struct signalfd_siginfo info[16];
	ssize_t length;
	while ((length = read(signals->fd, info, sizeof info)) > 0) {
		for (size_t i = 0; i < (size_t)length / sizeof *info; i++) {
			if (info[i].ssi_signo == SIGCHLD)
				changed = true;
			else
				take_one(signals, child, &info[i]);
		}
	}
	return changed;
}

bool signals_sleep(struct signals *signals, double seconds)
{
	int64_t until = clock_monotonic_ns() + (int64_t)(seconds * 1e9);
	for (;;) {
		int64_t left = until - clock_monotonic_ns();
		if (left <= 0)
			return true;
		struct timespec wait = { left / 1000000000, left % 1000000000 };
		struct pollfd poll = { signals->fd, POLLIN, 0 };
		ppoll(&poll, 1, &wait, NULL);
		signals_take(signals, 0);
		if (signals->stop)
			return false;
	}
}

int signals_die(const struct signals *signals)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, signals->stop);
	raise(signals->stop);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return 128 + signals->stop;
}

void signals_close(struct signals *signals)
{
	if (signals->fd >= 0)
		close(signals->fd);
	signals->fd = -1;
}
