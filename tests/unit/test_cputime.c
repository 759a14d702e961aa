/* SPDX-License-Identifier: MIT */
/* CPU time of the machine from /proc/stat, and of a tree of real processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/times.h>
#include <sys/wait.h>

#include "base/cputime.h"
#include "fake_root.h"

static void test_parse(void **state)
{
	(void)state;
	struct cputime time;
	/* user nice system idle iowait irq softirq steal guest guest_nice: guest is in user */
	assert_true(cputime_parse("cpu  2666 10 2263 321945 477 5 45 19 7 3\ncpu0 1 2 3 4\n", &time));
	assert_int_equal(time.busy, 2666 + 10 + 2263 + 5 + 45);
	assert_int_equal(time.idle, 321945 + 477);
	assert_int_equal(time.steal, 19);
	assert_int_equal(time.threads, 1);
	assert_true(cputime_parse("cpu 1 2 3 4", &time)); /* Linux 2.4 */
	assert_int_equal(time.busy, 6);
	assert_int_equal(time.idle, 4);
	assert_int_equal(time.steal, 0);
	assert_int_equal(time.threads, 0);
	assert_true(cputime_parse("cpu 18446744073709551615 0 0 18446744073709551615 0 0 0 0 0 0\n", &time));
	assert_int_equal(time.busy, UINT64_MAX);
}

static void test_parse_refuses(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"cpu",
		"cpu ",
		"cpu  \n",
		"cpu 1 2 3\n",
		"cpu 1 2 3\n4 5 6",
		"cpu0 1 2 3 4\n",
		"cp 1 2 3 4",
		" cpu 1 2 3 4",
		"intr 1 2 3 4",
		"cpu -1 2 3 4",
		"cpu 1 2 3 x",
		"cpu 1 2 3 4x 5",
		"cpu 1,2,3,4",
		"cpu 1.5 2 3 4",
		"cpu 18446744073709551616 0 0 0",
		"cpu 18446744073709551615 1 0 0",
		"cpu 1 2 3 18446744073709551615 1 0 0",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct cputime time = { .busy = 11, .idle = 22 };
		if (cputime_parse(bad[i], &time))
			fail_msg("taken: '%s'", bad[i]);
		assert_int_equal(time.busy, 11);
		assert_int_equal(time.idle, 22);
	}
}

static void test_read_follows_the_file(void **state)
{
	(void)state;
	fake_root_write("proc/stat", "cpu  10 0 0 20 0 0 0 0 0 0\n");
	int fd = cputime_open(fake_root);
	assert_true(fd > 2);
	char text[CPUTIME_LINE];
	struct cputime time;
	assert_true(cputime_read(fd, text, sizeof text, &time));
	assert_int_equal(time.busy, 10);
	fake_root_write("proc/stat", "cpu  30 0 0 40 0 0 0 0 0 0\n");
	assert_true(cputime_read(fd, text, sizeof text, &time));
	assert_int_equal(time.busy, 30);
	assert_int_equal(time.idle, 40);
	fake_root_write("proc/stat", "garbage\n");
	errno = 0;
	assert_false(cputime_read(fd, text, sizeof text, &time));
	assert_int_equal(errno, EINVAL);
	assert_int_equal(close(fd), 0);
}

/* The room decides how many threads are counted; the times need one line. */
static void test_threads_are_counted(void **state)
{
	(void)state;
	char *text = malloc(CPUTIME_ALL), line[64];
	assert_non_null(text);
	size_t length = (size_t)sprintf(text, "cpu  10 0 0 20 0 0 0 0 0 0\n");
	for (int i = 0; i < 8192; i++)
		length += (size_t)sprintf(text + length, "cpu%d 12345678 123 4567890 1234567890 12345 0 12345 0 0 0\n", i * 2);
	length += (size_t)sprintf(text + length, "intr 1 2 3\ncpu 4\ncpu5 1 2 3 4\n");
	fake_root_write_bytes("proc/stat", text, length);
	int fd = cputime_open(fake_root);
	struct cputime time;
	assert_true(cputime_read(fd, text, CPUTIME_ALL, &time));
	assert_int_equal(time.threads, 8192);
	assert_true(cputime_read(fd, line, sizeof line, &time));
	assert_int_equal(time.busy, 10);
	assert_int_equal(time.threads, 1);
	close(fd);
	free(text);
}

static void test_open(void **state)
{
	(void)state;
	int fd = cputime_open(fake_root); /* no proc in it: the machine's own */
	char text[CPUTIME_LINE];
	struct cputime first, second;
	assert_true(fd > 2);
	assert_true(cputime_read(fd, text, sizeof text, &first));
	assert_true(cputime_read(fd, text, sizeof text, &second));
	assert_true(second.busy >= first.busy);
	close(fd);
	fake_root_write("proc/version", "");
	errno = 0;
	assert_int_equal(cputime_open(fake_root), -1);
	assert_int_equal(errno, ENOENT);
	errno = 0;
	assert_false(cputime_read(-1, text, sizeof text, &first));
	assert_int_equal(errno, EBADF);
}

static void test_parse_process(void **state)
{
	(void)state;
	pid_t parent;
	uint64_t ticks;
	assert_true(
	    cputime_parse_process("7 (sh) S 5 7 7 0 -1 4194304 1 2 3 4 100 20 3000 4 20 0 1 0 99", &parent, &ticks));
	assert_int_equal(parent, 5);
	assert_int_equal(ticks, 100 + 20 + 3000 + 4);
	assert_true(cputime_parse_process("7 (a) R 1 (b ) Z 6 7 7 34816 7 0 1 2 3 4 1 2 3 4\n", &parent, &ticks));
	assert_int_equal(parent, 6);
	assert_int_equal(ticks, 10);
	static const char *const bad[] = { "", "7", "7 (sh", "7 (sh)", "7 (sh) ", "7 (sh) S", "7 (sh) S 5",
		"7 (sh) S x 7 7 0 -1 0 1 2 3 4 1 2 3 4", "7 (sh) S 5 7 7 0 -1 4194304 1 2 3 4 100 20 3000",
		"7 (sh) S 99999999999 7 7 0 -1 0 1 2 3 4 1 2 3 4" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (cputime_parse_process(bad[i], &parent, &ticks))
			fail_msg("taken: '%s'", bad[i]);
}

/* ---- real processes ---- */

static void burn(clock_t ticks)
{
	struct tms used;
	do {
		for (volatile int i = 0; i < 100000; i++)
			;
		times(&used);
	} while (used.tms_utime + used.tms_stime < ticks);
}

static void burn_in_child(clock_t ticks)
{
	pid_t child = fork();
	if (child == 0) {
		burn(ticks);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

_Noreturn static void say_and_wait(int fd)
{
	if (write(fd, "", 1) == 1)
		for (;;)
			pause();
	_exit(1);
}

/* A child with an awkward name, that burned and reaped one that burned, and has a child of its own that burned. */
_Noreturn static void be_a_tree(int fd)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "a) R 1 (b ");
	burn_in_child(3);
	burn(4);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		burn(5);
		say_and_wait(fd);
	}
	say_and_wait(fd);
}

static void test_descendants(void **state)
{
	(void)state;
	assert_int_equal(cputime_descendants(getpid()), 0);
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	pid_t child = fork();
	if (child == 0)
		be_a_tree(fds[1]);
	assert_true(child > 0);
	for (int ready = 0; ready < 2; ready++) {
		char byte;
		assert_int_equal(read(fds[0], &byte, 1), 1);
	}
	uint64_t tree = cputime_descendants(getpid()), below = cputime_descendants(child);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(fds[0]);
	close(fds[1]);
	/* user and system ticks of a process are rounded down each by itself, hence one tick less for each of the three */
	assert_true(tree >= 3 + 4 + 5 - 3);
	assert_true(below >= 5 - 1);
	assert_true(tree >= below + 3 + 4 - 2);
}

/* The time of a child that has ended and that nobody has waited for is nowhere else. */
static void test_zombies_count(void **state)
{
	(void)state;
	pid_t child = fork();
	if (child == 0) {
		burn(4);
		_exit(0);
	}
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_true(cputime_descendants(getpid()) >= 3);
	waitpid(child, NULL, 0);
	assert_int_equal(cputime_descendants(getpid()), 0);
}

static void test_descent(void **state)
{
	(void)state;
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	pid_t child = fork();
	if (child == 0) {
		pid_t grandchild = fork();
		if (grandchild > 0)
			(void)!write(fds[1], &grandchild, sizeof grandchild);
		pause();
	}
	pid_t grandchild;
	assert_int_equal(read(fds[0], &grandchild, sizeof grandchild), sizeof grandchild);
	bool ok = process_descends(child, child) && process_descends(grandchild, child) &&
	    process_descends(grandchild, getpid()) && !process_descends(getpid(), child) && !process_descends(0, child);
	kill(grandchild, SIGKILL);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(fds[0]);
	close(fds[1]);
	assert_true(ok);
	assert_false(process_descends(INT_MAX, child)); /* no such process: pid_max is 2^22 */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_root_setup, fake_root_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_parse),
		TEST(test_parse_refuses),
		TEST(test_read_follows_the_file),
		TEST(test_threads_are_counted),
		TEST(test_open),
		TEST(test_parse_process),
		TEST(test_descendants),
		TEST(test_zombies_count),
		TEST(test_descent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
