/* SPDX-License-Identifier: MIT */
/* The device `rapl`: which zones become domains, and why there may be none. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cpu.h"
#include "base/status.h"
#include "base/sysfs.h"
#include "devices/rapl/dies.h"
#include "devices/rapl/domain.h"
#include "devices/rapl/powercap.h"
#include "devices/rapl/rapl.h"
#include "devices/rapl/zones.h"

/* intel-rapl-mmio shows the same package once more; zones are sorted so that intel-rapl comes first. One that can be
 * read wins. */
static bool is_same_domain(const struct zone *a, const struct zone *b)
{
	return a->part == b->part && a->part != JOULES_PART_UNKNOWN && a->package == b->package && a->die == b->die &&
	    (a->package >= 0 || a->part == JOULES_PART_PLATFORM);
}

/* The one of zones[*at …] that stands for the domain; *at moves behind all of them. */
static const struct zone *pick(const struct zones *zones, size_t *at)
{
	size_t first = *at, chosen = *at;
	for (*at = first + 1; *at < zones->count && is_same_domain(&zones->items[first], &zones->items[*at]); (*at)++)
		if (!powercap_is_readable(&zones->items[chosen]) && powercap_is_readable(&zones->items[*at]))
			chosen = *at;
	return &zones->items[chosen];
}

static bool is_x86(const struct cpu *cpu)
{
	return cpu->vendor == CPU_INTEL || cpu->vendor == CPU_AMD || cpu->vendor == CPU_HYGON;
}

/* A guest's counters: QEMU's docs/specs/rapl-msr.rst, on Intel's hosts only. The driver: drivers/powercap/Kconfig,
 * INTEL_RAPL; it serves AMD and Hygon too. */
static joules_status explain_absence(joules_discovery *found, const char *root, const struct cpu *cpu)
{
	char *folder = sysfs_path(root, "sys/class/powercap");
	char reason[PATH_MAX + 256];
	const char *why = "no RAPL counters";
	joules_absence absence = JOULES_ABSENCE_INIT;
	if (cpu->is_virtual) {
		why = "this is a virtual machine, and its host gives it no energy counter";
		absence.cure = cpu->vendor == CPU_INTEL ? "measure on the host (in a cloud: on a bare-metal instance), or "
		                                          "start this machine with (QEMU 9.1 or newer): "
		                                          "-accel kvm,rapl=true,rapl-helper-socket=/run/qemu-vmsr-helper.sock"
		                                        : "measure on the host (in a cloud: on a bare-metal instance)";
	} else if (is_x86(cpu) && sysfs_exists(root, "sys/module/intel_rapl_msr")) {
		why =
		    "the driver intel_rapl_msr is loaded but found no energy counter: this kernel does not know this processor "
		    "(a newer one may), or the firmware has switched its counters off";
		absence.reason_code = JOULES_REASON_UNSUPPORTED;
	} else if (is_x86(cpu)) {
		why = "the kernel's driver for RAPL counters, intel_rapl_msr, is not loaded";
		absence.cure = "load it (in a container: on the host)";
		absence.command = "sudo modprobe intel_rapl_msr";
	}
	(void)snprintf(
	    reason, sizeof reason, "%s: there are no powercap zones in %s", why, folder ? folder : "sys/class/powercap");
	free(folder);
	absence.reason = reason;
	return joules_discovery_absent(found, &absence);
}

/* Zones are sorted: those of a socket stand together. */
static unsigned count_packages(const struct zones *zones)
{
	unsigned packages = 0;
	int last = -1;
	for (size_t i = 0; i < zones->count; i++) {
		const struct zone *zone = &zones->items[i];
		if (zone->part != JOULES_PART_PACKAGE || zone->package == last)
			continue;
		packages++;
		last = zone->package;
	}
	return packages;
}

static joules_status discover(void *context, const joules_options *options, joules_discovery *found)
{
	(void)context;
	struct cpu cpu;
	struct zones zones;
	if (!cpu_identify(&cpu, options->sysroot) || !zones_find(&zones, options->sysroot))
		return fail_memory();
	joules_status status = zones.count == 0 ? explain_absence(found, options->sysroot, &cpu) : JOULES_OK;
	struct rapl_machine machine = { &cpu, count_packages(&zones) };
	dies_merge(&zones, &machine);
	for (size_t at = 0; at < zones.count && !status;)
		status = rapl_add_domain(found, pick(&zones, &at), &machine);
	zones_free(&zones);
	return status;
}

const joules_device_ops rapl_device = {
	.size = sizeof rapl_device,
	.name = "rapl",
	.part = JOULES_PART_PACKAGE,
	.discover = discover,
	.open = powercap_open,
	.read = powercap_read,
	.close = powercap_close,
};
