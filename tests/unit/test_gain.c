/* SPDX-License-Identifier: MIT */
/* The class of each counter, by vendor and generation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/rapl/gain.h"

static joules_gain gain(enum cpu_vendor vendor, unsigned family, unsigned model, joules_part part)
{
	struct cpu cpu = { .vendor = vendor, .family = family, .model = model };
	return gain_of(&cpu, part);
}

static joules_gain intel(unsigned model, joules_part part)
{
	return gain(CPU_INTEL, 6, model, part);
}

static void test_sandy_and_ivy_bridge_are_modelled(void **state)
{
	(void)state;
	static const unsigned models[] = { 0x2a, 0x2d, 0x3a, 0x3e };
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(intel(models[i], JOULES_PART_PACKAGE), JOULES_GAIN_MODELLED);
		assert_int_equal(intel(models[i], JOULES_PART_CORE), JOULES_GAIN_MODELLED);
		assert_int_equal(intel(models[i], JOULES_PART_DRAM), JOULES_GAIN_MODELLED);
	}
}

static void test_packages_since_haswell_are_measured(void **state)
{
	(void)state;
	static const unsigned models[] = { 0x3c, 0x3f, 0x4f, 0x55, 0x6a, 0x8f, 0x97, 0x9e, 0xad, 0xcf };
	for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
		assert_int_equal(intel(models[i], JOULES_PART_PACKAGE), JOULES_GAIN_MEASURED);
		assert_int_equal(intel(models[i], JOULES_PART_CORE), JOULES_GAIN_UNKNOWN);
		assert_int_equal(intel(models[i], JOULES_PART_UNCORE), JOULES_GAIN_UNKNOWN);
		assert_int_equal(intel(models[i], JOULES_PART_PLATFORM), JOULES_GAIN_UNKNOWN);
	}
}

static void test_memory(void **state)
{
	(void)state;
	assert_int_equal(intel(0x3f, JOULES_PART_DRAM), JOULES_GAIN_MEASURED);
	assert_int_equal(intel(0x4f, JOULES_PART_DRAM), JOULES_GAIN_MEASURED);
	assert_int_equal(intel(0x3c, JOULES_PART_DRAM), JOULES_GAIN_UNKNOWN); /* Haswell desktop */
	assert_int_equal(intel(0x6a, JOULES_PART_DRAM), JOULES_GAIN_UNKNOWN); /* Ice Lake-SP */
}

static void test_zen_is_modelled(void **state)
{
	(void)state;
	assert_int_equal(gain(CPU_AMD, 0x17, 0x31, JOULES_PART_PACKAGE), JOULES_GAIN_MODELLED);
	assert_int_equal(gain(CPU_AMD, 0x19, 0x11, JOULES_PART_CORE), JOULES_GAIN_MODELLED);
	assert_int_equal(gain(CPU_AMD, 0x1a, 0x02, JOULES_PART_PACKAGE), JOULES_GAIN_MODELLED);
	assert_int_equal(gain(CPU_HYGON, 0x18, 0x01, JOULES_PART_PACKAGE), JOULES_GAIN_MODELLED);
	assert_int_equal(gain(CPU_AMD, 0x15, 0x02, JOULES_PART_PACKAGE), JOULES_GAIN_UNKNOWN);
}

static void test_others_are_unknown(void **state)
{
	(void)state;
	assert_int_equal(gain(CPU_OTHER, 0, 0, JOULES_PART_PACKAGE), JOULES_GAIN_UNKNOWN);
	assert_int_equal(gain(CPU_ARM, 0, 0, JOULES_PART_PACKAGE), JOULES_GAIN_UNKNOWN);
	assert_int_equal(intel(0x5c, JOULES_PART_PACKAGE), JOULES_GAIN_UNKNOWN);               /* Goldmont */
	assert_int_equal(intel(0x57, JOULES_PART_PACKAGE), JOULES_GAIN_UNKNOWN);               /* Knights Landing */
	assert_int_equal(gain(CPU_INTEL, 19, 0x55, JOULES_PART_PACKAGE), JOULES_GAIN_UNKNOWN); /* another family */
	assert_int_equal(intel(0x55, JOULES_PART_GPU), JOULES_GAIN_UNKNOWN);
	assert_int_equal(intel(0x2a, JOULES_PART_OTHER), JOULES_GAIN_UNKNOWN);
}

/* What a guest reads is the hypervisor's share by CPU time, whatever the host's counter is worth. */
static void test_guests_see_an_estimate(void **state)
{
	(void)state;
	struct cpu cpu = { .vendor = CPU_INTEL, .family = 6, .model = 0x6a, .is_virtual = true };
	assert_int_equal(gain_of(&cpu, JOULES_PART_PACKAGE), JOULES_GAIN_ESTIMATED);
	assert_int_equal(gain_of(&cpu, JOULES_PART_DRAM), JOULES_GAIN_ESTIMATED);
	assert_int_equal(gain_of(&cpu, JOULES_PART_GPU), JOULES_GAIN_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sandy_and_ivy_bridge_are_modelled),
		cmocka_unit_test(test_packages_since_haswell_are_measured),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_zen_is_modelled),
		cmocka_unit_test(test_others_are_unknown),
		cmocka_unit_test(test_guests_see_an_estimate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
