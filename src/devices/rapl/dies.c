/* SPDX-License-Identifier: MIT */
#include "devices/rapl/dies.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/sysfs.h"

/* One look may be unlucky: a counter can wrap, and a reader can be preempted. */
enum { LOOKS = 3 };

static bool read_energy(const struct zone *zone, uint64_t *energy_uj)
{
	char *path = sysfs_path(zone->path, "energy_uj");
	bool done = path && sysfs_u64(path, energy_uj) == 0;
	free(path);
	return done;
}

/* Did they differ by more than one register can have moved between the reads? What cannot be read does not say so. */
static bool differ_once(const struct zone *one, const struct zone *other, const struct rapl_machine *machine)
{
	uint64_t first, second;
	int64_t begin_ns = clock_monotonic_ns();
	if (!read_energy(one, &first) || !read_energy(other, &second))
		return false;
	double seconds = (double)(clock_monotonic_ns() - begin_ns) * 1e-9 + RAPL_LONGEST_TICK_S;
	double apart_uj = first < second ? (double)(second - first) : (double)(first - second);
	return apart_uj > rapl_highest_power(JOULES_PART_PACKAGE, machine) * seconds * 1e6;
}

static bool differ(const struct zone *one, const struct zone *other, const struct rapl_machine *machine)
{
	for (int i = 0; i < LOOKS; i++)
		if (!differ_once(one, other, machine))
			return false;
	return true;
}

static bool is_die_of(const struct zone *zone, int package)
{
	return zone->part == JOULES_PART_PACKAGE && zone->package == package && zone->die >= 0;
}

/* Zones are sorted: the dies of a socket stand in order. */
static bool is_first_die(const struct zones *zones, size_t index)
{
	const struct zone *zone = &zones->items[index];
	bool first = is_die_of(zone, zone->package);
	for (size_t i = 0; i < index && first; i++)
		first = !is_die_of(&zones->items[i], zone->package);
	return first;
}

/* Do all dies of the socket show what its first one shows? */
static bool is_one_register(const struct zones *zones, size_t first, const struct rapl_machine *machine)
{
	for (size_t i = first + 1; i < zones->count; i++)
		if (is_die_of(&zones->items[i], zones->items[first].package) &&
		    differ(&zones->items[first], &zones->items[i], machine))
			return false;
	return true;
}

static void merge(struct zones *zones, int package)
{
	for (size_t i = 0; i < zones->count; i++) {
		struct zone *zone = &zones->items[i];
		zone->merged |= zone->package == package && zone->part != JOULES_PART_PLATFORM;
		if (is_die_of(zone, package))
			zone->die = -1;
	}
}

void dies_merge(struct zones *zones, const struct rapl_machine *machine)
{
	if (machine->cpu->vendor != CPU_AMD && machine->cpu->vendor != CPU_HYGON)
		return;
	for (size_t i = 0; i < zones->count; i++)
		if (is_first_die(zones, i) && is_one_register(zones, i, machine))
			merge(zones, zones->items[i].package);
	zones_sort(zones);
}
