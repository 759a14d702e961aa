/* SPDX-License-Identifier: MIT */
/* Which folder holds the `sys` and `proc` to read, and opening their files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>

#include "base/sysfs.h"
#include "fake_root.h"

static void the_root_is_what_was_asked_for_first(void **state)
{
	(void)state;
	unsetenv("JOULES_SYSROOT");
	assert_string_equal(sysfs_root(NULL), "/");
	assert_string_equal(sysfs_root("/host"), "/host");
	assert_string_equal(sysfs_root(""), "/");
	setenv("JOULES_SYSROOT", "/captured", 1);
	assert_string_equal(sysfs_root(NULL), "/captured");
	assert_string_equal(sysfs_root("/host"), "/host");
	assert_string_equal(sysfs_root(""), "/");
	setenv("JOULES_SYSROOT", "", 1);
	assert_string_equal(sysfs_root(NULL), "/");
	unsetenv("JOULES_SYSROOT");
}

/* A pipe would wait for whoever writes into it; of anything but a file no value comes. */
static void only_files_are_opened(void **state)
{
	(void)state;
	char pipe[128], file[128];
	snprintf(pipe, sizeof pipe, "%s/pipe", fake_root);
	snprintf(file, sizeof file, "%s/file", fake_root);
	fake_root_write("file", "42\n");
	assert_int_equal(mkfifo(pipe, 0600), 0);
	uint64_t value = 0;
	char line[16];
	assert_int_equal(sysfs_u64(file, &value), 0);
	assert_int_equal(value, 42);
	assert_int_equal(sysfs_u64(pipe, &value), ESPIPE);
	assert_int_equal(sysfs_line(pipe, line, sizeof line), ESPIPE);
	assert_int_equal(sysfs_line("/dev/null", line, sizeof line), ESPIPE);
	assert_int_equal(sysfs_line(fake_root, line, sizeof line), EISDIR);
	assert_string_equal(sysfs_error_text(ESPIPE), "not a regular file");
	assert_string_equal(sysfs_error_text(EACCES), strerror(EACCES));
}

/* What the file said before is never given for what it says now, whichever byte is another. */
static void a_file_that_is_read_again_says_what_it_holds(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int error;
		uint64_t value;
	} contents[] = {
		{ "1234567890123\n", 0, 1234567890123 },
		{ "1234567890123\n", 0, 1234567890123 },
		{ "2234567890123\n", 0, 2234567890123 },
		{ "2234567890124\n", 0, 2234567890124 },
		{ "2234567x90124\n", EINVAL, 0 },
		{ "2234567890124\n", 0, 2234567890124 },
		{ "", ENODATA, 0 },
		{ "22345678901240\n", 0, 22345678901240 },
		{ "7\n", 0, 7 },
		{ "8\n", 0, 8 },
		{ "18446744073709551615\n", 0, UINT64_MAX },
		{ "18446744073709551614\n", 0, UINT64_MAX - 1 },
	};
	char file[128];
	snprintf(file, sizeof file, "%s/file", fake_root);
	fake_root_write("file", contents[0].text);
	int fd = sysfs_open(file);
	struct sysfs_number number = { 0 };
	for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
		fake_root_write("file", contents[i].text);
		assert_int_equal(sysfs_pread_again(fd, &number), contents[i].error);
		if (contents[i].error == 0)
			assert_int_equal(number.value, contents[i].value);
	}
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_root_is_what_was_asked_for_first),
		cmocka_unit_test_setup_teardown(only_files_are_opened, fake_root_setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(
		    a_file_that_is_read_again_says_what_it_holds, fake_root_setup, fake_root_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
