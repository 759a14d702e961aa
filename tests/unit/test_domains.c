/* SPDX-License-Identifier: MIT */
/* What a device hands over is copied to the last string, and may be a struct of an older header. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/why.h"
#include "model/domains.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void a_copy_owns_all_that_it_points_to(void **state)
{
	(void)state;
	char name[] = "gpu_7", scope[] = "module", product[] = "X100", uuid[] = "GPU-1", pci[] = "0000:01:00.0";
	joules_gpu gpu = JOULES_GPU_INIT;
	gpu.product = product;
	gpu.uuid = uuid;
	gpu.pci = pci;
	gpu.mig = true;
	joules_domain domain = JOULES_DOMAIN_INIT, copy;
	domain.name = name;
	domain.part = JOULES_PART_GPU;
	domain.covers = JOULES_COVERS_MODULE;
	domain.scope = scope;
	domain.gpu = &gpu;
	domain.least_power_w = 0.5;
	domain.may_block = true;
	assert_true(domain_copy(&copy, &domain));
	*name = *scope = *product = *uuid = *pci = '?';
	gpu.mig = false;
	assert_string_equal(copy.name, "gpu_7");
	assert_string_equal(copy.scope, "module");
	assert_string_equal(copy.gpu->product, "X100");
	assert_string_equal(copy.gpu->uuid, "GPU-1");
	assert_string_equal(copy.gpu->pci, "0000:01:00.0");
	assert_true(copy.gpu->mig && copy.gpu->visible && !copy.gpu->suspended);
	assert_int_equal(copy.covers, JOULES_COVERS_MODULE);
	assert_true(copy.may_block && copy.least_power_w == 0.5);
	domain_clear(&copy);
	assert_null(copy.name);
	assert_null(copy.gpu);
}

/* Of each domain a name is enough. */
static void a_sample_of_ones_own_has_the_same_total(void **state)
{
	(void)state;
	static const struct {
		const char *names; /* with 1 J, 2 J, 3 J … */
		double total;
	} rows[] = {
		{ "package_0 core_0 uncore_0 dram_0 psys nvidia_gpu_0", 1 + 4 + 6 },
		{ "core_0 psys", 2 },
		{ "core_0 uncore_0", 3 },
		{ "core_0_die_1 package_0_die_1 package_1", 5 },
		{ "core_0_die_1 package_0", 2 },
		{ "core_10 package_1", 3 },
		{ "d1 packages", 3 },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char names[128], *at = names;
		strcpy(names, rows[i].names);
		joules_domain domains[8];
		const joules_domain *items[8];
		size_t count = 0;
		for (char *name; (name = strsep(&at, " ")); count++) {
			domains[count] = (joules_domain)JOULES_DOMAIN_INIT;
			domains[count].name = name;
			items[count] = &domains[count];
		}
		joules_sample *sample;
		assert_int_equal(joules_sample_new(&sample, items, count, NULL, 0), JOULES_OK);
		assert_true(isnan(joules_sample_total(sample, NULL)->joules));
		for (size_t d = 0; d < count; d++)
			assert_int_equal(joules_sample_set(sample, d, (double)d + 1, (double)d, (double)d + 2, 0), JOULES_OK);
		assert_true(joules_sample_total(sample, NULL)->joules == rows[i].total);
		joules_sample_free(sample);
	}
}

static void a_sample_of_ones_own_says_what_is_missing(void **state)
{
	(void)state;
	joules_domain package = JOULES_DOMAIN_INIT, other = JOULES_DOMAIN_INIT, nameless = JOULES_DOMAIN_INIT;
	package.name = "package_0";
	other.name = "package_1";
	const joules_domain *items[] = { &package, &other, &nameless };
	const char *name = NULL;
	joules_sample *sample;
	assert_int_equal(joules_sample_new(&sample, items, 1, items + 1, 1), JOULES_OK);
	assert_int_equal(joules_sample_set(sample, 0, 5.0, 4.0, 6.0, 0), JOULES_OK);
	assert_int_equal(joules_sample_missing(sample, &name, 1), 1);
	assert_string_equal(name, "package_1");
	const joules_energy *total = joules_sample_total(sample, NULL);
	assert_true(total->joules == 5.0 && total->low == 4.0 && isnan(total->high));
	assert_int_equal(total->flags, JOULES_PARTIAL);
	assert_int_equal(joules_sample_set(sample, 1, 5.0, 4.0, 6.0, 0), JOULES_INVALID_ARGUMENT);
	joules_sample_free(sample);
	assert_int_equal(joules_sample_new(&sample, items, 3, NULL, 0), JOULES_INVALID_ARGUMENT);
	assert_null(sample);
	assert_int_equal(joules_sample_new(&sample, NULL, 1, NULL, 0), JOULES_INVALID_ARGUMENT);
}

static void each_part_has_its_word(void **state)
{
	(void)state;
	static const char *const words[] = { "other", "package", "core", "uncore", "dram", "platform", "gpu", "machine",
		"board", "node", "unknown" };
	for (unsigned part = 0; part < COUNT(words); part++)
		assert_string_equal(joules_part_name((joules_part)part), words[part]);
	assert_string_equal(joules_part_name((joules_part)COUNT(words)), "other");
}

static void each_reason_has_its_word(void **state)
{
	(void)state;
	static const char *const words[] = { "absent", "permission", "asleep", "foreign", "unsupported", "failed", "reset",
		"slept", "implausible", "unread", "stuck", "short" };
	assert_null(joules_reason_name(JOULES_REASON_NONE));
	for (unsigned i = 0; i < COUNT(words); i++)
		assert_string_equal(joules_reason_name((joules_reason)(i + 1)), words[i]);
	assert_null(joules_reason_name((joules_reason)(COUNT(words) + 1)));
}

static void messages_say_why_not_and_what_would_help(void **state)
{
	(void)state;
	static const struct {
		const char *reason, *cure, *command, *expected;
	} rows[] = {
		{ "it is not loaded", "load it", "sudo modprobe x", "it is not loaded; load it: sudo modprobe x" },
		{ "it is gone", "look for it", NULL, "it is gone; look for it" },
		{ "it is gone", NULL, "sudo reboot", "it is gone; sudo reboot" },
		{ "it is gone", NULL, NULL, "it is gone" },
		{ NULL, "wait", NULL, "wait" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text text = TEXT_INIT;
		why_add(&text, rows[i].reason, rows[i].cure, rows[i].command);
		assert_string_equal(text_string(&text), rows[i].expected);
		text_free(&text);
	}
}

/* ---- what a device leaves out, the library says ---- */

static joules_status discover(void *context, const joules_options *options, joules_discovery *found)
{
	(void)context, (void)options;
	joules_domain domain = JOULES_DOMAIN_INIT;
	domain.name = "nameless_fault";
	domain.available = false;
	domain.in_total = true; /* not the device's to say */
	domain.device = "another";
	return joules_discovery_add(found, &domain);
}

static joules_status discover_nothing(void *context, const joules_options *options, joules_discovery *found)
{
	(void)context, (void)options;
	assert_int_equal(joules_discovery_absent(found, NULL), JOULES_INVALID_ARGUMENT);
	joules_absence absence = JOULES_ABSENCE_INIT;
	char reason[] = "unplugged";
	absence.reason_code = JOULES_REASON_FOREIGN;
	absence.reason = "first";
	assert_int_equal(joules_discovery_absent(found, &absence), JOULES_OK);
	absence.reason = reason; /* the later one holds */
	absence.cure = "plug it in";
	absence.command = "plug";
	joules_status status = joules_discovery_absent(found, &absence);
	*reason = '?';
	return status;
}

static joules_status discover_badly(void *context, const joules_options *options, joules_discovery *found)
{
	(void)context, (void)options, (void)found;
	return joules_fail(JOULES_IO, "the bus is on fire");
}

static joules_status open_none(
    void *context, const joules_options *options, const joules_domain *const *domains, size_t count, void **state)
{
	(void)context, (void)options, (void)domains, (void)count, (void)state;
	return joules_fail(JOULES_IO, "never");
}

static void read_none(void *state, joules_raw *const raw[])
{
	(void)state, (void)raw;
}

static void close_none(void *state)
{
	(void)state;
}

#define DEVICE(device_name, function) \
	{ .size = sizeof(joules_device_ops), \
		.name = (device_name), \
		.discover = (function), \
		.open = open_none, \
		.read = read_none, \
		.close = close_none }
static const joules_device_ops faulty = DEVICE("faulty", discover), unplugged = DEVICE("unplugged", discover_nothing),
                               burning = DEVICE("burning", discover_badly);

static const joules_device *device_called(const joules_list *list, const char *name)
{
	for (size_t i = 0; i < joules_list_device_count(list); i++)
		if (strcmp(joules_list_device(list, i)->name, name) == 0)
			return joules_list_device(list, i);
	fail_msg("no %s in the list", name);
	return NULL;
}

static void whatever_is_not_available_has_a_reason_and_its_code(void **state)
{
	(void)state;
	assert_int_equal(joules_device_register(&faulty, NULL), JOULES_OK);
	assert_int_equal(joules_device_register(&unplugged, NULL), JOULES_OK);
	assert_int_equal(joules_device_register(&burning, NULL), JOULES_OK);
	joules_list *list;
	assert_int_equal(joules_list_new(&list, NULL), JOULES_OK);
	const joules_device *device = device_called(list, "faulty");
	const joules_domain *domain = device->domains[0];
	assert_int_equal(domain->reason_code, JOULES_REASON_FAILED);
	assert_string_equal(domain->reason, "it is not available");
	assert_string_equal(domain->device, "faulty");
	assert_int_equal(device->reason_code, JOULES_REASON_FAILED);
	assert_string_equal(device->reason, domain->reason);
	device = device_called(list, "unplugged");
	assert_int_equal(device->reason_code, JOULES_REASON_FOREIGN);
	assert_string_equal(device->reason, "unplugged");
	assert_string_equal(device->cure, "plug it in");
	assert_string_equal(device->command, "plug");
	device = device_called(list, "burning");
	assert_int_equal(device->reason_code, JOULES_REASON_FAILED);
	assert_string_equal(device->reason, "the bus is on fire");
	joules_list_free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_owns_all_that_it_points_to),
		cmocka_unit_test(a_sample_of_ones_own_has_the_same_total),
		cmocka_unit_test(a_sample_of_ones_own_says_what_is_missing),
		cmocka_unit_test(each_part_has_its_word),
		cmocka_unit_test(each_reason_has_its_word),
		cmocka_unit_test(messages_say_why_not_and_what_would_help),
		cmocka_unit_test(whatever_is_not_available_has_a_reason_and_its_code),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
