/* SPDX-License-Identifier: MIT */
/* Passwords in whatever is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/mask.h"

static void passwords_are_masked_and_nothing_else(void **state)
{
	(void)state;
	static const struct {
		const char *string, *shown;
	} cases[] = {
		{ "mongodb://alice:secret@db/x", "mongodb://alice:***@db/x" },
		{ "mongodb+srv://alice:secret@db/x.json", "mongodb+srv://alice:***@db/x.json" },
		{ "-o 'mongodb://alice:secret@db': no", "-o 'mongodb://alice:***@db': no" },
		{ "a://b:cdef@g and h://i:jklm@n", "a://b:***@g and h://i:***@n" },
		{ "a://b:secret/@:? with@all@h", "a://b:***@h" }, /* what should have been escaped */
		{ "a://b:x://y:z@h", "a://b:***@h" },
		{ "a://:secret@h", "a://:***@h" },
		{ "a://b:@h", "a://b:@h" },
		{ "a://b:p@h", "a://b:*@h" },
		{ "a://b@h", "a://b@h" },
		{ "http://host:8080/path", "http://host:8080/path" },
		{ "http://host/a:b@c", "http://host/a:b@c" },
		{ "user:secret@host", "user:secret@host" },
		{ "mongodb:alice:secret@db", "mongodb:alice:***@db" },
		{ "-o mongodb+srv:alice:secret@db/x: no", "-o mongodb+srv:alice:***@db/x: no" },
		{ "-o a://b:***@g: @ is none", "-o a://b:***@g: @ is none" },
		{ "a://b/c?x=1&tlsCertificateKeyFilePassword=yes: no", "a://b/c?x=1&tlsCertificateKeyFilePassword=*** no" },
		{ "a://b/?AUTHMECHANISMPROPERTIES=K:v&y=1", "a://b/?AUTHMECHANISMPROPERTIES=***&y=1" },
		{ "://", "://" },
		{ "a://b:", "a://b:" },
		{ "", "" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char string[80];
		(void)snprintf(string, sizeof string, "%s", cases[i].string);
		mask_passwords(string);
		assert_string_equal(string, cases[i].shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(passwords_are_masked_and_nothing_else) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
