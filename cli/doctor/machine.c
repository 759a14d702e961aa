/* SPDX-License-Identifier: MIT */
#include "doctor/machine.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sysfs.h"
#include "doctor/state.h"
#include "doctor/watch.h"

static bool is_cpu_counter(const struct doctor *doctor, const joules_domain *domain)
{
	return domain->available && domain->source == JOULES_MEASURED && !watch_is_dead(doctor_watch_of(doctor, domain)) &&
	    (domain->part == JOULES_PART_PACKAGE || domain->part == JOULES_PART_PLATFORM);
}

static const joules_domain *find_domain(
    const struct doctor *doctor, bool (*wanted)(const struct doctor *, const joules_domain *))
{
	for (size_t i = 0; i < joules_list_device_count(doctor->list); i++) {
		const joules_device *device = joules_list_device(doctor->list, i);
		for (size_t j = 0; j < device->domain_count; j++)
			if (wanted(doctor, device->domains[j]))
				return device->domains[j];
	}
	return NULL;
}

static bool is_estimate(const struct doctor *doctor, const joules_domain *domain)
{
	(void)doctor;
	return domain->available && domain->source == JOULES_ESTIMATED;
}

static bool is_known_zone(const struct doctor *doctor, const joules_domain *domain)
{
	(void)doctor;
	return domain->source == JOULES_MEASURED && domain->part >= JOULES_PART_PACKAGE &&
	    domain->part <= JOULES_PART_PLATFORM;
}

static size_t count_masked(const char *root)
{
	size_t count = 0;
	char *folder = sysfs_path(root, "sys/class/powercap");
	DIR *entries = folder ? opendir(folder) : NULL;
	for (const struct dirent *entry; entries && (entry = readdir(entries));) {
		struct stat info;
		char *path = sysfs_path(folder, entry->d_name);
		count += path && lstat(path, &info) == 0 && S_ISLNK(info.st_mode) && stat(path, &info) != 0;
		free(path);
	}
	if (entries)
		closedir(entries);
	free(folder);
	return count;
}

bool doctor_is_masked(const joules_domain *domain)
{
	struct stat info;
	char *folder = domain->path ? strdup(domain->path) : NULL;
	char *slash = folder ? strrchr(folder, '/') : NULL;
	if (slash)
		*slash = '\0';
	bool masked = slash && lstat(folder, &info) == 0 && S_ISLNK(info.st_mode) && stat(folder, &info) != 0;
	free(folder);
	return masked;
}

static void find_masked(struct doctor *doctor, size_t links)
{
	struct finding *finding = findings_add(&doctor->findings, FINDING_PROBLEM, "container");
	text_addf(&finding->what, "%zu links in %s/sys/class/powercap lead nowhere: a container hides the host's counters",
	    links, strcmp(doctor->root, "/") == 0 ? "" : doctor->root);
	text_add(&finding->cure, "measure on the host, or show the container the host's /sys in another place");
	text_add(&finding->command, "docker run -v /sys:/host/sys:ro IMAGE joules run --sysroot /host -- COMMAND");
}

/* QEMU's docs/specs/rapl-msr.rst: Intel hosts only, so an AMD guest has no such way. */
static void find_guest(struct doctor *doctor)
{
	struct finding *finding = findings_add(&doctor->findings, FINDING_PROBLEM, "machine");
	text_add(&finding->what, "this is a virtual machine, and its host passes no energy counter on to it");
	text_add(
	    &finding->cure, "measure on the host, or on a machine of your own (of clouds: an instance type called metal)");
	if (doctor->cpu.vendor != CPU_INTEL)
		return;
	text_add(&finding->cure,
	    "; who owns the host, with QEMU 9.1 or later, can start qemu-vmsr-helper there, and then this guest");
	text_add(
	    &finding->command, "qemu-system-x86_64 -accel kvm,rapl=true,rapl-helper-socket=/run/qemu-vmsr-helper.sock …");
}

/* Modules: drivers/powercap/Kconfig, INTEL_RAPL; it serves AMD and Hygon too. */
static void find_driver(struct doctor *doctor)
{
	struct finding *finding = findings_add(&doctor->findings, FINDING_PROBLEM, "machine");
	bool is_x86 = doctor->cpu.vendor == CPU_INTEL || doctor->cpu.vendor == CPU_AMD || doctor->cpu.vendor == CPU_HYGON;
	if (!is_x86) {
		text_add(&finding->what, "the kernel shows no energy counter of this processor");
	} else if (sysfs_exists(doctor->root, "sys/module/intel_rapl_msr")) {
		text_add(&finding->what,
		    "the driver intel_rapl_msr is loaded and found no energy counter: this kernel does not know this processor "
		    "(a newer one may), or the firmware switched its counters off");
	} else {
		text_add(&finding->what,
		    "this processor should have energy counters, but the kernel's driver for them, intel_rapl_msr, is not "
		    "loaded");
		text_add(&finding->cure, "load it (in a container: on the host)");
		text_add(&finding->command, "sudo modprobe intel_rapl_msr");
	}
}

static void find_estimate(struct doctor *doctor)
{
	const joules_domain *estimate = find_domain(doctor, is_estimate);
	if (!estimate)
		return;
	struct finding *finding = findings_add(&doctor->findings, FINDING_ADVICE, estimate->name);
	text_addf(&finding->what,
	    "no counter of the processor can be read, so Joules estimates from how busy the machine is%s%s%s: good for "
	    "comparing runs on this machine, with a wide band",
	    estimate->scope ? " (" : "", estimate->scope ? estimate->scope : "", estimate->scope ? ")" : "");
}

static void find_guests_counters(struct doctor *doctor)
{
	struct finding *finding = findings_add(&doctor->findings, FINDING_ADVICE, "machine");
	text_add(&finding->what,
	    "this is a virtual machine, so its host makes these counters (QEMU does so once a second, from the share of "
	    "its "
	    "processor's time that this machine had)");
	text_add(&finding->cure, "measure for much longer than they take to move");
}

void doctor_machine(struct doctor *doctor)
{
	bool has_counter = find_domain(doctor, is_cpu_counter);
	bool has_zone = find_domain(doctor, is_known_zone);
	size_t masked = count_masked(doctor->root);
	if (masked)
		find_masked(doctor, masked);
	else if (!has_zone && doctor->cpu.is_virtual)
		find_guest(doctor);
	else if (!has_zone)
		find_driver(doctor);
	else if (has_counter && doctor->cpu.is_virtual)
		find_guests_counters(doctor);
	if (!has_counter)
		find_estimate(doctor);
}
