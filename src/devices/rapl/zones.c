/* SPDX-License-Identifier: MIT */
#include "devices/rapl/zones.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sysfs.h"

/* Where zones are: the flat links, or, where a container shows only these, the objects behind them. */
static const char *const places[] = { "sys/class/powercap", "sys/devices/virtual/powercap" };

/* A number at *text, at most six digits; moves *text behind it. −1 if there is none. */
static int take_number(const char **text)
{
	int number = 0, digits = 0;
	for (; **text >= '0' && **text <= '9'; (*text)++)
		if (++digits <= 6)
			number = number * 10 + (**text - '0');
	return digits == 0 || digits > 6 ? -1 : number;
}

/* Names: drivers/powercap/intel_rapl_common.c, rapl_domain_names and rapl_add_package_cpuslocked. */
static bool parse_package(const char *name, int *package, int *die)
{
	if (strncmp(name, "package-", 8) != 0)
		return false;
	name += 8;
	*package = take_number(&name);
	if (*package >= 0 && strncmp(name, "-die-", 5) == 0) {
		name += 5;
		*die = take_number(&name);
		return *die >= 0 && *name == '\0';
	}
	return *package >= 0 && *name == '\0';
}

static bool parse_psys(const char *name, int *package)
{
	if (strncmp(name, "psys", 4) != 0)
		return false;
	name += 4;
	if (*name == '\0')
		return true;
	if (*name++ != '-')
		return false;
	*package = take_number(&name);
	return *package >= 0 && *name == '\0';
}

bool zone_name_parse(const char *name, joules_part *part, int *package, int *die)
{
	static const struct {
		const char *name;
		joules_part part;
	} children[] = { { "core", JOULES_PART_CORE }, { "uncore", JOULES_PART_UNCORE }, { "dram", JOULES_PART_DRAM } };
	*package = *die = -1;
	*part = JOULES_PART_UNKNOWN;
	if (parse_package(name, package, die)) {
		*part = JOULES_PART_PACKAGE;
		return true;
	}
	*package = *die = -1;
	if (parse_psys(name, package)) {
		*part = JOULES_PART_PLATFORM;
		return true;
	}
	*package = -1;
	for (size_t i = 0; i < sizeof children / sizeof *children; i++)
		if (strcmp(name, children[i].name) == 0)
			*part = children[i].part;
	return *part != JOULES_PART_UNKNOWN;
}

static struct zone *with_id(const struct zones *zones, const char *id)
{
	for (size_t i = 0; i < zones->count; i++)
		if (strcmp(zones->items[i].id, id) == 0)
			return &zones->items[i];
	return NULL;
}

static bool is_known_folder(const struct zones *zones, const struct zone *zone)
{
	for (size_t i = 0; i < zones->count && !zone->dangling; i++)
		if (!zones->items[i].dangling && zones->items[i].device == zone->device && zones->items[i].inode == zone->inode)
			return true;
	return false;
}

static bool grow(struct zones *zones)
{
	if (zones->count < zones->capacity)
		return true;
	size_t capacity = zones->capacity ? zones->capacity * 2 : 16;
	struct zone *items = realloc(zones->items, capacity * sizeof *items);
	if (!items)
		return false;
	zones->items = items;
	zones->capacity = capacity;
	return true;
}

static bool read_name(struct zone *zone)
{
	char *path = sysfs_path(zone->path, "name");
	if (!path)
		return false;
	zone->error = sysfs_line(path, zone->name, sizeof zone->name);
	if (zone->error)
		zone->name[0] = '\0';
	free(path);
	return true;
}

/* Takes the folder as a zone unless it is known, by its id or as the folder that it is. False without memory. */
static bool add_zone(struct zones *zones, const char *path, const char *id)
{
	struct zone zone = { .package = -1, .die = -1 };
	struct stat info = { 0 };
	if (strlen(id) >= sizeof zone.id || with_id(zones, id))
		return true;
	zone.dangling = stat(path, &info) != 0;
	zone.device = info.st_dev;
	zone.inode = info.st_ino;
	if (is_known_folder(zones, &zone))
		return true;
	zone.path = strdup(path);
	if (!zone.path || !grow(zones) || !read_name(&zone)) {
		free(zone.path);
		return false;
	}
	memcpy(zone.id, id, strlen(id) + 1);
	zone_name_parse(zone.name, &zone.part, &zone.package, &zone.die);
	zones->items[zones->count++] = zone;
	return true;
}

/* A control type holds "<type>:<n>", a zone "<its id>:<n>"; the other entries (subsystem, power, device) lead in
 * circles. */
static bool is_child(const char *parent, const char *name)
{
	size_t length = strlen(parent);
	return !*parent || (strncmp(name, parent, length) == 0 && name[length] == ':');
}

#define DEEPEST 5

static bool walk(struct zones *zones, const char *folder, const char *parent, int depth);

/* One pass over a folder: takes its zones, or descends into its entries. False without memory. */
static bool pass(struct zones *zones, DIR *entries, const char *folder, const char *parent, int depth, bool descend)
{
	bool done = true;
	const struct dirent *entry;
	rewinddir(entries);
	while (done && (entry = readdir(entries))) {
		const char *name = entry->d_name;
		if (name[0] == '.' || !is_child(parent, name))
			continue;
		char *path = sysfs_path(folder, name);
		done =
		    path && (descend ? walk(zones, path, name, depth + 1) : !strchr(name, ':') || add_zone(zones, path, name));
		free(path);
	}
	return done;
}

/* A folder's own zones come before deeper ones, so that the flat link names a zone wherever there is one. False without
 * memory; folders that cannot be opened are left out. */
static bool walk(struct zones *zones, const char *folder, const char *parent, int depth)
{
	errno = 0;
	struct zone *zone = with_id(zones, parent);
	if (zone && zone->walked)
		return true; /* by another of its links */
	if (zone)
		zone->walked = true;
	DIR *entries = depth < DEEPEST ? opendir(folder) : NULL;
	if (!entries)
		return errno != ENOMEM;
	bool done = pass(zones, entries, folder, parent, depth, false) && pass(zones, entries, folder, parent, depth, true);
	closedir(entries);
	return done;
}

static const struct zone *find_id(const struct zones *zones, const char *id, size_t length)
{
	for (size_t i = 0; i < zones->count; i++)
		if (strlen(zones->items[i].id) == length && memcmp(zones->items[i].id, id, length) == 0)
			return &zones->items[i];
	return NULL;
}

/* core, uncore and dram are numbered by the package (and die) that they are in: the zone "a:b:c" is in "a:b". */
static void number_children(struct zones *zones)
{
	for (size_t i = 0; i < zones->count; i++) {
		struct zone *zone = &zones->items[i];
		if (zone->part != JOULES_PART_CORE && zone->part != JOULES_PART_UNCORE && zone->part != JOULES_PART_DRAM)
			continue;
		const char *last = strrchr(zone->id, ':');
		const struct zone *parent = last ? find_id(zones, zone->id, (size_t)(last - zone->id)) : NULL;
		if (parent && parent->part == JOULES_PART_PACKAGE) {
			zone->package = parent->package;
			zone->die = parent->die;
		}
	}
}

static int rank_of(const struct zone *zone)
{
	return zone->part == JOULES_PART_PLATFORM ? 1 : zone->part == JOULES_PART_UNKNOWN || zone->package < 0 ? 2 : 0;
}

static int compare(const void *left, const void *right)
{
	const struct zone *a = left, *b = right;
	int keys[][2] = {
		{ rank_of(a), rank_of(b) },
		{ a->package, b->package },
		{ a->die, b->die },
		{ (int)a->part, (int)b->part },
		{ strncmp(a->id, "intel-rapl:", 11) != 0, strncmp(b->id, "intel-rapl:", 11) != 0 },
	};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (keys[i][0] != keys[i][1])
			return keys[i][0] < keys[i][1] ? -1 : 1;
	return strcmp(a->id, b->id);
}

void zones_sort(struct zones *zones)
{
	if (zones->count > 0)
		qsort(zones->items, zones->count, sizeof *zones->items, compare);
}

bool zones_find(struct zones *zones, const char *root)
{
	*zones = (struct zones){ 0 };
	for (size_t i = 0; i < sizeof places / sizeof *places && zones->count == 0; i++) {
		char *folder = sysfs_path(root, places[i]);
		bool done = folder && walk(zones, folder, "", 0);
		free(folder);
		if (!done) {
			zones_free(zones);
			return false;
		}
	}
	number_children(zones);
	zones_sort(zones);
	return true;
}

void zones_free(struct zones *zones)
{
	for (size_t i = 0; i < zones->count; i++) {
		free(zones->items[i].path);
	}
	free(zones->items);
	*zones = (struct zones){ 0 };
}
