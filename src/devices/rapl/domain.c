/* SPDX-License-Identifier: MIT */
#include "devices/rapl/domain.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "base/sysfs.h"
#include "devices/rapl/gain.h"
#include "devices/rapl/unit.h"

/* Update periods: 1 ms on all measured parts; longest seen 2.83 ms (Ice Lake-SP package), 3.07 ms (Broadwell-EP DRAM):
 * tud-zih-energy/2021-rome-ee, lukalt/icpe-2024-rapl-validation. A guest's counters are QEMU's vmsr helper's, once a
 * second (docs/specs/rapl-msr.rst). */
struct pace {
	double tick_s, longest_tick_s, settle_s;
};
static const struct pace bare_pace = { 0.001, RAPL_LONGEST_TICK_S, 0.020 };
static const struct pace guest_pace = { 1.0, 1.2, 1.5 };

/* A counter is read at least as often as this, and twice in the time in which the highest power wraps it. */
#define MAX_UNREAD_S 30.0

/* The least that each part draws while the machine is on: a core and the graphics may be switched off, the others are
 * not. */
static const double least_power_w[] = {
	[JOULES_PART_PACKAGE] = 0.1,
	[JOULES_PART_DRAM] = 0.02,
	[JOULES_PART_PLATFORM] = 5.0,
	[JOULES_PART_UNKNOWN] = 0.0,
};

/*
 * Far above what a package can take, and far below what a glitch shows: 25 W a thread and 100 W more. Containers,
 * captured trees and CPUs that are offline show fewer threads than there are, so never below 600 W. The zones' own
 * limits are not asked: they hold 0, ENODATA, 9 W or 3.4 kW.
 */
static double highest_package_power(const struct rapl_machine *machine)
{
	double packages = machine->packages > 0 ? machine->packages : 1.0;
	double watts = 100.0 + 25.0 * machine->cpu->threads / packages;
	return machine->cpu->is_virtual ? 2000.0 : fmin(fmax(watts, 600.0), 2000.0);
}

double rapl_highest_power(joules_part part, const struct rapl_machine *machine)
{
	return part == JOULES_PART_PLATFORM ? 20000.0 : part == JOULES_PART_DRAM ? 1000.0 : highest_package_power(machine);
}

/* The strings that a domain points to until joules_discovery_add() has copied it. */
struct words {
	char name[96], group[64], package[64], reason[PATH_MAX + 256], cure[256], scope[128];
};

static const char *part_word(joules_part part)
{
	return part == JOULES_PART_PACKAGE ? "package"
	    : part == JOULES_PART_CORE     ? "core"
	    : part == JOULES_PART_UNCORE   ? "uncore"
	                                   : "dram";
}

static void numbered(char out[64], const char *word, int package, int die)
{
	if (die >= 0)
		(void)snprintf(out, 64, "%s_%d_die_%d", word, package, die);
	else
		(void)snprintf(out, 64, "%s_%d", word, package);
}

static bool is_numbered_part(const struct zone *zone)
{
	return zone->package >= 0 && zone->part != JOULES_PART_UNKNOWN && zone->part != JOULES_PART_PLATFORM;
}

/* The kernel's numbers in our words. A zone that cannot be placed keeps its id, which is unique. */
static void name_domain(const struct zone *zone, joules_domain *domain, struct words *words)
{
	domain->name = words->name;
	domain->part = zone->part;
	if (is_numbered_part(zone)) {
		char name[64];
		numbered(name, part_word(zone->part), zone->package, zone->die);
		memcpy(words->name, name, sizeof name);
		if (zone->die >= 0) {
			numbered(words->group, part_word(zone->part), zone->package, -1);
			domain->group = words->group;
		}
		numbered(words->package, "package", zone->package, zone->merged ? -1 : zone->die);
		domain->package = words->package;
		if (zone->part == JOULES_PART_CORE || zone->part == JOULES_PART_UNCORE)
			domain->parent = words->package;
	} else if (zone->part == JOULES_PART_PLATFORM) {
		(void)snprintf(words->name, sizeof words->name, zone->package > 0 ? "psys_%d" : "psys", zone->package);
	} else {
		domain->part = JOULES_PART_UNKNOWN;
		(void)snprintf(words->name, sizeof words->name, "%s", zone->id);
	}
}

/* The reason stands in the words already. */
static void unavailable(joules_domain *domain, const struct words *words, joules_reason code, const char *cure)
{
	domain->available = false;
	domain->reason_code = code;
	domain->reason = words->reason;
	domain->cure = cure;
}

static bool is_refusal(int error)
{
	return error == EACCES || error == EPERM;
}

/* Why energy_uj cannot be read, in words that name the file. */
static void explain_energy_error(joules_domain *domain, struct words *words, int error)
{
	joules_reason code = JOULES_REASON_FAILED;
	const char *cure = NULL;
	if (error == ENOENT) {
		(void)snprintf(
		    words->reason, sizeof words->reason, "this zone has no energy counter: %s does not exist", domain->path);
		code = JOULES_REASON_UNSUPPORTED;
	} else if (is_refusal(error) && geteuid() != 0) {
		(void)snprintf(words->reason, sizeof words->reason, "energy_uj is readable by root only: %s", domain->path);
		cure = "use sudo joules run --user \"$USER\" …, or let the group joules read it (joules doctor shows how)";
		code = JOULES_REASON_PERMISSION;
	} else if (is_refusal(error)) {
		(void)snprintf(words->reason, sizeof words->reason, "%s: %s", domain->path, sysfs_error_text(error));
		cure = "even root may not read it: check the kernel's lockdown mode, SELinux and AppArmor";
		code = JOULES_REASON_PERMISSION;
	} else if (error == EINVAL) {
		(void)snprintf(words->reason, sizeof words->reason, "%s contains no number", domain->path);
	} else {
		(void)snprintf(words->reason, sizeof words->reason, "%s: %s", domain->path, sysfs_error_text(error));
	}
	unavailable(domain, words, code, cure);
}

/* False if the zone cannot be a domain, with the reason set. */
static bool explain_zone(const struct zone *zone, joules_domain *domain, struct words *words)
{
	joules_reason code = JOULES_REASON_UNSUPPORTED;
	const char *cure = NULL;
	if (zone->dangling) {
		(void)snprintf(
		    words->reason, sizeof words->reason, "%s leads nowhere: a container hides the powercap files", zone->path);
		cure = "measure on the host, or mount the host's /sys in the container and name the folder around it with "
		       "--sysroot";
		code = JOULES_REASON_ABSENT;
	} else if (zone->error) {
		(void)snprintf(words->reason, sizeof words->reason, "%s/name: %s", zone->path, sysfs_error_text(zone->error));
		cure = "the kernel gives each zone a name that everybody may read: mount or copy all of /sys/class/powercap";
		code = is_refusal(zone->error) ? JOULES_REASON_PERMISSION : JOULES_REASON_FAILED;
	} else if (zone->part == JOULES_PART_UNKNOWN) {
		(void)snprintf(words->reason, sizeof words->reason, "Joules does not know a zone with the name '%s' (%s/name)",
		    zone->name, zone->path);
	} else if (zone->part != JOULES_PART_PLATFORM && zone->package < 0) {
		(void)snprintf(words->reason, sizeof words->reason, "the zone '%s' (%s) belongs to no package zone", zone->name,
		    zone->path);
	} else {
		return true;
	}
	unavailable(domain, words, code, cure);
	return false;
}

/* What the least step of an unknown unit may be: 2^-14 J is the commonest, and psys of servers counts whole joules. */
static double unknown_step(joules_part part)
{
	return part == JOULES_PART_PLATFORM ? 1.0 : 1.0 / 16384;
}

/* Kernels before 6.1 or so took Haswell's 15.3 µJ for the memory of Sapphire and Emerald Rapids, whose unit is 2^-14 J.
 */
static bool has_wrong_dram_unit(const struct cpu *cpu, const joules_domain *domain)
{
	bool rapids = cpu->vendor == CPU_INTEL && cpu->family == 6 && (cpu->model == 0x8f || cpu->model == 0xcf);
	return rapids && domain->part == JOULES_PART_DRAM && domain->range_uj == 65712999613;
}

/* False without memory: the unit would be another one. */
static bool set_unit(const struct zone *zone, const struct cpu *cpu, joules_domain *domain)
{
	char *path = sysfs_path(zone->path, "max_energy_range_uj");
	if (!path)
		return false;
	if (sysfs_u64(path, &domain->range_uj))
		domain->range_uj = 0;
	free(path);
	struct rapl_unit unit = rapl_unit_of_range(domain->range_uj);
	bool wrong = has_wrong_dram_unit(cpu, domain);
	domain->unit_known = unit.known;
	domain->unit_j = wrong ? 1.0 / 16384 : unit.joules;
	domain->unit_error = wrong ? 0.0 : unit.error;
	domain->step_j = unit.known ? 0.0 : unknown_step(domain->part);
	domain->modulus = unit.modulus;
	double range_s = (double)domain->modulus * domain->unit_j / domain->max_power_w;
	domain->max_unread_s = range_s > 0.0 ? fmin(MAX_UNREAD_S, range_s / 2.0) : MAX_UNREAD_S;
	return true;
}

static void describe(
    const struct zone *zone, const struct rapl_machine *machine, joules_domain *domain, struct words *words)
{
	const struct cpu *cpu = machine->cpu;
	const struct pace *pace = cpu->is_virtual ? &guest_pace : &bare_pace;
	name_domain(zone, domain, words);
	domain->gain = gain_of(cpu, domain->part);
	domain->tick_s = pace->tick_s;
	domain->longest_tick_s = pace->longest_tick_s;
	domain->settle_s = pace->settle_s;
	domain->hosted = cpu->is_virtual;
	domain->max_power_w = rapl_highest_power(domain->part, machine);
	domain->least_power_w = least_power_w[domain->part];
	if (zone->merged && domain->part == JOULES_PART_PACKAGE)
		domain->scope = "the whole package: the zones of its dies show the same register";
	/* The register is per core, and powercap reads the lead CPU's (linux: rapl_msr AMD PP0). */
	if (domain->part == JOULES_PART_CORE && (cpu->vendor == CPU_AMD || cpu->vendor == CPU_HYGON)) {
		domain->covers = JOULES_COVERS_ONE_CORE;
		domain->scope = "one core of the package, not all of them";
	}
}

joules_status rapl_add_domain(joules_discovery *found, const struct zone *zone, const struct rapl_machine *machine)
{
	joules_domain domain = JOULES_DOMAIN_INIT;
	struct words words;
	char *path = sysfs_path(zone->path, "energy_uj");
	if (!path)
		return fail_memory();
	domain.path = path;
	describe(zone, machine, &domain, &words);
	uint64_t value;
	int error = 0;
	if (explain_zone(zone, &domain, &words) && (error = sysfs_u64(path, &value)))
		explain_energy_error(&domain, &words, error);
	joules_status status = set_unit(zone, machine->cpu, &domain) ? joules_discovery_add(found, &domain) : fail_memory();
	free(path);
	return status;
}
