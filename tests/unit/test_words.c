/* SPDX-License-Identifier: MIT */
/* Which word was meant: one rule for options, verbs, formats and domains. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/words.h"

static const char *meant(const char *wanted, const char *const *known)
{
	const char *nearest = NULL;
	for (; *known; known++)
		nearest = words_nearer(wanted, strlen(wanted), nearest, *known);
	return nearest;
}

static void the_nearest_word_is_found(void **state)
{
	(void)state;
	static const char *const known[] = { "run", "list", "doctor", "mark", "csv", "csv-full", "json", "print",
		"package_0", "package_1", "nvidia_gpu_0", NULL };
	static const struct {
		const char *wanted, *meant;
	} cases[] = {
		{ "runn", "run" },
		{ "ls", "list" },
		{ "docter", "doctor" },
		{ "cvs", "csv" }, /* two letters that changed places are one slip */
		{ "jsno", "json" },
		{ "JSON", "json" }, /* capitals are none */
		{ "csv_full", "csv-full" },
		{ "PACKAGE_0", "package_0" },
		{ "package-1", "package_1" },
		{ "package", "package_0" }, /* the first of those that are as near */
		{ "nvidia_gpu0", "nvidia_gpu_0" },
		{ "cargo", NULL },
		{ "package_0_die_0", NULL },
		{ "xyz", NULL },
		{ "x", NULL },
		{ "", NULL },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *found = meant(cases[i].wanted, known);
		if (cases[i].meant)
			assert_string_equal(found ? found : "nothing", cases[i].meant);
		else
			assert_null(found);
	}
}

static void only_so_many_letters_count(void **state)
{
	(void)state;
	assert_string_equal(words_nearer("jsonx:file", 4, NULL, "json"), "json");
	assert_null(words_nearer("json", 0, NULL, "json"));
}

static void long_words_are_no_slips(void **state)
{
	(void)state;
	char word[512];
	memset(word, 'a', sizeof word - 1);
	word[sizeof word - 1] = '\0';
	assert_null(words_nearer(word, strlen(word), NULL, "aaaa"));
	assert_null(words_nearer("aaaa", 4, word, NULL));
	word[63] = '\0';
	assert_ptr_equal(words_nearer(word, 62, NULL, word), word);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_word_is_found),
		cmocka_unit_test(only_so_many_letters_count),
		cmocka_unit_test(long_words_are_no_slips),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
