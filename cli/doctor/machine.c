/* SPDX-License-Identifier: MIT */
#include "doctor/machine.h"

#include <stdlib.h>
#include <string.h>

#include "doctor/state.h"
#include "doctor/watch.h"

static bool is_live(const struct doctor *doctor, const joules_domain *domain)
{
	return domain->available && domain->source == JOULES_MEASURED && !watch_is_stuck(doctor_watch_of(doctor, domain));
}

static bool is_live_package(const struct doctor *doctor, const joules_domain *domain)
{
	return domain->part == JOULES_PART_PACKAGE && is_live(doctor, domain);
}

static bool is_live_platform(const struct doctor *doctor, const joules_domain *domain)
{
	return domain->part == JOULES_PART_PLATFORM && is_live(doctor, domain);
}

static bool is_cpu_counter(const struct doctor *doctor, const joules_domain *domain)
{
	return is_live_package(doctor, domain) || is_live_platform(doctor, domain);
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

static bool is_known_part(const struct doctor *doctor, const joules_domain *domain)
{
	(void)doctor;
	return domain->source == JOULES_MEASURED && is_processors(domain->part);
}

bool doctor_is_hidden(const joules_device *device, const joules_domain *domain)
{
	return is_processors(device->part) && domain->part == JOULES_PART_UNKNOWN &&
	    domain->reason_code == JOULES_REASON_ABSENT;
}

/* One cause, one finding, though it hides several counters. */
static bool find_hidden(struct doctor *doctor)
{
	const joules_domain *first = NULL;
	size_t count = 0;
	for (size_t i = 0; i < joules_list_device_count(doctor->list); i++) {
		const joules_device *device = joules_list_device(doctor->list, i);
		for (size_t j = 0; j < device->domain_count; j++) {
			if (!doctor_is_hidden(device, device->domains[j]))
				continue;
			first = first ? first : device->domains[j];
			count++;
		}
	}
	if (!first)
		return false;
	struct finding *finding = findings_add(&doctor->findings, FINDING_PROBLEM, "container");
	text_add(&finding->what, first->reason);
	if (count > 1)
		text_addf(&finding->what, ", and %zu more", count - 1);
	text_add(&finding->cure, first->cure ? first->cure : "");
	text_add(&finding->command, "docker run -v /sys:/host/sys:ro IMAGE joules run --sysroot /host -- COMMAND");
	return true;
}

void doctor_absent(struct doctor *doctor, enum finding_level level, const char *about, const joules_device *device)
{
	struct finding *finding = findings_add(&doctor->findings, level, about);
	text_add(&finding->what, device->reason);
	text_add(&finding->cure, device->cure ? device->cure : "");
	text_add(&finding->command, device->command ? device->command : "");
}

static void find_no_counter(struct doctor *doctor)
{
	for (size_t i = 0; i < joules_list_device_count(doctor->list); i++) {
		const joules_device *device = joules_list_device(doctor->list, i);
		if (is_processors(device->part) && device->domain_count == 0)
			doctor_absent(doctor, FINDING_PROBLEM, "machine", device);
	}
}

static void find_estimate(struct doctor *doctor)
{
	const joules_domain *estimate = find_domain(doctor, is_estimate);
	if (!estimate)
		return;
	struct finding *finding = findings_add(&doctor->findings, FINDING_ADVICE, estimate->name);
	if (doctor_has_stuck(doctor)) {
		text_add(&finding->what,
		    "the processor's counters are stuck. By itself `joules run` does not estimate in their place; "
		    "`joules run --estimate always …` does");
		return;
	}
	text_addf(&finding->what,
	    "no counter of the processor can be read, so Joules estimates the energy from how busy the machine is%s%s%s. "
	    "The band is wide; use it to compare runs on this machine",
	    estimate->scope ? " (" : "", estimate->scope ? estimate->scope : "", estimate->scope ? ")" : "");
}

/* As `joules run` says: it counts psys only where no package is chosen. */
static void find_platform(struct doctor *doctor)
{
	const joules_domain *platform = find_domain(doctor, is_live_platform);
	if (!platform || !doctor_has_stuck(doctor) || find_domain(doctor, is_live_package))
		return;
	struct finding *finding = findings_add(&doctor->findings, FINDING_ADVICE, platform->name);
	text_add(
	    &finding->what, "the packages' counters are stuck, so a run has no total; this one covers the whole machine");
	text_addf(&finding->command, "joules run --domains %s -- COMMAND", platform->name);
}

static void find_guests_counters(struct doctor *doctor)
{
	struct finding *finding = findings_add(&doctor->findings, FINDING_ADVICE, "machine");
	text_add(&finding->what,
	    "this is a virtual machine, so its host makes these counters (QEMU updates them once a second, from this "
	    "machine's share of the processor time)");
	text_add(&finding->cure, "measure for many seconds");
}

void doctor_machine(struct doctor *doctor)
{
	bool has_counter = find_domain(doctor, is_cpu_counter);
	bool has_hidden = find_hidden(doctor);
	if (!has_hidden && !find_domain(doctor, is_known_part))
		find_no_counter(doctor);
	else if (!has_hidden && has_counter && doctor->cpu.is_virtual)
		find_guests_counters(doctor);
	if (!has_counter)
		find_estimate(doctor);
	find_platform(doctor);
}
