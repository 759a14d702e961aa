/* SPDX-License-Identifier: MIT */
/* Which folder holds the `sys` and `proc` to read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/sysfs.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_root_is_what_was_asked_for_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
