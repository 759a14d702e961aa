/* SPDX-License-Identifier: MIT */
/* Settings of devices: what a device declares it gets, and what none declares is refused with what may have been
 * meant. */
#include <joules/joules.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_root.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- a device that takes two ---- */

static char seen[2][JOULES_SETTING_MAX]; /* by discover */

static void look(const joules_options *options, const char *name, char value[JOULES_SETTING_MAX])
{
	if (!joules_setting_get(options, name, value))
		(void)strcpy(value, "(none)");
}

static joules_status discover(void *context, const joules_options *options, joules_discovery *found)
{
	(void)context, (void)found;
	look(options, "lamp.colour", seen[0]);
	look(options, "lamp.note", seen[1]);
	return JOULES_OK;
}

static joules_status open_lamp(
    void *context, const joules_options *options, const joules_domain *const *domains, size_t count, void **state)
{
	(void)context, (void)options, (void)domains, (void)count, (void)state;
	return JOULES_OK;
}

static void read_lamp(void *state, joules_raw *const raw[])
{
	(void)state, (void)raw;
}

static void close_lamp(void *state)
{
	(void)state;
}

static joules_status check_colour(void *context, const char *value)
{
	return strcmp(value, context) == 0 ? JOULES_OK : joules_fail(JOULES_INVALID_ARGUMENT, "no such colour");
}

static const joules_setting colour = {
	.size = sizeof colour, .name = "colour", .help = "of its light", .check = check_colour
};
static const joules_setting note = { .size = sizeof note, .name = "note" };

static joules_device_ops lamp = { .size = sizeof lamp,
	.name = "lamp",
	.discover = discover,
	.open = open_lamp,
	.read = read_lamp,
	.close = close_lamp,
	.settings = (const joules_setting *const[]){ &colour, &note, NULL } };

static int setup(void **state)
{
	static bool registered;
	static char red[] = "red";
	if (!registered && joules_device_register(&lamp, red) != JOULES_OK)
		return -1;
	registered = true;
	memset(seen, 0, sizeof seen);
	return fake_root_setup(state);
}

static joules_status list_with(const char *settings)
{
	joules_options options = JOULES_OPTIONS_INIT;
	options.sysroot = fake_root;
	options.settings = settings;
	joules_list *list;
	joules_status status = joules_list_new(&list, &options);
	joules_list_free(list);
	return status;
}

static void a_device_gets_its_settings(void **state)
{
	(void)state;
	static const struct {
		const char *settings, *colour, *note;
	} cases[] = {
		{ NULL, "(none)", "(none)" },
		{ "", "(none)", "(none)" },
		{ " , ,", "(none)", "(none)" },
		{ "lamp.colour=red", "red", "(none)" },
		{ "lamp.note=a=b c,lamp.colour=red", "red", "a=b c" },
		{ " lamp.note = x ,, lamp.colour = red ", "red", "x" },
		{ "lamp.note=first,lamp.note=last", "(none)", "last" },
		{ "lamp.note=", "(none)", "" },
		{ "estimate.watts=40:180,lamp.note=x", "(none)", "x" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(list_with(cases[i].settings), JOULES_OK);
		assert_string_equal(seen[0], cases[i].colour);
		assert_string_equal(seen[1], cases[i].note);
	}
}

static void what_is_no_setting_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *settings, *says;
	} bad[] = {
		{ "lamp.color=red", "the device lamp has no setting 'color'" },
		{ "lamp.color=red", "lamp.colour (of its light), lamp.note" },
		{ "lamp.color=red", "did you mean 'colour'?" },
		{ "lamp.note=x,estimate.wats=40:180", "did you mean 'watts'?" },
		{ "estimate.wats=40:180", "estimate.watts (the watts of the whole machine, IDLE:FULL)" },
		{ "estimat.watts=40:180", "no device 'estimat'; did you mean 'estimate'?" },
		{ "rapl.watts=40:180", "the device rapl has no setting 'watts'" },
		{ "Lamp.colour=red", "did you mean 'lamp'?" },
		{ "colour=red", "DEVICE.NAME=VALUE" },
		{ "lamp.colour", "DEVICE.NAME=VALUE" },
		{ "lamp.note=a,b", "'b' is not a setting" },
		{ "=red", "DEVICE.NAME=VALUE" },
		{ "lamp.=red", "no setting ''" },
		{ "lamp.colour=blue", "lamp.colour=blue: no such colour" },
		{ "lamp.colour=red,lamp.colour=blue", "lamp.colour=blue: no such colour" },
	};
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(list_with(bad[i].settings), JOULES_INVALID_ARGUMENT);
		if (!strstr(joules_error_message(), bad[i].says))
			fail_msg("no '%s' in '%s'", bad[i].says, joules_error_message());
	}
}

static void a_value_has_an_end(void **state)
{
	(void)state;
	char settings[16 + JOULES_SETTING_MAX] = "lamp.note=";
	memset(settings + strlen("lamp.note="), 'x', JOULES_SETTING_MAX - 1);
	assert_int_equal(list_with(settings), JOULES_OK);
	assert_string_equal(seen[1], settings + strlen("lamp.note="));
	settings[strlen(settings)] = 'x';
	assert_int_equal(list_with(settings), JOULES_INVALID_ARGUMENT);
	assert_non_null(strstr(joules_error_message(), "at most 255"));
}

static void a_setting_without_a_name_or_size_is_not_registered(void **state)
{
	(void)state;
	static const joules_setting bad[] = { { .size = sizeof *bad }, { .size = sizeof *bad, .name = "" },
		{ .name = "x" } };
	for (size_t i = 0; i < COUNT(bad); i++) {
		const joules_setting *const settings[] = { &colour, &bad[i], NULL };
		joules_device_ops other = lamp;
		other.name = "other";
		other.settings = settings;
		assert_int_equal(joules_device_register(&other, NULL), JOULES_INVALID_ARGUMENT);
		assert_non_null(strstr(joules_error_message(), "each setting needs its size and a name"));
	}
}

static void an_unknown_way_of_the_estimate_is_refused(void **state)
{
	(void)state;
	joules_options options = JOULES_OPTIONS_INIT;
	joules_meter *meter;
	joules_list *list;
	options.sysroot = fake_root;
	for (int i = -1; i <= 3; i += 4) {
		options.estimate = (joules_estimate)i;
		assert_int_equal(joules_meter_open(&meter, &options), JOULES_INVALID_ARGUMENT);
		assert_non_null(strstr(joules_error_message(), "joules_options.estimate is"));
		assert_int_equal(joules_list_new(&list, &options), JOULES_INVALID_ARGUMENT);
	}
}

int main(void)
{
#define IN_ROOT(name) cmocka_unit_test_setup_teardown(name, setup, fake_root_teardown)
	const struct CMUnitTest tests[] = {
		IN_ROOT(a_device_gets_its_settings),
		IN_ROOT(what_is_no_setting_is_refused),
		IN_ROOT(a_value_has_an_end),
		IN_ROOT(a_setting_without_a_name_or_size_is_not_registered),
		IN_ROOT(an_unknown_way_of_the_estimate_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
