/* SPDX-License-Identifier: MIT */
/* What a write says, and that its signals, whose default action is to end the program, do not come. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/write.h"

static char bytes[1 << 20];

static void all_of_it_goes_through_a_pipe(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	pid_t writer = fork();
	if (writer == 0)
		_exit(write_all(ends[1], bytes, sizeof bytes) == sizeof bytes ? 0 : 1);
	close(ends[1]);
	assert_int_equal(fcntl(ends[0], F_SETFL, 0), 0);
	static char got[sizeof bytes];
	size_t total = 0;
	for (ssize_t now; (now = read(ends[0], got + total, sizeof got - total)) > 0;)
		total += (size_t)now;
	close(ends[0]);
	int status;
	assert_int_equal(waitpid(writer, &status, 0), writer);
	assert_int_equal(status, 0);
	assert_int_equal(total, sizeof bytes);
	assert_memory_equal(got, bytes, sizeof bytes);
}

/* The pipe takes some bytes, and its reader goes while the writer waits to write on. */
static void a_reader_that_goes_meanwhile_ends_nobody(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	pid_t writer = fork();
	if (writer == 0) {
		close(ends[0]);
		size_t written = write_all(ends[1], bytes, sizeof bytes);
		_exit(written > 0 && written < sizeof bytes && errno == EPIPE ? 0 : 1);
	}
	close(ends[1]);
	char some[10];
	assert_int_equal(read(ends[0], some, sizeof some), sizeof some);
	close(ends[0]);
	int status;
	assert_int_equal(waitpid(writer, &status, 0), writer);
	assert_int_equal(status, 0);
}

static void a_limit_on_files_ends_nobody(void **state)
{
	(void)state;
	char name[] = "/tmp/joules-test-write-XXXXXX";
	int fd = mkstemp(name);
	assert_true(fd >= 0);
	pid_t writer = fork();
	if (writer == 0) {
		struct rlimit limit = { 1000, 1000 };
		if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
			_exit(2);
		_exit(write_all(fd, bytes, sizeof bytes) == 1000 && errno == EFBIG ? 0 : 1);
	}
	int status;
	assert_int_equal(waitpid(writer, &status, 0), writer);
	assert_int_equal(status, 0);
	close(fd);
	unlink(name);
}

static void nothing_is_written_at_once(void **state)
{
	(void)state;
	assert_int_equal(write_all(-1, "", 0), 0);
	assert_int_equal(write_all(-1, "x", 1), 0);
	assert_int_equal(errno, EBADF);
}

int main(void)
{
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)(i % 251);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_goes_through_a_pipe),
		cmocka_unit_test(a_reader_that_goes_meanwhile_ends_nobody),
		cmocka_unit_test(a_limit_on_files_ends_nobody),
		cmocka_unit_test(nothing_is_written_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
