/* SPDX-License-Identifier: MIT */
/* Reading JSON: what RFC 8259 allows and nothing else. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_read.h"

static void a_document_is_read(void **state)
{
	(void)state;
	static const char text[] =
	    " {\"a\": [1, -2.5e-3, true, null, {}], \"b\\n\\u00e9\\ud83d\\ude00\": \"x\\\"y/\\/\"}\n";
	struct json_value value;
	size_t line;
	assert_true(json_read(&value, text, strlen(text), &line));
	const struct json_value *array = json_member(&value, "a");
	assert_int_equal(json_count(array), 5);
	assert_true(json_real(json_item(array, 0)) == 1.0 && json_real(json_item(array, 1)) == -2.5e-3);
	assert_int_equal(json_item(array, 2)->kind, JSON_BOOL);
	assert_true(isnan(json_real(json_item(array, 3))) && !json_item(array, 5));
	assert_string_equal(json_text(json_member(&value, "b\n\xc3\xa9\xf0\x9f\x98\x80")), "x\"y//");
	assert_null(json_member(&value, "c"));
	assert_null(json_text(array));
	json_free(&value);
}

static void strings_hold_no_nul_and_no_half_character(void **state)
{
	(void)state;
	struct json_value value;
	size_t line;
	static const char text[] = "[\"\\u0000\", \"\\ud800x\", \"\\udc00\"]";
	assert_true(json_read(&value, text, strlen(text), &line));
	assert_string_equal(json_text(json_item(&value, 0)), "\xef\xbf\xbd");
	assert_string_equal(json_text(json_item(&value, 1)), "\xef\xbf\xbdx");
	assert_string_equal(json_text(json_item(&value, 2)), "\xef\xbf\xbd");
	json_free(&value);
}

static void what_is_no_json_is_refused_with_its_line(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t line;
	} wrong[] = { { "", 1 }, { "[1,\n2,\n}", 3 }, { "[1,]", 1 }, { "{\"a\" 1}", 1 }, { "{1: 2}", 1 }, { "01", 1 },
		{ "1.", 1 }, { "+1", 1 }, { "1e", 1 }, { ".5", 1 }, { "NaN", 1 }, { "\"a\n\"", 1 }, { "\"\\x\"", 1 },
		{ "\"\\u12g4\"", 1 }, { "\"a", 1 }, { "[1] 2", 1 }, { "tru", 1 }, { "{\"a\":1,\n\n\"b\":}", 3 },
		{ "1e999", 1 } };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct json_value value;
		size_t line = 0;
		if (json_read(&value, wrong[i].text, strlen(wrong[i].text), &line))
			fail_msg("%s was read", wrong[i].text);
		assert_int_equal(line, wrong[i].line);
		assert_null(value.items);
	}
}

static void depth_has_an_end(void **state)
{
	(void)state;
	char text[100000];
	struct json_value value;
	size_t line;
	memset(text, '[', sizeof text);
	assert_false(json_read(&value, text, sizeof text, &line));
	static const char bytes[] = { '[', '1', ']', 0 };
	assert_false(json_read(&value, bytes, sizeof bytes, &line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_is_read),
		cmocka_unit_test(strings_hold_no_nul_and_no_half_character),
		cmocka_unit_test(what_is_no_json_is_refused_with_its_line),
		cmocka_unit_test(depth_has_an_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
