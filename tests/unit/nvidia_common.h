/* SPDX-License-Identifier: MIT */
/* What the tests of the device nvidia share: the fake NVML, which $JOULES_NVML_LIB names, and a machine with nothing
 * but its GPUs. */
#ifndef JOULES_TESTS_NVIDIA_COMMON_H
#define JOULES_TESTS_NVIDIA_COMMON_H

#include <dlfcn.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <joules/joules.h>

static void *fake; /* the library */
static int (*configure)(const char *settings);
static char root[] = "/tmp/joules-nvidia-XXXXXX"; /* no powercap, no PCI */

/* cmocka's own compares in single precision. */
#define assert_near(value, expected, apart) assert_near_at(value, expected, apart, __LINE__)
static void assert_near_at(double value, double expected, double apart, int line)
{
	if (!(fabs(value - expected) <= apart))
		fail_msg("line %d: %g is not within %g of %g", line, value, apart, expected);
}

/* Fetches a function of the fake into a pointer to it. */
static void find(const char *name, void *pointer)
{
	void *symbol = dlsym(fake, name);
	assert_non_null(symbol);
	memcpy(pointer, &symbol, sizeof symbol);
}

static int set_up(void **state)
{
	(void)state;
	const char *path = getenv("JOULES_NVML_LIB");
	fake = path ? dlopen(path, RTLD_NOW) : NULL;
	if (!fake || !mkdtemp(root)) {
		fprintf(stderr, "set JOULES_NVML_LIB to the fake: %s\n", path ? path : "it is not set");
		return -1;
	}
	find("fake_nvml_configure", &configure);
	unsetenv("CUDA_VISIBLE_DEVICES");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(root);
}

static joules_options options_for(const char *domains)
{
	joules_options options = JOULES_OPTIONS_INIT;
	options.sysroot = root;
	options.domains = domains;
	options.estimate = JOULES_ESTIMATE_NEVER;
	return options;
}

static void settings(const char *text)
{
	assert_int_equal(configure(text), 0);
}

static joules_meter *open_meter(const char *domains)
{
	joules_meter *meter = NULL;
	joules_options options = options_for(domains);
	if (joules_meter_open(&meter, &options))
		fail_msg("%s", joules_error_message());
	return meter;
}

/* The device as `joules list` gets it. */
static const joules_device *device_of(joules_list **list, const char *domains)
{
	joules_options options = options_for(domains);
	assert_int_equal(joules_list_new(list, &options), JOULES_OK);
	for (size_t i = 0; i < joules_list_device_count(*list); i++)
		if (strcmp(joules_list_device(*list, i)->name, "nvidia") == 0)
			return joules_list_device(*list, i);
	fail_msg("no device nvidia");
	return NULL;
}

static int child_status(pid_t child)
{
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
