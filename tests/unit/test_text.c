/* SPDX-License-Identifier: MIT */
/* Numbers as Python's repr(float) writes them, JSON strings as its json.dumps, CSV fields by RFC 4180, whatever the
 * locale. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What CPython 3.11's repr() gives for these bits: powers of ten and two and their neighbours, subnormals, the ends of
 * the range, the two borders of the exponent form, and forty random patterns. */
static const struct {
	uint64_t bits;
	const char *repr;
} hard_cases[] = {
	{ 0x0000000000000000, "0.0" },
	{ 0x8000000000000000, "-0.0" },
	{ 0x3ff0000000000000, "1.0" },
	{ 0x3fb999999999999a, "0.1" },
	{ 0xbfb999999999999a, "-0.1" },
	{ 0x40c81c8000000000, "12345.0" },
	{ 0x3e7ad7f29abcaf48, "1e-07" },
	{ 0x3ee4f8b588e368f1, "1e-05" },
	{ 0x3f1a36e2eb1c432d, "0.0001" },
	{ 0x3f202e4b6ce5dc68, "0.00012345" },
	{ 0x3f1a36371ea531a8, "9.999e-05" },
	{ 0x42dc12218377de40, "123456789012345.0" },
	{ 0x43118b54f22aeb00, "1234567890123456.0" },
	{ 0x4341c37937e07fff, "9999999999999998.0" },
	{ 0x4341c37937e08000, "1e+16" },
	{ 0x434550f7dca70000, "1.2e+16" },
	{ 0x4345ee2a2eb5a5c4, "1.2345678901234568e+16" },
	{ 0x4376345785d8a000, "1e+17" },
	{ 0x444b1ae4d6e2ef50, "1e+21" },
	{ 0x4480f0cf064dd592, "1e+22" },
	{ 0x44b52d02c7e14af6, "1e+23" },
	{ 0x433fffffffffffff, "9007199254740991.0" },
	{ 0x4340000000000000, "9007199254740992.0" },
	{ 0x4340000000000000, "9007199254740992.0" },
	{ 0x0000000000000001, "5e-324" },
	{ 0x0000000000000002, "1e-323" },
	{ 0x000fffffffffffff, "2.225073858507201e-308" },
	{ 0x0010000000000000, "2.2250738585072014e-308" },
	{ 0x7fefffffffffffff, "1.7976931348623157e+308" },
	{ 0x54b249ad2594c37d, "1e+100" },
	{ 0x2b2bff2ee48e0530, "1e-100" },
	{ 0x547d42aea2879f2e, "1e+99" },
	{ 0x2b617f7d4ed8c33e, "1e-99" },
	{ 0x3ddb7cdfd9d7bdbb, "1e-10" },
	{ 0x3fd3333333333333, "0.3" },
	{ 0x3fd5555555555555, "0.3333333333333333" },
	{ 0x3fe5555555555555, "0.6666666666666666" },
	{ 0x400921fb54442d18, "3.141592653589793" },
	{ 0x41d9d05fd387e6b4, "1732345678.123456" },
	{ 0x404e848000000000, "61.03515625" },
	{ 0x422e9999997a0000, "65712999613.0" },
	{ 0x424e847ae1290000, "262143328850.0" },
	{ 0x3f10000000000000, "6.103515625e-05" },
	{ 0x7e41eb2d66005835, "1.5e+300" },
	{ 0x4011666666666666, "4.35" },
	{ 0x4011666666666665, "4.349999999999999" },
	{ 0x3d30000000000000, "5.684341886080802e-14" },
	{ 0x43e0000000000000, "9.223372036854776e+18" },
	{ 0x43f0000000000000, "1.8446744073709552e+19" },
	{ 0x0010000000000000, "2.2250738585072014e-308" },
	{ 0x4790000000000000, "5.316911983139664e+36" },
	{ 0x3f1cd5f99c38b04b, "0.00011" },
	{ 0x41b1de784a000000, "299792458.0" },
	{ 0x3ee9cb8320b15070, "1.23e-05" },
	{ 0x430c6bf526340000, "1000000000000000.0" },
	{ 0x430c6bf52633ffff, "999999999999999.9" },
	{ 0x447c7e83209e90b2, "8.41e+21" },
	{ 0x43f2250fa08398d4, "2.0919495182368195e+19" },
	{ 0x3f0a36e2eb1c432d, "5e-05" },
	{ 0x3eb0000000000000, "9.5367431640625e-07" },
	{ 0x3f1a36e2eb1c432d, "0.0001" },
	{ 0xf2a74de452e6b438, "-1.989032661366619e+244" },
	{ 0x6513270e269e0d37, "7.761117632285041e+178" },
	{ 0x0c5c7fd0a6a3a450, "3.980498358697587e-249" },
	{ 0xd23f0824128b2f33, "-1.5432835417340557e+88" },
	{ 0x1818e811892f902b, "1.3647584518757569e-192" },
	{ 0x9531985d5d9dc9f8, "-1.3701135617873088e-206" },
	{ 0xe8e25d940ed90475, "-1.7160537630466207e+197" },
	{ 0x36f675cc81e74ef5, "6.294675241195386e-44" },
	{ 0x1600a35a099950d8, "1.0613447212142254e-202" },
	{ 0x6b0d549b6f03675a, "4.708325160387546e+207" },
	{ 0x3d9c172411e20b8f, "6.387016158513563e-12" },
	{ 0x8d116ece1738f7d9, "-9.973130378568733e-246" },
	{ 0x0f21ddb66cad4a26, "8.779753225680271e-236" },
	{ 0x90c192cfd3ac94af, "-5.795503248498993e-228" },
	{ 0xf28c105d1fb17c23, "-5.988180159386011e+243" },
	{ 0xa170b33839263059, "-1.306052388527796e-147" },
	{ 0x953f48f1a09f76b5, "-2.436117699484841e-206" },
	{ 0x0fd630f1f29d0da9, "2.233386999150174e-232" },
	{ 0x95e60af593bd04cf, "-3.51527970626667e-203" },
	{ 0x0cb1e29c658cda14, "1.5987381841032883e-247" },
	{ 0x3898d190f9ebdacc, "4.6678633181812096e-36" },
	{ 0x8e81973e0becd7b0, "-8.441872792105456e-239" },
	{ 0x2217beaddbc496cb, "1.9015657400796622e-144" },
	{ 0x6b4cb2424a23d596, "7.370437700706684e+208" },
	{ 0x8a6a63ec24ede6a4, "-1.7163996725272777e-258" },
	{ 0x922766581e27a1c0, "-3.2367190832119987e-221" },
	{ 0x8f6d05584ef8aa38, "-2.2818334634712625e-234" },
	{ 0xae97ba94d0eda82f, "-3.0536383926309363e-84" },
	{ 0x1a61dbe22e44158b, "1.3449551894627777e-181" },
	{ 0x923a736994e3bf91, "-7.317495976062606e-221" },
	{ 0x301850c5a38fd547, "5.249822308814304e-77" },
	{ 0x18f135d25f557203, "1.5450754142984396e-188" },
	{ 0xb64ce4228c38fb29, "-3.953625698224792e-47" },
	{ 0x907a70c31012f037, "-2.72491267476498e-229" },
	{ 0x9e7769b10f4205b4, "-6.505141861548772e-162" },
	{ 0x7f15052434b9b5df, "1.441484839555994e+304" },
	{ 0x881ed162ae2eb154, "-1.4583679262758548e-269" },
	{ 0xc6f877186d76b07e, "-7.939416668807721e+33" },
	{ 0x7731af10506bf2ef, "1.4255183989699612e+266" },
	{ 0xec66a78795e761d1, "-1.525315701232403e+214" },
	{ 0x4341c37937e07fff, "9999999999999998.0" },
	{ 0x3f1a36e2eb1c432c, "9.999999999999999e-05" },
	{ 0x3ff0000000000001, "1.0000000000000002" },
	{ 0x3fefffffffffffff, "0.9999999999999999" },
};

static double of_bits(uint64_t bits)
{
	double value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

static void check_hard_cases(void)
{
	for (size_t i = 0; i < COUNT(hard_cases); i++) {
		char out[NUMBER_MAX];
		size_t length = number_print(of_bits(hard_cases[i].bits), out);
		assert_string_equal(out, hard_cases[i].repr);
		assert_int_equal(length, strlen(out));
	}
}

static void numbers_are_printed_as_python_does(void **state)
{
	(void)state;
	check_hard_cases();
}

static void what_is_no_number_has_a_word(void **state)
{
	(void)state;
	char out[NUMBER_MAX];
	assert_int_equal(number_print((double)NAN, out), 3);
	assert_string_equal(out, "nan");
	number_print((double)INFINITY, out);
	assert_string_equal(out, "inf");
	assert_int_equal(number_print(-(double)INFINITY, out), 4);
	assert_string_equal(out, "-inf");
}

static void printed_numbers_read_back_the_same(void **state)
{
	(void)state;
	uint64_t random = 88172645463325252U;
	for (int i = 0; i < 20000; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		double value = fabs(of_bits(random)), back = -1;
		if (!isfinite(value))
			continue;
		char out[NUMBER_MAX];
		number_print(value, out);
		assert_true(number_parse_double(out, &back));
		assert_memory_equal(&value, &back, sizeof value);
	}
}

static void the_longest_number_fits(void **state)
{
	(void)state;
	char out[NUMBER_MAX];
	assert_int_equal(number_print(-2.2250738585072014e-308, out), 24);
	assert_string_equal(out, "-2.2250738585072014e-308");
}

static void a_locale_with_commas_changes_nothing(void **state)
{
	(void)state;
	static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8", "fr_FR.utf8",
		"nl_NL.UTF-8", "ru_RU.UTF-8" };
	locale_t comma = (locale_t)0;
	for (size_t i = 0; i < COUNT(names) && !comma; i++)
		comma = newlocale(LC_ALL_MASK, names[i], (locale_t)0);
	/* No such locale here. (cmocka 1.1.5 writes a skipped test as "not ok".) */
	if (!comma)
		return;
	locale_t before = uselocale(comma);
	assert_string_equal(localeconv()->decimal_point, ",");
	check_hard_cases();
	double value = 0;
	bool point = number_parse_double("1.5", &value), comma_taken = number_parse_double("1,5", &value);
	uselocale(before);
	freelocale(comma);
	assert_true(point);
	assert_true(value == 1.5);
	assert_false(comma_taken);
}

static void whole_numbers_are_parsed_strictly(void **state)
{
	(void)state;
	uint64_t value = 7;
	assert_true(number_parse_u64("0", &value));
	assert_int_equal(value, 0);
	assert_true(number_parse_u64("18446744073709551615", &value));
	assert_true(value == UINT64_MAX);
	static const char *const wrong[] = { "", " 1", "1 ", "+1", "-1", "0x10", "1.0", "1e3", "18446744073709551616",
		"99999999999999999999", "1\n" };
	for (size_t i = 0; i < COUNT(wrong); i++) {
		value = 7;
		assert_false(number_parse_u64(wrong[i], &value));
		assert_int_equal(value, 7);
	}
}

static void doubles_are_parsed_strictly(void **state)
{
	(void)state;
	static const struct {
		const char *string;
		double value;
	} right[] = { { "2", 2.0 }, { "0.5", 0.5 }, { "1e3", 1000.0 }, { ".5", 0.5 }, { "1E-3", 0.001 }, { "0", 0.0 },
		{ "5e-324", 5e-324 } };
	for (size_t i = 0; i < COUNT(right); i++) {
		double value = -1;
		assert_true(number_parse_double(right[i].string, &value));
		assert_true(value == right[i].value);
	}
	static const char *const wrong[] = { "", " 1", "1 ", "+1", "-1", "-0", "0x1p3", "1e", "1e+", "1.5.", ".", "inf",
		"nan", "infinity", "1e999", "1,5", "2s" };
	for (size_t i = 0; i < COUNT(wrong); i++) {
		double value = 7;
		assert_false(number_parse_double(wrong[i], &value));
		assert_true(value == 7);
	}
}

static void json_strings_are_those_of_json_dumps(void **state)
{
	(void)state;
	static const struct {
		const char *bytes, *json;
	} cases[] = {
		{ "", "\"\"" },
		{ "plain ~", "\"plain ~\"" },
		{ "\" \\ / \b\f\n\r\t", "\"\\\" \\\\ / \\b\\f\\n\\r\\t\"" },
		{ "\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\"" },
		{ "\xc3\xa9\xe2\x82\xac", "\"\\u00e9\\u20ac\"" },
		{ "\xf0\x9f\x98\x80", "\"\\ud83d\\ude00\"" },
		{ "\xf4\x8f\xbf\xbf", "\"\\udbff\\udfff\"" },
		/* Not UTF-8: bare bytes, overlong, a surrogate, beyond U+10FFFF, cut off before a letter and at the end. */
		{ "a\x80\xff z", "\"a\\ufffd\\ufffd z\"" },
		{ "\xc0\xaf", "\"\\ufffd\\ufffd\"" },
		{ "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" },
		{ "\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
		{ "\xe2\x82x", "\"\\ufffdx\"" },
		{ "\xf0\x9f\x98", "\"\\ufffd\"" },
	};
	struct text text = TEXT_INIT;
	for (size_t i = 0; i < COUNT(cases); i++) {
		text_clear(&text);
		json_string(&text, NULL, cases[i].bytes);
		assert_string_equal(text_string(&text), cases[i].json);
	}
	text_free(&text);
}

static void json_has_the_separators_of_json_dumps(void **state)
{
	(void)state;
	struct text text = TEXT_INIT;
	json_begin_object(&text, NULL);
	json_begin_array(&text, "empty");
	json_end_array(&text);
	json_begin_object(&text, "none");
	json_end_object(&text);
	json_string(&text, "a \"name\"", "ends in {");
	json_begin_array(&text, "values");
	json_string(&text, NULL, "[");
	json_string(&text, NULL, "");
	json_string(&text, NULL, NULL);
	json_number(&text, NULL, 0.5);
	json_integer(&text, NULL, INT64_MIN);
	json_unsigned(&text, NULL, UINT64_MAX);
	json_bool(&text, NULL, true);
	json_begin_array(&text, NULL);
	json_begin_object(&text, NULL);
	json_bool(&text, "no", false);
	json_null(&text, "nothing");
	json_end_object(&text);
	json_end_array(&text);
	json_begin_object(&text, NULL);
	json_end_object(&text);
	json_end_array(&text);
	json_integer(&text, "last", 0);
	json_end_object(&text);
	text_add(&text, "\n");
	json_begin_object(&text, NULL);
	json_end_object(&text);
	assert_string_equal(text_string(&text),
	    "{\"empty\": [], \"none\": {}, \"a \\\"name\\\"\": \"ends in {\", \"values\": [\"[\", \"\", null, 0.5, "
	    "-9223372036854775808, 18446744073709551615, true, [{\"no\": false, \"nothing\": null}], {}], \"last\": "
	    "0}\n{}");
	text_free(&text);
}

static void json_has_no_nan(void **state)
{
	(void)state;
	struct text text = TEXT_INIT;
	json_begin_array(&text, NULL);
	json_number(&text, NULL, (double)NAN);
	json_number(&text, NULL, (double)INFINITY);
	json_number(&text, NULL, 0.0);
	json_end_array(&text);
	assert_string_equal(text_string(&text), "[null, null, 0.0]");
	text_free(&text);
}

static void csv_fields_are_quoted_only_where_they_must(void **state)
{
	(void)state;
	static const struct {
		const char *bytes, *field;
	} cases[] = {
		{ "", "" },
		{ "a,b c", "a,b c" },
		{ "a;b", "\"a;b\"" },
		{ "say \"hi\"", "\"say \"\"hi\"\"\"" },
		{ "two\nlines", "\"two\nlines\"" },
		{ "\r", "\"\r\"" },
		{ "\"", "\"\"\"\"" },
		{ "\xff\x01", "\xff\x01" },
	};
	struct text text = TEXT_INIT;
	for (size_t i = 0; i < COUNT(cases); i++) {
		text_clear(&text);
		text_add_csv_field(&text, cases[i].bytes, ';');
		assert_string_equal(text_string(&text), cases[i].field);
	}
	text_free(&text);
}

static void escaped_text_stays_on_one_line(void **state)
{
	(void)state;
	struct text text = TEXT_INIT;
	text_add_escaped(&text, "a\nb\x1b[1m\x7f\xc3\xa9");
	assert_string_equal(text_string(&text), "a\\x0ab\\x1b[1m\\x7f\xc3\xa9");
	text_free(&text);
}

/* The same cases as in tests/python/test_precision.py, with the same results. */
static void what_a_terminal_obeys_is_escaped(void **state)
{
	(void)state;
	static const struct {
		const char *string, *escaped;
	} cases[] = {
		{ "\xc2\x9b"
		  "31m",
		    "\\x9b31m" }, /* U+009B, a control of its own */
		{ "\x9b"
		  "31m",
		    "\\x9b31m" }, /* the byte */
		{ "\xff", "\\xff" },
		{ "\xe2\x82", "\\xe2\\x82" },          /* cut off */
		{ "\xc0\x9b", "\\xc0\\x9b" },          /* in more bytes than allowed */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" }, /* a surrogate */
		{ "a\xe2\x80\xaez", "a\\u202ez" },
		{ "\xe2\x80\xaa\xe2\x80\xa8\xe2\x80\x8e\xe2\x80\x8f", "\\u202a\\u2028\\u200e\\u200f" },
		{ "\xe2\x81\xa6\xe2\x81\xa9\xd8\x9c", "\\u2066\\u2069\\u061c" },
		{ "\xc2\xa0\xe2\x80\x8d\xe2\x80\xaf\xe2\x81\xa5\xef\xbf\xbd\xf0\x9f\x94\x8b", /* and what stays */
		    "\xc2\xa0\xe2\x80\x8d\xe2\x80\xaf\xe2\x81\xa5\xef\xbf\xbd\xf0\x9f\x94\x8b" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct text text = TEXT_INIT;
		text_add_escaped(&text, cases[i].string);
		assert_string_equal(text_string(&text), cases[i].escaped);
		text_free(&text);
	}
}

static void what_is_no_utf8_is_replaced(void **state)
{
	static const struct {
		const char *string, *valid;
	} cases[] = { { "", "" }, { "h\xc3\xa9 \xe2\x82\xac", "h\xc3\xa9 \xe2\x82\xac" }, { "x\xffy", "x\xef\xbf\xbdy" },
		{ "\xe2\x82", "\xef\xbf\xbd" }, { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" } };
	struct text text = TEXT_INIT;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		text_clear(&text);
		assert_int_equal(text_add_valid(&text, cases[i].string), strcmp(cases[i].string, cases[i].valid) != 0);
		assert_string_equal(text_string(&text), cases[i].valid);
	}
	text_free(&text);
	(void)state;
}

static void text_grows_and_is_reused(void **state)
{
	(void)state;
	struct text text = TEXT_INIT;
	assert_string_equal(text_string(&text), "");
	for (int i = 0; i < 5000; i++)
		text_addf(&text, "%d,", i % 10);
	assert_int_equal(text.length, 10000);
	assert_int_equal(strlen(text_string(&text)), 10000);
	assert_memory_equal(text_string(&text) + 9980, "0,1,2,3,4,5,6,7,8,9,", 20);
	text_clear(&text);
	assert_string_equal(text_string(&text), "");
	text_add_integer(&text, INT64_MIN);
	text_add(&text, " ");
	text_add_unsigned(&text, UINT64_MAX);
	assert_string_equal(text_string(&text), "-9223372036854775808 18446744073709551615");
	text_free(&text);
	assert_null(text.bytes);
}

static void bytes_with_a_nul_are_kept(void **state)
{
	(void)state;
	struct text text = TEXT_INIT;
	text_add_bytes(&text, "a\0b", 3);
	text_add_bytes(&text, NULL, 0);
	assert_int_equal(text.length, 3);
	assert_memory_equal(text.bytes, "a\0b", 4);
	text_free(&text);
}

static void after_a_failure_appends_do_nothing(void **state)
{
	(void)state;
	struct text text = TEXT_INIT;
	text_add(&text, "kept");
	text.failed = true;
	text_add(&text, "lost");
	text_addf(&text, "%s", "lost");
	text_add_number(&text, 1.0);
	json_string(&text, NULL, "lost");
	assert_string_equal(text_string(&text), "kept");
	assert_true(text.failed);
	text_clear(&text);
	text_add(&text, "again");
	assert_string_equal(text_string(&text), "again");
	text_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_printed_as_python_does),
		cmocka_unit_test(what_is_no_number_has_a_word),
		cmocka_unit_test(printed_numbers_read_back_the_same),
		cmocka_unit_test(the_longest_number_fits),
		cmocka_unit_test(a_locale_with_commas_changes_nothing),
		cmocka_unit_test(whole_numbers_are_parsed_strictly),
		cmocka_unit_test(doubles_are_parsed_strictly),
		cmocka_unit_test(json_strings_are_those_of_json_dumps),
		cmocka_unit_test(json_has_the_separators_of_json_dumps),
		cmocka_unit_test(json_has_no_nan),
		cmocka_unit_test(csv_fields_are_quoted_only_where_they_must),
		cmocka_unit_test(escaped_text_stays_on_one_line),
		cmocka_unit_test(what_a_terminal_obeys_is_escaped),
		cmocka_unit_test(what_is_no_utf8_is_replaced),
		cmocka_unit_test(text_grows_and_is_reused),
		cmocka_unit_test(bytes_with_a_nul_are_kept),
		cmocka_unit_test(after_a_failure_appends_do_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
