/* SPDX-License-Identifier: MIT */
/* RAPL's unit arithmetic, names and zones, and the device on trees of every layout. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <joules/joules.h>

#include "devices/rapl/unit.h"
#include "devices/rapl/zones.h"
#include "fake_root.h"

/* ---- units ---- */

static void units_are_recovered_from_the_range(void **state)
{
	(void)state;
	const struct {
		uint64_t range_uj;
		double joules, error;
	} cases[] = {
		{ 262143328850, 1.0 / 16384, 0.0 },                              /* 61035 nJ: 2^-14 */
		{ 65532610987, 1.0 / 65536, 0.0 },                               /* 15258 nJ: 2^-16, AMD */
		{ 65712999613, 1.0 / 65536, 0.0027 },                            /* 15300 nJ: server DRAM */
		{ 4294967295000000, 1.0, 0.0 },                                  /* 1 J: Sapphire Rapids psys */
		{ 262143999938, 1.0 / 16384, 0.0 },                              /* exact, kernels 3.x and 4.x */
		{ 65535999984, 1.0 / 65536, 0.0 }, { 137438953440, 32e-6, 0.0 }, /* 32 µJ: Silvermont */
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rapl_unit unit = rapl_unit_of_range(cases[i].range_uj);
		assert_true(unit.known);
		assert_true(fabs(unit.joules / cases[i].joules - 1.0) < 1e-15);
		assert_true(unit.error == cases[i].error);
		assert_true(unit.modulus == UINT64_C(1) << 32);
	}
}

static void an_unknown_range_is_taken_as_it_comes(void **state)
{
	(void)state;
	struct rapl_unit odd = rapl_unit_of_range(123456789);
	assert_false(odd.known);
	assert_true(odd.joules == 1e-6);
	assert_true(odd.modulus == 123456790);
	assert_true(rapl_count(&odd, 777) == 777);
	assert_true(rapl_unit_of_range(0).modulus == 0);
	assert_false(rapl_unit_of_range(UINT64_MAX).known);
}

/* What the kernel prints for a count, and back. */
static void counts_come_back_exactly(void **state)
{
	(void)state;
	const uint64_t nanojoules[] = { 61035, 15258, 15300, 1000000000, 32000, 30517 };
	const uint64_t counts[] = { 0, 1, 2, 3, 15, 16, 17, 1000, 65535, 99999999, 2147483648, 4294967294, 4294967295 };
	for (size_t i = 0; i < sizeof nanojoules / sizeof *nanojoules; i++) {
		struct rapl_unit unit = rapl_unit_of_range(UINT64_C(4294967295) * nanojoules[i] / 1000);
		assert_true(unit.known);
		for (size_t j = 0; j < sizeof counts / sizeof *counts; j++)
			assert_true(rapl_count(&unit, counts[j] * nanojoules[i] / 1000) == counts[j]);
		for (uint64_t count = 7; count < UINT64_C(1) << 32; count = count * 3 + 1)
			assert_true(rapl_count(&unit, count * nanojoules[i] / 1000) == count);
	}
}

/* ---- names ---- */

static void zone_names_are_the_kernels(void **state)
{
	(void)state;
	const struct {
		const char *name;
		joules_part part;
		int package, die;
	} cases[] = {
		{ "package-0", JOULES_PART_PACKAGE, 0, -1 },
		{ "package-12", JOULES_PART_PACKAGE, 12, -1 },
		{ "package-0-die-1", JOULES_PART_PACKAGE, 0, 1 },
		{ "psys", JOULES_PART_PLATFORM, -1, -1 },
		{ "psys-1", JOULES_PART_PLATFORM, 1, -1 },
		{ "core", JOULES_PART_CORE, -1, -1 },
		{ "uncore", JOULES_PART_UNCORE, -1, -1 },
		{ "dram", JOULES_PART_DRAM, -1, -1 },
	};
	joules_part part;
	int package, die;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_true(zone_name_parse(cases[i].name, &part, &package, &die));
		assert_int_equal(part, cases[i].part);
		assert_int_equal(package, cases[i].package);
		assert_int_equal(die, cases[i].die);
	}
	const char *const bad[] = { "", "package", "package-", "package-x", "package-0-die", "package-0-die-", "package-0x",
		"package-99999999", "psys-", "psysx", "dram-0", "Core", "package-0-die-1-x" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(zone_name_parse(bad[i], &part, &package, &die));
}

/* ---- trees ---- */

#define RANGE "262143328850\n"
#define CLASS "sys/class/powercap/"

static void cpu_of(const char *vendor)
{
	char text[256];
	snprintf(text, sizeof text,
	    "processor\t: 0\nvendor_id\t: %s\ncpu family\t: 6\nmodel\t\t: 106\nmodel name\t: Test\nflags\t\t: fpu\n\n",
	    vendor);
	fake_root_write("proc/cpuinfo", text);
	fake_root_write("proc/stat", "cpu  1 2 3 4 5 6 7 8 0 0\n");
}

static void bare_cpu(void)
{
	cpu_of("GenuineIntel");
}

static void zone(const char *folder, const char *name, const char *energy, const char *range)
{
	char path[160];
	snprintf(path, sizeof path, "%s/name", folder);
	fake_root_write(path, name);
	snprintf(path, sizeof path, "%s/energy_uj", folder);
	if (energy)
		fake_root_write(path, energy);
	snprintf(path, sizeof path, "%s/max_energy_range_uj", folder);
	if (range)
		fake_root_write(path, range);
}

static void flat_link(const char *id, const char *target)
{
	char path[160];
	fake_root_write(CLASS "intel-rapl/enabled", "1\n");
	snprintf(path, sizeof path, "%s/%s%s", fake_root, CLASS, id);
	assert_int_equal(symlink(target, path), 0);
}

static joules_list *discover(void)
{
	joules_options options = JOULES_OPTIONS_INIT;
	options.sysroot = fake_root;
	joules_list *list;
	assert_int_equal(joules_list_new(&list, &options), JOULES_OK);
	return list;
}

static const joules_device *rapl_of(const joules_list *list)
{
	for (size_t i = 0; i < joules_list_device_count(list); i++)
		if (strcmp(joules_list_device(list, i)->name, "rapl") == 0)
			return joules_list_device(list, i);
	fail_msg("no rapl in the list");
	return NULL;
}

static const joules_domain *domain_named(const joules_device *device, const char *name)
{
	const joules_domain *found = NULL;
	for (size_t i = 0; i < device->domain_count; i++)
		if (strcmp(device->domains[i]->name, name) == 0) {
			assert_null(found); /* each once */
			found = device->domains[i];
		}
	return found;
}

/* The domains' names in order, unavailable ones in brackets. */
static void assert_domains(const joules_device *device, const char *expected)
{
	char names[1024] = "";
	for (size_t i = 0; i < device->domain_count; i++) {
		const joules_domain *domain = device->domains[i];
		size_t length = strlen(names);
		snprintf(
		    names + length, sizeof names - length, domain->available ? "%s%s" : "%s[%s]", i ? " " : "", domain->name);
		assert_int_equal(!domain->available, domain->reason != NULL);
		assert_int_equal(!domain->available, domain->reason_code != JOULES_REASON_NONE);
	}
	assert_string_equal(names, expected);
}

static void assert_tree(const char *expected)
{
	joules_list *list = discover();
	assert_domains(rapl_of(list), expected);
	joules_list_free(list);
}

static void the_kernels_layout_counts_each_zone_once(void **state)
{
	(void)state;
	bare_cpu();
#define REAL "sys/devices/virtual/powercap/intel-rapl/"
	zone(REAL "intel-rapl:0", "package-1\n", "5\n", RANGE);
	zone(REAL "intel-rapl:0/intel-rapl:0:0", "dram\n", "5\n", "65712999613\n");
	zone(REAL "intel-rapl:1", "psys\n", "5\n", "4294967295000000\n");
	zone(REAL "intel-rapl:a", "package-0\n", "5\n", RANGE);
	zone(REAL "intel-rapl:a/intel-rapl:a:1", "core\n", "5\n", RANGE);
	zone(REAL "intel-rapl:a/intel-rapl:a:0", "uncore\n", "5\n", RANGE);
	char circle[160];
	snprintf(circle, sizeof circle, "%s/" REAL "intel-rapl:0/subsystem", fake_root);
	assert_int_equal(symlink("../../../../../class/powercap", circle), 0);
	flat_link("intel-rapl:0", "../../devices/virtual/powercap/intel-rapl/intel-rapl:0");
	flat_link("intel-rapl:0:0", "../../devices/virtual/powercap/intel-rapl/intel-rapl:0/intel-rapl:0:0");
	flat_link("intel-rapl:1", "../../devices/virtual/powercap/intel-rapl/intel-rapl:1");
	flat_link("intel-rapl:a", "../../devices/virtual/powercap/intel-rapl/intel-rapl:a");
	flat_link("intel-rapl:a:0", "../../devices/virtual/powercap/intel-rapl/intel-rapl:a/intel-rapl:a:0");
	flat_link("intel-rapl:a:1", "../../devices/virtual/powercap/intel-rapl/intel-rapl:a/intel-rapl:a:1");
	joules_list *list = discover();
	const joules_device *rapl = rapl_of(list);
	assert_domains(rapl, "package_0 core_0 uncore_0 package_1 dram_1 psys");
	assert_string_equal(domain_named(rapl, "core_0")->parent, "package_0");
	assert_null(domain_named(rapl, "dram_1")->parent);
	assert_non_null(strstr(domain_named(rapl, "core_0")->path, "/sys/class/powercap/intel-rapl:a:1/energy_uj"));
	assert_true(domain_named(rapl, "package_0")->in_total);
	assert_true(domain_named(rapl, "dram_1")->in_total);
	assert_false(domain_named(rapl, "core_0")->in_total);
	assert_false(domain_named(rapl, "psys")->in_total);
	assert_true(domain_named(rapl, "dram_1")->unit_error > 0.0);
	assert_true(domain_named(rapl, "package_0")->unit_j == 1.0 / 16384);
	joules_list_free(list);
}

static void a_nested_only_tree_is_read(void **state)
{
	(void)state;
	bare_cpu();
	zone(CLASS "intel-rapl/intel-rapl:0", "package-0", "5", RANGE);
	zone(CLASS "intel-rapl/intel-rapl:0/intel-rapl:0:0", "dram", "5", RANGE);
	assert_tree("package_0 dram_0");
}

static void a_copied_tree_holds_folders_twice(void **state)
{
	(void)state;
	bare_cpu();
	zone(CLASS "intel-rapl:0", "package-0\n", "5\n", RANGE);
	zone(CLASS "intel-rapl:0/intel-rapl:0:0", "core\n", "5\n", RANGE);
	zone(CLASS "intel-rapl:0:0", "core\n", "5\n", RANGE);
	zone(CLASS "intel-rapl/intel-rapl:0", "package-0\n", "5\n", RANGE);
	assert_tree("package_0 core_0");
}

static void dies_are_domains_of_one_group(void **state)
{
	(void)state;
	bare_cpu();
	zone(CLASS "intel-rapl:0", "package-0-die-0\n", "5\n", RANGE);
	zone(CLASS "intel-rapl:1", "package-0-die-1\n", "5\n", RANGE);
	zone(CLASS "intel-rapl:1/intel-rapl:1:0", "core\n", "5\n", RANGE);
	joules_list *list = discover();
	const joules_device *rapl = rapl_of(list);
	assert_domains(rapl, "package_0_die_0 package_0_die_1 core_0_die_1");
	assert_string_equal(domain_named(rapl, "core_0_die_1")->parent, "package_0_die_1");
	assert_string_equal(domain_named(rapl, "package_0_die_1")->group, "package_0");
	joules_list_free(list);
	joules_options options = JOULES_OPTIONS_INIT;
	options.sysroot = fake_root;
	options.domains = "package_0";
	joules_meter *meter;
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
	assert_int_equal(joules_meter_domain_count(meter), 2);
	joules_meter_close(meter);
}

static void mmio_is_the_same_package_again(void **state)
{
	(void)state;
	bare_cpu();
	zone(CLASS "intel-rapl-mmio:0", "package-0\n", "7\n", RANGE);
	zone(CLASS "intel-rapl:0", "package-0\n", "5\n", RANGE);
	joules_list *list = discover();
	assert_domains(rapl_of(list), "package_0");
	assert_non_null(strstr(rapl_of(list)->domains[0]->path, "/intel-rapl:0/"));
	joules_list_free(list);
}

static void what_cannot_be_measured_is_listed_with_its_reason(void **state)
{
	(void)state;
	bare_cpu();
	zone(CLASS "intel-rapl:0", "package-0\n", "no number\n", RANGE);
	zone(CLASS "intel-rapl:1", "package-1\n", NULL, RANGE);
	zone(CLASS "intel-rapl:2", "package-2\n", "5\n", NULL);
	zone(CLASS "intel-rapl:3", "gadget\n", "5\n", RANGE);
	flat_link("intel-rapl:4", "../../devices/virtual/powercap/intel-rapl/intel-rapl:4");
	joules_list *list = discover();
	const joules_device *rapl = rapl_of(list);
	assert_domains(rapl, "[package_0] [package_1] package_2 [intel-rapl:3] [intel-rapl:4]");
	assert_non_null(strstr(domain_named(rapl, "package_0")->reason, "no number"));
	assert_non_null(strstr(domain_named(rapl, "package_1")->reason, "no energy counter"));
	assert_non_null(strstr(domain_named(rapl, "intel-rapl:3")->reason, "gadget"));
	assert_non_null(strstr(domain_named(rapl, "intel-rapl:4")->reason, "container"));
	assert_int_equal(domain_named(rapl, "package_0")->reason_code, JOULES_REASON_FAILED);
	assert_int_equal(domain_named(rapl, "package_1")->reason_code, JOULES_REASON_UNSUPPORTED);
	assert_int_equal(domain_named(rapl, "intel-rapl:3")->reason_code, JOULES_REASON_UNSUPPORTED);
	assert_int_equal(domain_named(rapl, "intel-rapl:4")->reason_code, JOULES_REASON_ABSENT);
	assert_false(domain_named(rapl, "package_2")->unit_known);
	joules_list_free(list);
}

static void garbage_in_any_file_harms_nothing_else(void **state)
{
	(void)state;
	const char *const garbage[] = { "", "\n", "-1\n", "99999999999999999999999\n", "0x10\n", "1 2\n", "\xff\xfe\n",
		"12a\n" };
	bare_cpu();
	zone(CLASS "intel-rapl:1", "package-1\n", "5\n", RANGE);
	for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
		zone(CLASS "intel-rapl:0", "package-0\n", garbage[i], RANGE);
		assert_tree("[package_0] package_1");
		zone(CLASS "intel-rapl:0", "package-0\n", "5\n", garbage[i]);
		assert_tree("package_0 package_1");
		zone(CLASS "intel-rapl:0", garbage[i], "5\n", RANGE);
		assert_tree("package_1 [intel-rapl:0]");
	}
}

static void captures_padded_with_nul_are_read(void **state)
{
	(void)state;
	bare_cpu();
	fake_root_write_bytes(CLASS "intel-rapl:0/name", "package-0\n\0\0\0\0", 14);
	fake_root_write_bytes(CLASS "intel-rapl:0/energy_uj", "123456789012\n\0\0\0", 16);
	fake_root_write_bytes(CLASS "intel-rapl:0/max_energy_range_uj", "262143328850\0\0", 14);
	joules_list *list = discover();
	assert_domains(rapl_of(list), "package_0");
	assert_true(rapl_of(list)->domains[0]->unit_known);
	joules_list_free(list);
}

static void readings_are_exact_and_wrap(void **state)
{
	(void)state;
	bare_cpu();
	zone(CLASS "intel-rapl:0", "package-0\n", "262143328000\n", RANGE);
	joules_options options = JOULES_OPTIONS_INIT;
	options.sysroot = fake_root;
	joules_meter *meter;
	joules_trace *trace;
	joules_sample *sample = NULL;
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
	assert_int_equal(joules_meter_start(meter, "wrap"), JOULES_OK);
	fake_root_write(CLASS "intel-rapl:0/energy_uj", "61\n"); /* count 1 */
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	assert_int_equal(joules_meter_trace(meter, &trace), JOULES_OK);
	assert_int_equal(joules_trace_sample(trace, 0, &sample), JOULES_OK);
	/* 262143328000 µJ is count 4294967282 (ceil of × 1000 / 61035): 14 to the wrap, 1 after it. */
	assert_true(joules_sample_energy(sample, 0)->joules == 15.0 / 16384);
	assert_true(joules_sample_energy(sample, 0)->flags & JOULES_WRAPPED);
	joules_sample_free(sample);
	joules_trace_unref(trace);
	joules_meter_close(meter);
}

static void no_zones_at_all_says_why(void **state)
{
	(void)state;
	bare_cpu();
	fake_root_write("sys/kernel/nothing", "");
	joules_list *list = discover();
	const joules_device *rapl = rapl_of(list);
	assert_false(rapl->available);
	assert_non_null(strstr(rapl->reason, "powercap"));
	assert_int_equal(rapl->reason_code, JOULES_REASON_ABSENT);
	assert_non_null(rapl->cure);
	assert_string_equal(rapl->command, "sudo modprobe intel_rapl_msr");
	joules_list_free(list);
}

/* Whether it is a matter of rights is not read from words: a path may hold any. */
static void a_broken_counter_below_a_folder_called_root_is_not_forbidden(void **state)
{
	(void)state;
	zone("hostroot/" CLASS "intel-rapl:0", "package-0\n", "garbage\n", RANGE);
	char root[256];
	(void)snprintf(root, sizeof root, "%s/hostroot", fake_root);
	joules_options options = JOULES_OPTIONS_INIT;
	options.sysroot = root;
	options.domains = "package_0";
	joules_meter *meter;
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_NO_DOMAIN);
	assert_non_null(strstr(joules_error_message(), "hostroot/sys/class/powercap/intel-rapl:0/energy_uj"));
}

static void a_sysroot_that_does_not_exist_is_an_error(void **state)
{
	(void)state;
	joules_options options = JOULES_OPTIONS_INIT;
	options.sysroot = "/nonexistent/machine";
	joules_list *list = (joules_list *)&options;
	joules_meter *meter;
	assert_int_equal(joules_list_new(&list, &options), JOULES_INVALID_ARGUMENT);
	assert_null(list);
	assert_non_null(strstr(joules_error_message(), "/nonexistent/machine"));
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_INVALID_ARGUMENT);
}

/* By these it is decided when a counter that stands still is stuck. */
static void each_part_says_the_least_that_it_takes(void **state)
{
	(void)state;
	bare_cpu();
	zone(CLASS "intel-rapl:0", "package-0\n", "5\n", RANGE);
	zone(CLASS "intel-rapl:0:0", "core\n", "5\n", RANGE);
	zone(CLASS "intel-rapl:0:1", "uncore\n", "5\n", RANGE);
	zone(CLASS "intel-rapl:0:2", "dram\n", "5\n", RANGE);
	zone(CLASS "intel-rapl:1", "psys\n", "5\n", RANGE);
	joules_list *list = discover();
	const joules_device *rapl = rapl_of(list);
	assert_true(domain_named(rapl, "package_0")->least_power_w == 0.1);
	assert_true(domain_named(rapl, "dram_0")->least_power_w == 0.02);
	assert_true(domain_named(rapl, "psys")->least_power_w == 5.0);
	assert_true(domain_named(rapl, "core_0")->least_power_w == 0.0);
	assert_true(domain_named(rapl, "uncore_0")->least_power_w == 0.0);
	for (size_t i = 0; i < rapl->domain_count; i++)
		assert_false(rapl->domains[i]->may_block);
	joules_list_free(list);
}

static void cpu_model(unsigned model, unsigned threads)
{
	char text[512] = "cpu  1 2 3 4 5 6 7 8 0 0\n";
	for (unsigned i = 0; i < threads; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "cpu%u 1 2 3 4\n", i);
	fake_root_write("proc/stat", text);
	snprintf(text, sizeof text,
	    "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: %u\nflags\t\t: fpu\n\n", model);
	fake_root_write("proc/cpuinfo", text);
}

/* Kernels before 6.1 or so took Haswell's unit for the memory of Sapphire Rapids: 4 times too low. */
static void the_memory_of_sapphire_rapids_has_a_unit_of_its_own(void **state)
{
	(void)state;
	static const struct {
		unsigned model;
		double unit_j, error;
	} cases[] = { { 0x8f, 1.0 / 16384, 0.0 }, { 0xcf, 1.0 / 16384, 0.0 }, { 0x6a, 1.0 / 65536, 0.0027 } };
	zone(CLASS "intel-rapl:0", "package-0\n", "5\n", RANGE);
	zone(CLASS "intel-rapl:0:0", "dram\n", "5\n", "65712999613\n");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cpu_model(cases[i].model, 1);
		joules_list *list = discover();
		const joules_domain *dram = domain_named(rapl_of(list), "dram_0");
		assert_true(dram->unit_j == cases[i].unit_j && dram->unit_error == cases[i].error);
		joules_list_free(list);
	}
}

static void an_unknown_unit_may_hide_a_coarse_step(void **state)
{
	(void)state;
	bare_cpu();
	zone(CLASS "intel-rapl:0", "package-0\n", "5\n", NULL);
	zone(CLASS "intel-rapl:1", "psys\n", "5\n", "0\n");
	zone(CLASS "intel-rapl:2", "package-1\n", "5\n", RANGE);
	joules_list *list = discover();
	assert_true(domain_named(rapl_of(list), "package_0")->step_j == 1.0 / 16384);
	assert_true(domain_named(rapl_of(list), "psys")->step_j == 1.0);
	assert_true(domain_named(rapl_of(list), "package_1")->step_j == 0.0);
	joules_list_free(list);
}

static void the_highest_power_follows_the_threads_of_a_package(void **state)
{
	(void)state;
	zone(CLASS "intel-rapl:0", "package-0\n", "5\n", RANGE);
	zone(CLASS "intel-rapl:0:0", "core\n", "5\n", RANGE);
	zone(CLASS "intel-rapl:0:1", "dram\n", "5\n", RANGE);
	zone(CLASS "intel-rapl:1", "psys\n", "5\n", RANGE);
	cpu_model(106, 4);
	joules_list *list = discover();
	assert_true(domain_named(rapl_of(list), "package_0")->max_power_w == 600.0); /* a container may see fewer threads */
	assert_true(domain_named(rapl_of(list), "dram_0")->max_power_w == 1000.0);
	assert_true(domain_named(rapl_of(list), "package_0")->max_unread_s == 30.0);
	/* psys of 262 kJ at 20 kW: read twice in 13 s */
	assert_true(domain_named(rapl_of(list), "psys")->max_unread_s > 6.0);
	assert_true(domain_named(rapl_of(list), "psys")->max_unread_s < 7.0);
	joules_list_free(list);
	cpu_model(106, 28);
	list = discover();
	assert_true(domain_named(rapl_of(list), "package_0")->max_power_w == 800.0);
	assert_true(domain_named(rapl_of(list), "core_0")->max_power_w == 800.0);
	joules_list_free(list);
}

static void amds_core_counter_is_of_one_core(void **state)
{
	(void)state;
	static const char *const vendors[] = { "GenuineIntel", "AuthenticAMD", "HygonGenuine" };
	for (size_t i = 0; i < sizeof vendors / sizeof *vendors; i++) {
		cpu_of(vendors[i]);
		zone(CLASS "intel-rapl:0", "package-0\n", "5\n", RANGE);
		zone(CLASS "intel-rapl:0:0", "core\n", "5\n", RANGE);
		joules_list *list = discover();
		const joules_domain *core = domain_named(rapl_of(list), "core_0");
		assert_int_equal(core->covers, i ? JOULES_COVERS_ONE_CORE : JOULES_COVERS_NAMED);
		assert_int_equal(core->scope != NULL, i > 0);
		joules_list_free(list);
	}
}

/* Half a minute, or half the time that the counter needs for its whole range at its highest power: no wrap is missed.
 */
static void no_counter_goes_unread_for_long(void **state)
{
	(void)state;
	cpu_of("GenuineIntel");
	zone(CLASS "intel-rapl:0", "package-0\n", "5\n", RANGE);
	zone(CLASS "intel-rapl:1", "psys\n", "5\n", RANGE);
	zone(CLASS "intel-rapl:2", "package-1\n", "5\n", "no number\n");
	joules_list *list = discover();
	const joules_device *rapl = rapl_of(list);
	const joules_domain *psys = domain_named(rapl, "psys");
	double range_s = (double)psys->modulus * psys->unit_j / psys->max_power_w;
	assert_true(domain_named(rapl, "package_0")->max_unread_s == 30.0);
	assert_true(domain_named(rapl, "package_1")->max_unread_s == 30.0);
	assert_true(range_s < 14.0 && psys->max_unread_s == range_s / 2.0);
	joules_list_free(list);
}

#define ON_A_TREE(function) cmocka_unit_test_setup_teardown(function, fake_root_setup, fake_root_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_are_recovered_from_the_range),
		cmocka_unit_test(an_unknown_range_is_taken_as_it_comes),
		cmocka_unit_test(counts_come_back_exactly),
		cmocka_unit_test(zone_names_are_the_kernels),
		ON_A_TREE(the_kernels_layout_counts_each_zone_once),
		ON_A_TREE(a_nested_only_tree_is_read),
		ON_A_TREE(a_copied_tree_holds_folders_twice),
		ON_A_TREE(dies_are_domains_of_one_group),
		ON_A_TREE(mmio_is_the_same_package_again),
		ON_A_TREE(what_cannot_be_measured_is_listed_with_its_reason),
		ON_A_TREE(garbage_in_any_file_harms_nothing_else),
		ON_A_TREE(captures_padded_with_nul_are_read),
		ON_A_TREE(readings_are_exact_and_wrap),
		ON_A_TREE(no_zones_at_all_says_why),
		ON_A_TREE(each_part_says_the_least_that_it_takes),
		ON_A_TREE(the_memory_of_sapphire_rapids_has_a_unit_of_its_own),
		ON_A_TREE(an_unknown_unit_may_hide_a_coarse_step),
		ON_A_TREE(the_highest_power_follows_the_threads_of_a_package),
		ON_A_TREE(no_counter_goes_unread_for_long),
		ON_A_TREE(amds_core_counter_is_of_one_core),
		ON_A_TREE(a_broken_counter_below_a_folder_called_root_is_not_forbidden),
		cmocka_unit_test(a_sysroot_that_does_not_exist_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
