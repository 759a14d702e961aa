/* SPDX-License-Identifier: MIT */
/* A library that is opened when it is first needed, shown on the C library's own mathematics. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/library.h"

struct maths {
	double (*cosine)(double);
	double (*cubism)(double);
};

#define SYMBOL(member, name, is_optional) { name, offsetof(struct maths, member), is_optional }

static const struct library_symbol symbols[] = {
	SYMBOL(cosine, "cos", false),
	SYMBOL(cubism, "cubism", true),
	{ NULL, 0, false },
};
static const struct library_symbol other_symbols[] = {
	SYMBOL(cosine, "cos", false),
	SYMBOL(cubism, "cubism", false),
	{ NULL, 0, false },
};
static const char *const places[] = { "/nowhere/libm.so.6", "libm.so.6", NULL };
static const char *const nowhere[] = { "libjoules-nowhere.so.7", "/nowhere/libm.so.6", NULL };

static struct library maths_library(void)
{
	return (struct library){ .places = places, .symbols = symbols, .size = sizeof(struct maths) };
}

static void assert_not_open(struct library *library, enum library_status status, const char *says)
{
	const void *functions = "";
	char reason[LIBRARY_REASON];
	assert_int_equal(library_open(library, &functions, reason), status);
	assert_null(functions);
	assert_non_null(strstr(reason, says));
}

static const struct maths *assert_open(struct library *library)
{
	const void *functions = NULL;
	char reason[LIBRARY_REASON];
	assert_int_equal(library_open(library, &functions, reason), LIBRARY_OPEN);
	return functions;
}

static void the_first_place_that_has_it_serves(void **state)
{
	(void)state;
	struct library library = maths_library();
	const struct maths *maths = assert_open(&library);
	assert_true(maths->cosine(0.0) > 0.999);
	assert_null(maths->cubism);
	assert_ptr_equal(assert_open(&library), maths);
	free(library.functions);
}

static void a_library_that_is_nowhere_is_named(void **state)
{
	(void)state;
	struct library library = maths_library();
	library.places = nowhere;
	assert_not_open(&library, LIBRARY_MISSING, "libjoules-nowhere.so.7");
}

static void a_missing_function_is_named_with_its_file(void **state)
{
	(void)state;
	struct library library = maths_library();
	library.symbols = other_symbols;
	assert_not_open(&library, LIBRARY_UNLIKE, "libm.so.6 has no function cubism");
}

static void the_variable_names_the_only_place(void **state)
{
	(void)state;
	struct library library = maths_library();
	library.variable = "JOULES_TEST_LIB";
	setenv("JOULES_TEST_LIB", "/nowhere/libm.so.7", 1);
	assert_not_open(&library, LIBRARY_REFUSED, "JOULES_TEST_LIB cannot be opened: /nowhere/libm.so.7: ");
	setenv("JOULES_TEST_LIB", "", 1);
	const struct maths *maths = assert_open(&library);
	setenv("JOULES_TEST_LIB", "/nowhere/libm.so.7", 1);
	assert_ptr_equal(assert_open(&library), maths);
	unsetenv("JOULES_TEST_LIB");
	free(library.functions);
}

/* The loader would wait for whoever writes into a pipe. */
static void what_is_no_file_is_refused(void **state)
{
	(void)state;
	static const char *const devices[] = { "/dev/null", "libm.so.6", NULL };
	struct library library = maths_library();
	library.variable = "JOULES_TEST_LIB";
	setenv("JOULES_TEST_LIB", "/dev/null", 1);
	assert_not_open(&library, LIBRARY_REFUSED, "JOULES_TEST_LIB cannot be opened: /dev/null: not a regular file");
	unsetenv("JOULES_TEST_LIB");
	library.places = devices;
	assert_non_null(assert_open(&library));
	free(library.functions);
}

static void *open_in_thread(void *library)
{
	const void *functions = NULL;
	char reason[LIBRARY_REASON];
	(void)library_open(library, &functions, reason);
	return (void *)(uintptr_t)functions;
}

static void all_threads_get_the_same(void **state)
{
	(void)state;
	struct library library = maths_library();
	pthread_t threads[8];
	enum { THREADS = sizeof threads / sizeof *threads };
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, open_in_thread, &library), 0);
	for (int i = 0; i < THREADS; i++) {
		void *functions = NULL;
		assert_int_equal(pthread_join(threads[i], &functions), 0);
		assert_non_null(functions);
		assert_ptr_equal(functions, assert_open(&library));
	}
	free(library.functions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_place_that_has_it_serves),
		cmocka_unit_test(a_library_that_is_nowhere_is_named),
		cmocka_unit_test(a_missing_function_is_named_with_its_file),
		cmocka_unit_test(the_variable_names_the_only_place),
		cmocka_unit_test(what_is_no_file_is_refused),
		cmocka_unit_test(all_threads_get_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
