/* SPDX-License-Identifier: MIT */
/* cpu_identify() on the shapes that /proc/cpuinfo, DMI and the device tree have on real machines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cpu.h"
#include "fake_root.h"

#define XEON(number, flag) \
	"processor\t: " number "\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\n" \
	"model name\t: Intel(R) Xeon(R) Gold 6148 CPU @ 2.40GHz\nstepping\t: 4\nmicrocode\t: 0x2006e05\ncpu MHz\t\t: " \
	"1000.000\n" \
	"flags\t\t: fpu vme de pse tsc msr" flag " lahf_lm\nvmx flags\t: vnmi preemption_timer\nbogomips\t: 4800.00\n\n"

static const char epyc_guest[] =
    "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC\nstepping\t: "
    "1\n"
    "flags\t\t: fpu rdrand hypervisor lahf_lm\n\nprocessor\t: 1\nvendor_id\t: AuthenticAMD\n\n";

static const char altra[] = "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd evtstrm aes\nCPU implementer\t: "
                            "0x41\nCPU architecture: 8\n"
                            "CPU variant\t: 0x3\nCPU part\t: 0xd0c\nCPU revision\t: 1\n\n"
                            "processor\t: 1\nBogoMIPS\t: 50.00\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n\n";

static struct cpu identify(void)
{
	struct cpu cpu;
	memset(&cpu, 0xff, sizeof cpu);
	cpu_identify(&cpu, fake_root);
	return cpu;
}

static void test_intel_bare(void **state)
{
	(void)state;
	fake_root_write("proc/cpuinfo", XEON("0", "") XEON("1", "") XEON("2", ""));
	fake_root_write("sys/class/dmi/id/sys_vendor", "Dell Inc.\n");
	fake_root_write("sys/class/dmi/id/product_name", "PowerEdge R640\n");
	struct cpu cpu = identify();
	assert_int_equal(cpu.vendor, CPU_INTEL);
	assert_int_equal(cpu.family, 6);
	assert_int_equal(cpu.model, 0x55);
	assert_int_equal(cpu.stepping, 4);
	assert_int_equal(cpu.threads, 3);
	assert_false(cpu.is_virtual);
	assert_string_equal(cpu.name, "Intel(R) Xeon(R) Gold 6148 CPU @ 2.40GHz");
	assert_string_equal(cpu.maker, "Dell Inc.");
}

static void test_amd_guest(void **state)
{
	(void)state;
	fake_root_write("proc/cpuinfo", epyc_guest);
	struct cpu cpu = identify();
	assert_int_equal(cpu.vendor, CPU_AMD);
	assert_int_equal(cpu.family, 25);
	assert_int_equal(cpu.model, 17);
	assert_int_equal(cpu.threads, 2);
	assert_true(cpu.is_virtual);
	assert_string_equal(cpu.name, "AMD EPYC");
	assert_string_equal(cpu.maker, "");
}

static void test_hygon(void **state)
{
	(void)state;
	fake_root_write("proc/cpuinfo", "processor\t: 0\nvendor_id\t: HygonGenuine\ncpu family\t: 24\nmodel\t\t: 1\n");
	assert_int_equal(identify().vendor, CPU_HYGON);
}

static void test_arm_takes_the_first_core(void **state)
{
	(void)state;
	fake_root_write("proc/cpuinfo", altra);
	struct cpu cpu = identify();
	assert_int_equal(cpu.vendor, CPU_ARM);
	assert_int_equal(cpu.implementer, 0x41);
	assert_int_equal(cpu.part, 0xd0c);
	assert_int_equal(cpu.threads, 2);
	assert_false(cpu.is_virtual);
	assert_string_equal(cpu.name, "");
}

/* A word of the flags line only, and only the whole word. */
static void test_hypervisor_is_a_word_of_flags(void **state)
{
	(void)state;
	fake_root_write("proc/cpuinfo", XEON("0", " nohypervisor hypervisors"));
	assert_false(identify().is_virtual);
	fake_root_write("proc/cpuinfo", "processor\t: 0\nmodel name\t: hypervisor\nflags\t\t: fpu\n");
	assert_false(identify().is_virtual);
	fake_root_write("proc/cpuinfo", "processor\t: 0\nflags\t\t: hypervisor\n");
	assert_true(identify().is_virtual);
	fake_root_write("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu hypervisor");
	assert_true(identify().is_virtual);
}

static void test_dmi(void **state)
{
	(void)state;
	static const struct {
		const char *maker, *product;
		bool is_virtual;
	} machines[] = {
		{ "QEMU", "Standard PC (Q35 + ICH9, 2009)", true },
		{ "Red Hat", "KVM", true },
		{ "VMware, Inc.", "VMware7,1", true },
		{ "Xen", "HVM domU", true },
		{ "innotek GmbH", "VirtualBox", true },
		{ "Google", "Google Compute Engine", true },
		{ "Amazon EC2", "c7g.large", true },
		{ "Amazon EC2", "c7g.metal", false },
		{ "Amazon EC2", "m7i.metal-24xl", false },
		{ "Microsoft Corporation", "Virtual Machine", true },
		{ "Microsoft Corporation", "Surface Laptop 4", false },
		{ "Oracle Corporation", "ORACLE SERVER X7-2", false },
		{ "Supermicro", "SYS-1029P", false },
		{ "", "", false },
	};
	fake_root_write("proc/cpuinfo", altra);
	for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
		fake_root_write("sys/class/dmi/id/sys_vendor", machines[i].maker);
		fake_root_write("sys/class/dmi/id/product_name", machines[i].product);
		if (identify().is_virtual != machines[i].is_virtual)
			fail_msg("%s / %s", machines[i].maker, machines[i].product);
	}
}

/* Bare Debian has an empty folder sys/hypervisor: only its `type` says that we are on one. */
static void test_sys_hypervisor(void **state)
{
	(void)state;
	fake_root_write("proc/cpuinfo", XEON("0", ""));
	fake_root_write("sys/hypervisor/properties/features", "");
	assert_false(identify().is_virtual);
	fake_root_write("sys/hypervisor/type", "xen\n");
	assert_true(identify().is_virtual);
}

static void test_device_tree(void **state)
{
	(void)state;
	fake_root_write("proc/cpuinfo", altra);
	fake_root_write_bytes("sys/firmware/devicetree/base/compatible", "raspberrypi,4-model-b\0brcm,bcm2711", 34);
	assert_false(identify().is_virtual);
	fake_root_write_bytes("sys/firmware/devicetree/base/compatible", "linux,dummy-virt", 17);
	assert_true(identify().is_virtual);
}

static void test_nothing_there(void **state)
{
	(void)state;
	fake_root_write("proc/version", "Linux\n"); /* a proc, so that the machine's own is not read */
	struct cpu cpu = identify();
	static const struct cpu nothing;
	assert_int_equal(cpu.vendor, nothing.vendor);
	assert_int_equal(cpu.threads, 0);
	assert_false(cpu.is_virtual);
	assert_string_equal(cpu.name, "");
}

static void test_root_without_proc_reads_the_machines_own(void **state)
{
	(void)state;
	fake_root_write("sys/class/dmi/id/sys_vendor", "A maker\n");
	struct cpu own, cpu = identify();
	cpu_identify(&own, "/");
	assert_true(own.threads > 0);
	assert_int_equal(cpu.threads, own.threads);
	assert_int_equal(cpu.model, own.model);
	assert_string_equal(cpu.maker, "A maker");
}

static void test_garbage(void **state)
{
	(void)state;
	static const char garbage[] =
	    "\0\0\0\nprocessor\nprocessor:\n:\n: 6\ncpu family\t: -6\nmodel\t: 99999999999999999999999\nstepping\t: x\n"
	    "vendor_id\t: \nmodel name\t: a\x1b[2Jb\nCPU implementer\t: \nCPU part\t: zz\nprocessors: 3\n";
	fake_root_write_bytes("proc/cpuinfo", garbage, sizeof garbage - 1);
	struct cpu cpu = identify();
	assert_int_equal(cpu.threads, 1);
	assert_int_equal(cpu.vendor, CPU_OTHER);
	assert_int_equal(cpu.family, 0);
	assert_int_equal(cpu.model, 0);
	assert_int_equal(cpu.stepping, 0);
	assert_string_equal(cpu.name, "a?[2Jb"); /* it is printed on terminals */
}

/* A line longer than any buffer is one line: its middle is not taken for fields, and what follows is read. */
static void test_long_lines(void **state)
{
	(void)state;
	size_t size = 200 * 1000;
	char *text = malloc(size + 64);
	assert_non_null(text);
	memset(text, 'x', size);
	memcpy(text, "model name\t: ", 13);
	for (size_t at = 1000; at + 20 < size; at += 1000)
		memcpy(text + at, "processor : 1", 13);
	strcpy(text + size, "\nprocessor\t: 0\n");
	fake_root_write("proc/cpuinfo", text);
	free(text);
	struct cpu cpu = identify();
	assert_int_equal(cpu.threads, 1);
	assert_int_equal(strlen(cpu.name), sizeof cpu.name - 1);
}

static void test_many_threads(void **state)
{
	(void)state;
	char *text = calloc(2048, 16);
	assert_non_null(text);
	size_t length = 0;
	for (int i = 0; i < 2048; i++)
		length += (size_t)sprintf(text + length, "processor\t: %d\n", i % 10);
	fake_root_write("proc/cpuinfo", text);
	free(text);
	assert_int_equal(identify().threads, 2048);
}

/* proc/stat says how many threads are online; where it does not, cpuinfo's paragraphs do. */
static void test_threads_are_those_of_proc_stat(void **state)
{
	(void)state;
	fake_root_write("proc/cpuinfo", XEON("0", "") XEON("1", ""));
	fake_root_write(
	    "proc/stat", "cpu  5 0 0 7 0 0 0\ncpu0 2 0 0 3 0 0 0\ncpu2 2 0 0 3 0 0 0\ncpu17 1 0 0 1 0 0 0\nintr 9\ncpu3\n");
	assert_int_equal(identify().threads, 3);
	fake_root_write("proc/stat", "cpu  5 0 0 7 0 0 0\n");
	assert_int_equal(identify().threads, 2);
	fake_root_write("proc/stat", "cpus 4\n");
	assert_int_equal(identify().threads, 2);
	fake_root_write("proc/stat", "");
	assert_int_equal(identify().threads, 2);
}

/* 2 KB for each of many threads are not asked for: what stands there, were it of an Arm, changes nothing. */
static void test_only_the_first_paragraph_is_read(void **state)
{
	(void)state;
	fake_root_write("proc/stat", "cpu  5 0 0 7 0 0 0\ncpu0 5 0 0 7 0 0 0\n");
	fake_root_write("proc/cpuinfo", XEON("0", "") "CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n\n");
	struct cpu cpu = identify();
	assert_int_equal(cpu.threads, 1);
	assert_int_equal(cpu.vendor, CPU_INTEL);
	assert_int_equal(cpu.model, 85);
	assert_int_equal(cpu.implementer, 0);
	assert_false(cpu.is_virtual);
}

/* Linux 3.7 and older (arch/arm/kernel/setup.c, c_show): what is common stands once, behind the threads. */
static void test_old_arm_says_it_at_the_end(void **state)
{
	(void)state;
	fake_root_write("proc/stat", "cpu  5 0 0 7 0 0 0\ncpu0 2 0 0 3 0 0 0\ncpu1 3 0 0 4 0 0 0\n");
	fake_root_write("proc/cpuinfo",
	    "Processor\t: ARMv7 Processor rev 2 (v7l)\nprocessor\t: 0\nBogoMIPS\t: 1500.00\n\nprocessor\t: 1\nBogoMIPS\t: "
	    "1500.00\n\nFeatures\t: swp half thumb\nCPU implementer\t: 0x41\nCPU part\t: 0xc09\n\nHardware\t: Highbank\n");
	struct cpu cpu = identify();
	assert_int_equal(cpu.vendor, CPU_ARM);
	assert_int_equal(cpu.part, 0xc09);
	assert_int_equal(cpu.threads, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_root_setup, fake_root_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_intel_bare),
		TEST(test_amd_guest),
		TEST(test_hygon),
		TEST(test_arm_takes_the_first_core),
		TEST(test_hypervisor_is_a_word_of_flags),
		TEST(test_dmi),
		TEST(test_sys_hypervisor),
		TEST(test_device_tree),
		TEST(test_nothing_there),
		TEST(test_root_without_proc_reads_the_machines_own),
		TEST(test_garbage),
		TEST(test_long_lines),
		TEST(test_many_threads),
		TEST(test_threads_are_those_of_proc_stat),
		TEST(test_only_the_first_paragraph_is_read),
		TEST(test_old_arm_says_it_at_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
