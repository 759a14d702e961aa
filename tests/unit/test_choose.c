/* SPDX-License-Identifier: MIT */
/* Names that only a device knows: its selector marks domains, the library decides what that means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <joules/joules.h>

#include "fake_root.h"

enum { LAMPS = 4 };

static joules_reason reasons[LAMPS]; /* NONE: it can be measured */

static joules_status discover(void *context, const joules_options *options, joules_discovery *found)
{
	(void)context, (void)options;
	static const char *const names[LAMPS] = { "lamp_0", "lamp_1", "lamp_2", "lamp_3" };
	joules_status status = JOULES_OK;
	for (size_t i = 0; i < LAMPS && !status; i++) {
		joules_domain domain = JOULES_DOMAIN_INIT;
		domain.name = names[i];
		domain.available = reasons[i] == JOULES_REASON_NONE;
		domain.reason_code = reasons[i];
		domain.reason = domain.available ? NULL : "the lamp is out";
		domain.command = domain.available ? NULL : "light it";
		status = joules_discovery_add(found, &domain);
	}
	return status;
}

static joules_status open_lamps(
    void *context, const joules_options *options, const joules_domain *const *domains, size_t count, void **state)
{
	(void)context, (void)options, (void)domains, (void)count;
	*state = NULL;
	return JOULES_OK;
}

static void read_lamps(void *state, joules_raw *const raw[])
{
	(void)state, (void)raw;
}

static void close_lamps(void *state)
{
	(void)state;
}

/* "lamps:013" */
static joules_status select_lamps(
    void *context, const char *name, const joules_domain *const *domains, size_t count, bool *chosen)
{
	(void)context;
	if (strncmp(name, "lamps:", 6) != 0)
		return JOULES_OK;
	assert_int_equal(count, LAMPS);
	assert_string_equal(domains[3]->name, "lamp_3");
	if (!name[6])
		return joules_fail(JOULES_INVALID_ARGUMENT, "which lamps?");
	for (const char *digit = name + 6; *digit; digit++)
		chosen[*digit - '0'] = true;
	return JOULES_OK;
}

static const joules_device_ops lamps = {
	.size = sizeof lamps,
	.name = "lamps",
	.part = JOULES_PART_BOARD,
	.discover = discover,
	.open = open_lamps,
	.read = read_lamps,
	.close = close_lamps,
	.select = select_lamps,
};

static joules_meter *meter;

static int setup(void **state)
{
	(void)state;
	memset(reasons, 0, sizeof reasons);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	joules_meter_close(meter);
	meter = NULL;
	return 0;
}

static joules_status choose(const char *domains)
{
	joules_options options = JOULES_OPTIONS_INIT;
	options.domains = domains;
	options.estimate = JOULES_ESTIMATE_NEVER;
	return joules_meter_open(&meter, &options);
}

static void what_a_selector_marks_is_measured(void **state)
{
	(void)state;
	assert_int_equal(choose("lamps:02, lamp_0"), JOULES_OK);
	assert_int_equal(joules_meter_domain_count(meter), 2);
	assert_string_equal(joules_meter_domain(meter, 0)->name, "lamp_0");
	assert_string_equal(joules_meter_domain(meter, 1)->name, "lamp_2");
	assert_int_equal(joules_meter_missing_count(meter), 0);
}

static void what_it_marks_and_cannot_be_read_is_missing(void **state)
{
	(void)state;
	reasons[1] = JOULES_REASON_PERMISSION;
	assert_int_equal(choose("lamps:01"), JOULES_OK);
	assert_int_equal(joules_meter_domain_count(meter), 1);
	assert_int_equal(joules_meter_missing_count(meter), 1);
	assert_string_equal(joules_meter_missing(meter, 0)->name, "lamp_1");
}

/* What sleeps or is somebody else's: whichever device says so. */
static void what_has_no_part_in_it_is_missed_by_nobody(void **state)
{
	(void)state;
	reasons[1] = JOULES_REASON_ASLEEP;
	reasons[2] = JOULES_REASON_FOREIGN;
	reasons[3] = JOULES_REASON_FAILED;
	assert_int_equal(choose("lamps:0123"), JOULES_OK);
	assert_int_equal(joules_meter_domain_count(meter), 1);
	assert_int_equal(joules_meter_missing_count(meter), 1);
	assert_string_equal(joules_meter_missing(meter, 0)->name, "lamp_3");
	joules_meter_close(meter);
	assert_int_equal(choose("lamps"), JOULES_OK);
	assert_int_equal(joules_meter_missing_count(meter), 1);
}

static void where_nothing_can_be_read_that_is_the_error(void **state)
{
	(void)state;
	static const struct {
		joules_reason reason;
		joules_status status;
	} rows[] = {
		{ JOULES_REASON_PERMISSION, JOULES_NO_PERMISSION },
		{ JOULES_REASON_FOREIGN, JOULES_NO_PERMISSION },
		{ JOULES_REASON_ABSENT, JOULES_NO_DOMAIN },
		{ JOULES_REASON_ASLEEP, JOULES_NO_DOMAIN },
		{ JOULES_REASON_FAILED, JOULES_NO_DOMAIN },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		reasons[2] = rows[i].reason;
		assert_int_equal(choose("lamps:2"), rows[i].status);
		assert_non_null(strstr(joules_error_message(), "lamp_2 cannot be measured: the lamp is out; light it"));
		assert_int_equal(choose("lamp_2"), rows[i].status);
	}
}

static void a_selector_refuses_with_words_of_its_own(void **state)
{
	(void)state;
	assert_int_equal(choose("lamps:"), JOULES_INVALID_ARGUMENT);
	assert_string_equal(joules_error_message(), "which lamps?");
	assert_int_equal(choose("lamp:1"), JOULES_NO_DOMAIN);
	assert_non_null(strstr(joules_error_message(), "there is no domain or device 'lamp:1' here"));
}

/* Nobody insists on it: it is measured, or missed, or not there. */
static void a_name_with_a_question_mark_is_no_condition(void **state)
{
	(void)state;
	reasons[2] = JOULES_REASON_FAILED;
	assert_int_equal(choose("lamp_0, lamp_1?, lamp_2?, lamp_2?, lamp_7?"), JOULES_OK);
	assert_int_equal(joules_meter_domain_count(meter), 2);
	assert_string_equal(joules_meter_domain(meter, 1)->name, "lamp_1");
	assert_int_equal(joules_meter_missing_count(meter), 1);
	assert_string_equal(joules_meter_missing(meter, 0)->name, "lamp_2");
}

static void what_is_chosen_twice_is_missed_once(void **state)
{
	(void)state;
	reasons[0] = reasons[1] = reasons[2] = JOULES_REASON_FAILED;
	assert_int_equal(choose("lamps,lamps,lamps,lamps,lamps,lamps,lamps,lamps"), JOULES_OK);
	assert_int_equal(joules_meter_missing_count(meter), 3);
}

/* ---- what the Python package measures where nothing is named ---- */

static void add_zone(const char *zone, const char *name, bool readable)
{
	char path[128];
	snprintf(path, sizeof path, "sys/class/powercap/%s/name", zone);
	fake_root_write(path, name);
	snprintf(path, sizeof path, "sys/class/powercap/%s/max_energy_range_uj", zone);
	fake_root_write(path, "262143328850\n");
	snprintf(path, sizeof path, "sys/class/powercap/%s/energy_uj", zone);
	if (readable)
		fake_root_write(path, "1000000\n");
}

static void assert_python_measures(const char *expected, const char *missing)
{
	joules_options options = JOULES_OPTIONS_INIT;
	options.domains = "python";
	options.sysroot = fake_root;
	char names[256] = "", missed[256] = "";
	joules_meter_close(meter);
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
	for (size_t i = 0; i < joules_meter_domain_count(meter); i++)
		if (strncmp(joules_meter_domain(meter, i)->name, "nvidia_", 7) != 0)
			strcat(strcat(names, joules_meter_domain(meter, i)->name), " ");
	for (size_t i = 0; i < joules_meter_missing_count(meter); i++)
		if (strncmp(joules_meter_missing(meter, i)->name, "nvidia_", 7) != 0)
			strcat(strcat(missed, joules_meter_missing(meter, i)->name), " ");
	assert_string_equal(names, expected);
	assert_string_equal(missed, missing);
}

static int setup_machine(void **state)
{
	(void)setup(state);
	for (size_t i = 0; i < LAMPS; i++)
		reasons[i] = JOULES_REASON_ASLEEP;
	int failed = fake_root_setup(state);
	if (!failed)
		fake_root_write("proc/stat", "cpu  1 0 1 1 0 0 0 0 0 0\ncpu0 1 0 1 1 0 0 0 0 0 0\n");
	return failed;
}

static int teardown_machine(void **state)
{
	(void)teardown(state);
	return fake_root_teardown(state);
}

static void python_measures_nothing_twice(void **state)
{
	(void)state;
	assert_python_measures("estimated_cpu ", "");
	add_zone("intel-rapl:3", "psys\n", true);
	add_zone("intel-rapl:0:1", "dram\n", true);
	add_zone("intel-rapl:0", "package-0\n", false);
	assert_python_measures("dram_0 psys ", "package_0 ");
	add_zone("intel-rapl:0", "package-0\n", true);
	add_zone("intel-rapl:0:0", "core\n", true);
	add_zone("intel-rapl:1", "package-1\n", false);
	assert_python_measures("package_0 dram_0 core_0 ", "package_1 ");
	reasons[1] = JOULES_REASON_NONE;
	assert_python_measures("package_0 dram_0 core_0 lamp_1 ", "package_1 ");
}

static void python_measures_all_dies_of_a_socket_or_none(void **state)
{
	(void)state;
	add_zone("intel-rapl:0", "package-0-die-0\n", true);
	add_zone("intel-rapl:1", "package-0-die-1\n", false);
	add_zone("intel-rapl:2", "package-1-die-0\n", true);
	add_zone("intel-rapl:3", "package-1-die-1\n", true);
	assert_python_measures("package_1_die_0 package_1_die_1 ", "package_0_die_0 package_0_die_1 ");
}

static void a_device_says_which_part_it_is_about(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		joules_part part;
	} rows[] = {
		{ "rapl", JOULES_PART_PACKAGE },
		{ "nvidia", JOULES_PART_GPU },
		{ "estimate", JOULES_PART_MACHINE },
		{ "lamps", JOULES_PART_BOARD },
	};
	joules_list *list;
	assert_int_equal(joules_list_new(&list, NULL), JOULES_OK);
	for (size_t i = 0; i < joules_list_device_count(list); i++)
		for (size_t j = 0; j < sizeof rows / sizeof *rows; j++)
			if (strcmp(joules_list_device(list, i)->name, rows[j].name) == 0)
				assert_int_equal(joules_list_device(list, i)->part, rows[j].part);
	joules_list_free(list);
}

#define WITH_LAMPS(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	if (joules_device_register(&lamps, NULL) != JOULES_OK)
		return 1;
	const struct CMUnitTest tests[] = {
		WITH_LAMPS(what_a_selector_marks_is_measured),
		WITH_LAMPS(what_it_marks_and_cannot_be_read_is_missing),
		WITH_LAMPS(what_has_no_part_in_it_is_missed_by_nobody),
		WITH_LAMPS(where_nothing_can_be_read_that_is_the_error),
		WITH_LAMPS(a_selector_refuses_with_words_of_its_own),
		WITH_LAMPS(a_name_with_a_question_mark_is_no_condition),
		WITH_LAMPS(what_is_chosen_twice_is_missed_once),
		cmocka_unit_test_setup_teardown(python_measures_nothing_twice, setup_machine, teardown_machine),
		cmocka_unit_test_setup_teardown(python_measures_all_dies_of_a_socket_or_none, setup_machine, teardown_machine),
		WITH_LAMPS(a_device_says_which_part_it_is_about),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
