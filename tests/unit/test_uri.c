/* SPDX-License-Identifier: MIT */
/* What may be said of a server's address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/uri.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void an_address_is_shown_without_its_secrets(void **state)
{
	(void)state;
	static const struct {
		const char *uri, *shown;
	} cases[] = {
		{ "mongodb://alice:secret@db/runs?collection=c", "mongodb://alice:***@db/runs?…" },
		{ "mongodb+srv://alice:secret@db/x.json", "mongodb+srv://alice:***@db/x.json" },
		{ "mongodb:alice:secret@db", "mongodb:alice:***@db" },
		{ "MongoDB+srv:alice:secret@db", "MongoDB+srv:alice:***@db" },
		{ "alice:secret@db", "alice:***@db" },
		{ "mongodb://:secret@db", "mongodb://:***@db" },
		{ "mongodb://alice:@db", "mongodb://alice:***@db" },
		{ "mongodb://alice@db:27017/x", "mongodb://alice@db:27017/x" },
		{ "mongodb://db:27017,eb:27018/x", "mongodb://db:27017,eb:27018/x" },
		{ "localhost", "localhost" },
		{ "", "" },
		/* What should have been escaped. */
		{ "mongodb://alice:se@cr/e:t@db/x?y", "mongodb://alice:***@db/x?…" },
		{ "mongodb://alice:se?cr=et@db", "mongodb://alice:***@db" },
		{ "mongodb://us/er:secret@db", "mongodb://us/er:***@db" },
		{ "mongodb://us?er:secret@db", "mongodb://us?…" },
		{ "mongodb://alice:12/secret@db", "mongodb://alice:***@db" },
		/* An @ among the options. */
		{ "mongodb://db/x?password=open@same", "mongodb://db/x?…" },
		{ "mongodb://alice:secret@db/x?y=a@b&tlsPassword=same", "mongodb://alice:***@b?…" },
		{ "mongodb://db/x?properties=K:secret@y", "mongodb://db/x?…" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct text shown = TEXT_INIT;
		uri_show(&shown, cases[i].uri);
		assert_string_equal(text_string(&shown), cases[i].shown);
		text_free(&shown);
	}
}

static void an_address_is_told_from_a_file_name(void **state)
{
	(void)state;
	assert_true(uri_is_address("s3://bucket/x.csv"));
	assert_true(uri_is_address("mongodb:db/x"));
	assert_true(uri_is_address("alice:secret@db"));
	assert_true(uri_is_address("db/x?password=same"));
	assert_false(uri_is_address("10:30.csv"));
	assert_false(uri_is_address("john@doe.csv"));
	assert_false(uri_is_address("why?.csv"));
}

static void a_password_that_is_not_escaped_is_noticed(void **state)
{
	(void)state;
	static const char *const bad[] = { "mongodb://e:p@ss@db", "mongodb://e:p/ss@db", "mongodb://e:p:ss@db",
		"mongodb://e:p?ss=1&x@db", "mongodb://e:p#ss@db", "mongodb://e:[ss@db", "mongodb:e:p@ss@db",
		"mongodb://e:12/ss@db" };
	static const char *const good[] = { "mongodb://e:p%40ss@db", "mongodb://e:p,ss@db", "mongodb://e@db",
		"mongodb://db", "mongodb://db/?a=b@c", "mongodb://db/x?a=b@c:d", "mongodb://db:27017/?a=b@c",
		"mongodb://db:1,eb:2/?a=b@c" };
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_true(uri_is_unescaped(bad[i]));
	for (size_t i = 0; i < COUNT(good); i++)
		assert_false(uri_is_unescaped(good[i]));
}

static void secrets_are_taken_out_and_put_back(void **state)
{
	(void)state;
	static const struct {
		const char *uri, *stored;
	} cases[] = {
		{ "mongodb://alice:p%40ss@db/x?collection=c&tls=true", "mongodb://alice@db/x?collection=c&tls=true" },
		{ "mongodb://db:27017/x?collection=c", "mongodb://db:27017/x?collection=c" },
		{ "mongodb+srv://alice:p@db/x?a_token=b&collection=c", "mongodb+srv://alice@db/x?collection=c" },
		{ "mongodb://db/x?tlsCertificateKeyFilePassword=b", "mongodb://db/x" },
		{ "mongodb://db:1,eb:2/x?appName=a@b", "mongodb://db:1,eb:2/x?appName=a@b" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct text stored = TEXT_INIT, whole = TEXT_INIT;
		uri_add_without_secrets(&stored, cases[i].uri);
		assert_string_equal(text_string(&stored), cases[i].stored);
		uri_add_with_secrets_of(&whole, text_string(&stored), "mongodb://alice:other@db/y");
		assert_string_equal(text_string(&whole), cases[i].stored);
		text_clear(&whole);
		uri_add_with_secrets_of(&whole, text_string(&stored), cases[i].uri);
		assert_int_equal(whole.length, strlen(cases[i].uri)); /* options may change places */
		text_free(&stored);
		text_free(&whole);
	}
}

static void a_message_that_repeats_a_secret_is_replaced(void **state)
{
	(void)state;
	static const struct {
		const char *uri, *message;
		bool is_told;
	} cases[] = {
		{ "mongodb://alice:secret@db", "no user alice on db", false },
		{ "mongodb://alice:secret@db", "no user with secret", true },
		{ "mongodb://alice:p%40ss@db", "no user with p@ss", true },
		{ "mongodb://alice:p%40ss@db", "cannot parse p%40ss", true },
		{ "mongodb://alice:a+b@db", "no user with 'a b'", true },
		{ "mongodb://alice:a%2Bb@db", "no user with a+b", true },
		{ "mongodb://alice:top@secret/word@db", "no such host: secret", true },
		{ "mongodb://alice:top@secret/word@db", "no such port: word", true },
		{ "mongodb://db/?tlsCertificateKeyFilePassword=opensesame", "bad: opensesame", true },
		{ "mongodb://db/?authMechanismProperties=TOKEN:open%20sesame,x:y", "bad: open sesame", true },
		{ "mongodb://db/?x=1&AUTH_SECRET=a:b", "bad: a, b", true },
		{ "mongodb://db/?appName=opensesame", "bad: opensesame", false },
		{ "mongodb://db:27017/x", "nobody at db:27017", false },
		{ "mongodb://alice:%zz@db", "anything", false },
		{ "mongodb://alice:@db", "anything", false },
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(uri_scrub(cases[i].message, cases[i].uri) != cases[i].message, cases[i].is_told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_shown_without_its_secrets),
		cmocka_unit_test(an_address_is_told_from_a_file_name),
		cmocka_unit_test(a_password_that_is_not_escaped_is_noticed),
		cmocka_unit_test(secrets_are_taken_out_and_put_back),
		cmocka_unit_test(a_message_that_repeats_a_secret_is_replaced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
