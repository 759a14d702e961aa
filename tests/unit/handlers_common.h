/* SPDX-License-Identifier: MIT */
/* What the tests of the handlers share: traces, a folder of each test's own, and what is in its files. */
#ifndef JOULES_TESTS_HANDLERS_COMMON_H
#define JOULES_TESTS_HANDLERS_COMMON_H

#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "handlers/handler.h"
#include "model/trace.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOTHING ((double)NAN)

/* ---- traces ---- */

static joules_domain package = {
	.size = sizeof package, .name = "package_0", .device = "rapl", .tick_s = 0.001, .available = true
};
static joules_domain gpu = {
	.size = sizeof gpu, .name = "nvidia_gpu_0", .device = "nvidia", .method = JOULES_METHOD_POWER, .available = true
};

static joules_trace *trace_of(const joules_domain *first, const joules_domain *second)
{
	const joules_domain *items[] = { first, second };
	struct domains *domains = domains_new(items, second ? 2 : 1, NULL, 0);
	assert_non_null(domains);
	joules_trace *trace = trace_new(domains);
	assert_non_null(trace);
	domains_unref(domains);
	return trace;
}

/* Doubts of a quarter of a joule on both sides, which a float holds exactly. */
static struct increment energy(double joules, unsigned flags)
{
	if (isnan(joules))
		return (struct increment){ .joules = joules, .flags = flags };
	return (struct increment){ joules, 0.25, flags & JOULES_PARTIAL ? (double)INFINITY : 0.25, flags };
}

static void add(joules_trace *trace, const char *tag, double joules, unsigned flags)
{
	const struct increment increments[] = { energy(joules, flags), energy(NOTHING, JOULES_INVALID) };
	assert_true(trace_append(trace, tag, 1732345678.125, 1.5, false, increments));
}

/* A trace of package_0 with one sample. */
static joules_trace *simple(const char *tag)
{
	joules_trace *trace = trace_of(&package, NULL);
	add(trace, tag, 12.5, 0);
	return trace;
}

/* package_0 and a GPU that could not be read; a plain sample, and one that has everything. */
static inline joules_trace *rich(void)
{
	joules_trace *trace = trace_of(&package, &gpu);
	add(trace, "foo", 12.5, 0);
	add(trace, "a;\"b\"\n\xff", 0.0, JOULES_BELOW_TICK | JOULES_WRAPPED | JOULES_PARTIAL);
	return trace;
}

/* ---- files ---- */

static char folder[64];

static int enter_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/joules-handlers-XXXXXX");
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
	(void)info, (void)kind, (void)place;
	return remove(path);
}

static int leave_folder(void **state)
{
	(void)state;
	return chdir("/") == 0 ? nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) : -1;
}

static const char *content(const char *name)
{
	static char bytes[65536];
	FILE *file = fopen(name, "rb");
	if (!file)
		return "(no such file)";
	size_t length = fread(bytes, 1, sizeof bytes - 1, file);
	bytes[length] = '\0';
	(void)fclose(file);
	return bytes;
}

static inline size_t occurrences(const char *bytes, const char *part)
{
	size_t count = 0;
	for (const char *at = strstr(bytes, part); at; at = strstr(at + strlen(part), part))
		count++;
	return count;
}

/* ---- notices ---- */

static char notices[4096];

static unsigned notice_kinds; /* of all so far */

static void take_notice(void *context, const joules_notice *notice)
{
	(void)context;
	strcat(notices, notice->line);
	strcat(notices, "\n");
	notice_kinds |= notice->kind;
}

static joules_handler *opened(const char *output)
{
	joules_handler *handler = NULL;
	joules_status status = joules_handler_open(&handler, output);
	if (status)
		print_message("%s: %s\n", output, joules_error_message());
	assert_int_equal(status, JOULES_OK);
	assert_non_null(handler);
	notices[0] = '\0';
	notice_kinds = 0;
	joules_handler_notices_set(handler, take_notice, NULL);
	return handler;
}

/* Hands the trace over: what the handler wants to keep, it keeps itself. */
static joules_status pass_on(joules_handler *handler, joules_trace *trace)
{
	joules_status status = joules_handler_process(handler, trace);
	joules_trace_unref(trace);
	return status;
}

static void process(joules_handler *handler, joules_trace *trace, joules_status expected)
{
	assert_int_equal(pass_on(handler, trace), expected);
}

static void write_one(const char *output, joules_trace *trace)
{
	joules_handler *handler = opened(output);
	process(handler, trace, JOULES_OK);
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
}

static void assert_message(const char *part)
{
	if (!strstr(joules_error_message(), part))
		fail_msg("no '%s' in '%s'", part, joules_error_message());
}

/* Each in a folder of its own, which is the current one. */
#define HANDLER_TEST(function) cmocka_unit_test_setup_teardown(function, enter_folder, leave_folder)

#endif
