/* SPDX-License-Identifier: MIT */
#include <joules/joules.h>

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/joules-mark-XXXXXX";
static char pipe_path[64];
static char other_path[64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(pipe_path, sizeof pipe_path, "%s/tags", folder);
	(void)snprintf(other_path, sizeof other_path, "%s/other", folder);
	return mkfifo(pipe_path, 0600);
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(pipe_path);
	unlink(other_path);
	return rmdir(folder);
}

static void point_at(const char *path)
{
	assert_int_equal(setenv("JOULES_RUN_TAGS", path, 1), 0);
}

static int open_reader(void)
{
	int fd = open(pipe_path, O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	point_at(pipe_path);
	return fd;
}

static void assert_read(int fd, const char *expected)
{
	char got[2 * PIPE_BUF];
	ssize_t length = read(fd, got, sizeof got);
	assert_int_equal(length, strlen(expected));
	assert_memory_equal(got, expected, strlen(expected));
}

static void assert_fails(const char *tag, joules_status status, const char *words)
{
	assert_int_equal(joules_mark(tag), status);
	if (!strstr(joules_error_message(), words))
		fail_msg("\"%s\" does not say \"%s\"", joules_error_message(), words);
}

static void outside_of_a_run_it_does_nothing(void **state)
{
	(void)state;
	unsetenv("JOULES_RUN_TAGS");
	assert_int_equal(joules_mark("solve"), JOULES_OK);
	point_at("");
	assert_int_equal(joules_mark("solve"), JOULES_OK);
	assert_fails(NULL, JOULES_INVALID_ARGUMENT, "NULL");
}

static void each_mark_is_one_line(void **state)
{
	(void)state;
	int reader = open_reader();
	assert_int_equal(joules_mark("compress"), JOULES_OK);
	assert_int_equal(joules_mark(""), JOULES_OK);
	assert_int_equal(joules_mark("a b;\t\xff\r"), JOULES_OK);
	assert_read(reader, "compress\n\na b;\t\xff\r\n");
	close(reader);
}

static void a_tag_that_would_not_stay_one_line_is_refused(void **state)
{
	(void)state;
	int reader = open_reader();
	assert_fails("two\nlines", JOULES_INVALID_ARGUMENT, "newline");
	char tag[PIPE_BUF + 2];
	memset(tag, 'x', sizeof tag);
	tag[PIPE_BUF] = '\0';
	assert_fails(tag, JOULES_INVALID_ARGUMENT, "4096 bytes; it may have at most 4095");
	tag[PIPE_BUF - 1] = '\0';
	assert_int_equal(joules_mark(tag), JOULES_OK);
	tag[PIPE_BUF - 1] = '\n';
	tag[PIPE_BUF] = '\0';
	assert_read(reader, tag);
	close(reader);
}

static void without_a_reader_it_fails_at_once(void **state)
{
	(void)state;
	point_at(pipe_path);
	assert_fails("solve", JOULES_IO, "nobody reads");
	assert_non_null(strstr(joules_error_message(), pipe_path));
}

static void what_is_no_pipe_is_refused_and_not_written(void **state)
{
	(void)state;
	int fd = open(other_path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	point_at(other_path);
	assert_fails("solve", JOULES_IO, "is not a pipe");
	struct stat about;
	assert_int_equal(fstat(fd, &about), 0);
	assert_int_equal(about.st_size, 0);
	close(fd);
	unlink(other_path);

	point_at(folder);
	assert_fails("solve", JOULES_IO, "is not a pipe");
	point_at("/dev/null");
	assert_fails("solve", JOULES_IO, "is not a pipe");

	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	memcpy(address.sun_path, other_path, strlen(other_path) + 1);
	assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof address), 0);
	point_at(other_path);
	assert_fails("solve", JOULES_IO, "is not a pipe");
	close(listener);
	unlink(other_path);

	point_at(other_path);
	assert_fails("solve", JOULES_IO, other_path); /* and nothing was made there */
	assert_int_not_equal(stat(other_path, &about), 0);
}

static void a_full_pipe_is_an_error_and_no_wait(void **state)
{
	(void)state;
	int reader = open_reader();
	char tag[PIPE_BUF];
	memset(tag, 'x', sizeof tag);
	tag[PIPE_BUF - 1] = '\0';
	joules_status status = JOULES_OK;
	for (int i = 0; i < 1000000 && status == JOULES_OK; i++)
		status = joules_mark(tag);
	assert_int_equal(status, JOULES_IO);
	assert_non_null(strstr(joules_error_message(), "full"));
	close(reader);
}

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
	(void)number;
	signals = signals + 1;
}

/* In place of libc's: the reader goes between the opening of the pipe and the write. */
static int closed_before_write = -1;

ssize_t write(int fd, const void *bytes, size_t length)
{
	if (closed_before_write >= 0)
		close(closed_before_write);
	closed_before_write = -1;
	return syscall(SYS_write, fd, bytes, length);
}

static bool is_blocked(void)
{
	sigset_t mask;
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	return sigismember(&mask, SIGPIPE);
}

static bool is_pending(void)
{
	sigset_t pending;
	sigpending(&pending);
	return sigismember(&pending, SIGPIPE);
}

static void a_reader_that_goes_kills_nobody(void **state)
{
	(void)state;
	struct sigaction ours = { .sa_handler = count_signal }, before, after;
	assert_int_equal(sigaction(SIGPIPE, &ours, &before), 0);
	signals = 0;
	closed_before_write = open_reader();
	assert_fails("solve", JOULES_IO, "nobody reads");
	assert_int_equal(closed_before_write, -1);
	assert_int_equal(signals, 0);
	assert_false(is_blocked());
	assert_false(is_pending());

	/* One that the program holds back for itself stays. */
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	raise(SIGPIPE);
	closed_before_write = open_reader();
	assert_fails("solve", JOULES_IO, "nobody reads");
	assert_true(is_blocked());
	assert_true(is_pending());
	assert_int_equal(signals, 0);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	assert_int_equal(signals, 1);
	assert_int_equal(sigaction(SIGPIPE, &before, &after), 0);
	assert_ptr_equal(after.sa_handler, count_signal);
}

static int open_descriptors(void)
{
	int count = 0;
	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void no_descriptor_stays_open(void **state)
{
	(void)state;
	int before = open_descriptors();
	int reader = open_reader();
	assert_int_equal(joules_mark("solve"), JOULES_OK);
	close(reader);
	(void)joules_mark("solve");
	point_at("/dev/null");
	(void)joules_mark("solve");
	assert_int_equal(open_descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outside_of_a_run_it_does_nothing),
		cmocka_unit_test(each_mark_is_one_line),
		cmocka_unit_test(a_tag_that_would_not_stay_one_line_is_refused),
		cmocka_unit_test(without_a_reader_it_fails_at_once),
		cmocka_unit_test(what_is_no_pipe_is_refused_and_not_written),
		cmocka_unit_test(a_full_pipe_is_an_error_and_no_wait),
		cmocka_unit_test(a_reader_that_goes_kills_nobody),
		cmocka_unit_test(no_descriptor_stays_open),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
