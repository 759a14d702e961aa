/* SPDX-License-Identifier: MIT */
#include "nodes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEVICES "sys/devices/virtual/powercap"
#define CLASS "sys/class/powercap"

/* ---- the tree ---- */

static struct node *child_named(const struct node *folder, const char *name, size_t length)
{
	for (struct node *node = folder->children; node != NULL; node = node->next)
		if (strncmp(node->name, name, length) == 0 && node->name[length] == '\0')
			return node;
	return NULL;
}

struct node *nodes_find(struct node *root, const char *path)
{
	struct node *node = root;
	path += strspn(path, "/");
	while (node != NULL && *path != '\0') {
		size_t length = strcspn(path, "/");
		node = child_named(node, path, length);
		path += length;
		path += strspn(path, "/");
	}
	return node;
}

/* In front: sysfs lists entries in no order that a program may lean on, and so do we. */
static struct node *add(
    struct node *folder, enum node_kind kind, const char *name, size_t length, mode_t mode, const char *text)
{
	if (folder == NULL || child_named(folder, name, length) != NULL)
		return NULL;
	struct node *node = calloc(1, sizeof *node);
	if (node == NULL)
		return NULL;
	node->kind = kind;
	node->mode = mode;
	node->name = strndup(name, length);
	node->text = text ? strdup(text) : NULL;
	if (node->name == NULL || (text != NULL && node->text == NULL)) {
		nodes_free(node);
		return NULL;
	}
	node->parent = folder;
	node->zone = folder->zone;
	node->next = folder->children;
	folder->children = node;
	return node;
}

static struct node *add_folder(struct node *folder, const char *name)
{
	return add(folder, NODE_FOLDER, name, strlen(name), S_IFDIR | 0755, NULL);
}

static struct node *add_file(struct node *folder, const char *name, mode_t mode, const char *text)
{
	return add(folder, NODE_FILE, name, strlen(name), S_IFREG | mode, text);
}

static struct node *add_link(struct node *folder, const char *name, const char *target)
{
	return add(folder, NODE_LINK, name, strlen(name), S_IFLNK | 0777, target);
}

static bool add_live(struct node *folder, const char *name, mode_t mode, enum content content, int error)
{
	struct node *node = add_file(folder, name, mode, NULL);
	if (node == NULL)
		return false;
	node->content = content;
	node->error = error;
	return true;
}

/* The folder at `path`, with all folders on the way. */
static struct node *make_folders(struct node *root, const char *path)
{
	struct node *node = root;
	path += strspn(path, "/");
	while (node != NULL && *path != '\0') {
		size_t length = strcspn(path, "/");
		struct node *next = child_named(node, path, length);
		node = next ? next : add(node, NODE_FOLDER, path, length, S_IFDIR | 0755, NULL);
		path += length;
		path += strspn(path, "/");
	}
	return node;
}

void nodes_free(struct node *node)
{
	if (node == NULL)
		return;
	while (node->children != NULL) {
		struct node *child = node->children;
		node->children = child->next;
		nodes_free(child);
	}
	free(node->name);
	free(node->text);
	free(node);
}

static void remove_node(struct node *node)
{
	if (node == NULL)
		return;
	struct node **link = &node->parent->children;
	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
	nodes_free(node);
}

/* ---- zones: drivers/powercap/powercap_sys.c, create_power_zone_common_attributes ---- */

/* Reading autosuspend_delay_ms of a device without runtime power management is EIO. */
static bool add_power_folder(struct node *folder)
{
	struct node *power = add_folder(folder, "power");
	return power != NULL && add_live(power, "autosuspend_delay_ms", 0644, CONTENT_REFUSED, EIO) &&
	    add_file(power, "control", 0644, "auto\n") != NULL &&
	    add_file(power, "runtime_active_time", 0444, "0\n") != NULL &&
	    add_file(power, "runtime_status", 0444, "unsupported\n") != NULL &&
	    add_file(power, "runtime_suspended_time", 0444, "0\n") != NULL;
}

/* max_power_uw of the short term is ENODATA on machines that do not say it. */
static bool add_constraint(struct node *folder, unsigned number)
{
	static const char *const names[] = { "long_term\n", "short_term\n", "peak_power\n" };
	static const char *const windows[] = { "999424\n", "1952\n", "0\n" };
	char name[64];
	snprintf(name, sizeof name, "constraint_%u_name", number);
	bool good = add_file(folder, name, 0444, names[number < 2 ? number : 2]) != NULL;
	snprintf(name, sizeof name, "constraint_%u_power_limit_uw", number);
	good = good && add_file(folder, name, 0644, number == 0 ? "150000000\n" : "180000000\n") != NULL;
	snprintf(name, sizeof name, "constraint_%u_max_power_uw", number);
	good = good &&
	    (number == 0 ? add_file(folder, name, 0444, "150000000\n") != NULL
	                 : add_live(folder, name, 0444, CONTENT_REFUSED, ENODATA));
	snprintf(name, sizeof name, "constraint_%u_time_window_us", number);
	return good && add_file(folder, name, 0644, windows[number < 2 ? number : 2]) != NULL;
}

static bool add_values(struct node *folder, const struct zone *zone)
{
	char range[32], name[ZONE_PATH_MAX];
	snprintf(name, sizeof name, "%.200s\n", zone->name);
	if (zone->range != NULL)
		snprintf(range, sizeof range, "%.30s\n", zone->range);
	else
		snprintf(range, sizeof range, "%llu\n", (unsigned long long)zone_range_uj(zone));
	if (add_file(folder, "name", 0444, name) == NULL || add_file(folder, "uevent", 0644, "") == NULL ||
	    add_file(folder, "enabled", 0644, "0\n") == NULL)
		return false;
	if (zone->has_energy)
		return add_live(folder, "energy_uj", zone->mode, CONTENT_ENERGY, 0) &&
		    (strcmp(range, "no\n") == 0 || add_file(folder, "max_energy_range_uj", 0444, range) != NULL);
	return add_live(folder, "power_uw", 0444, CONTENT_POWER, 0) &&
	    add_file(folder, "max_power_range_uw", 0444, "250000000\n") != NULL;
}

void zone_path(const struct zone *zone, char *out, size_t size)
{
	char entry[ZONE_PATH_MAX], above[ZONE_PATH_MAX] = "";
	zone_entry(zone, entry);
	if (zone->parent != NULL)
		zone_entry(zone->parent, above);
	snprintf(out, size, DEVICES "/%s/%s%s%s", zone->type, above, *above ? "/" : "", entry);
}

/* Links are relative, from the folder where they stand. */
static bool add_zone_links(struct node *root, struct node *folder, const struct zone *zone, const char *path)
{
	char target[3 * ZONE_PATH_MAX], entry[ZONE_PATH_MAX];
	zone_entry(zone, entry);
	snprintf(target, sizeof target, "../../%s", path + strlen("sys/"));
	if (add_link(make_folders(root, CLASS), entry, target) == NULL)
		return false;
	if (zone->parent != NULL)
		zone_entry(zone->parent, entry);
	snprintf(target, sizeof target, "../../%s", zone->parent ? entry : zone->type);
	return add_link(folder, "device", target) != NULL &&
	    add_link(folder, "subsystem",
	        zone->parent ? "../../../../../../class/powercap" : "../../../../../class/powercap") != NULL;
}

static bool add_control_type(struct node *root, const char *type)
{
	char path[ZONE_PATH_MAX];
	snprintf(path, sizeof path, DEVICES "/%.100s", type);
	if (nodes_find(root, path) != NULL)
		return true;
	struct node *folder = make_folders(root, path);
	snprintf(path, sizeof path, "../../devices/virtual/powercap/%.100s", type);
	return folder != NULL && add_power_folder(folder) && add_file(folder, "enabled", 0644, "1\n") != NULL &&
	    add_file(folder, "uevent", 0644, "") != NULL &&
	    add_link(folder, "subsystem", "../../../../class/powercap") != NULL &&
	    add_link(make_folders(root, CLASS), type, path) != NULL;
}

static bool index_is_free(const struct machine *machine, const struct zone *zone, unsigned index)
{
	for (size_t i = 0; i < machine->zone_count; i++) {
		const struct zone *other = machine->zones[i];
		if (other == zone)
			continue;
		if (!other->gone && other->parent == zone->parent && other->index == index &&
		    strcmp(other->type, zone->type) == 0)
			return false;
	}
	return true;
}

static void choose_index(const struct machine *machine, struct zone *zone)
{
	zone->index = zone->wanted_index >= 0 ? (unsigned)zone->wanted_index : 0;
	while (!index_is_free(machine, zone, zone->index))
		zone->index++;
}

static bool add_zone(struct node *root, const struct machine *machine, struct zone *zone)
{
	char path[2 * ZONE_PATH_MAX];
	choose_index(machine, zone);
	zone_path(zone, path, sizeof path);
	if (!add_control_type(root, zone->type))
		return false;
	struct node *folder = make_folders(root, path);
	if (folder == NULL)
		return false;
	folder->zone = zone;
	bool good = add_values(folder, zone) && add_power_folder(folder) && add_zone_links(root, folder, zone, path);
	for (unsigned i = 0; good && i < zone->constraints; i++)
		good = add_constraint(folder, i);
	zone->gone = false;
	return good;
}

void nodes_vanish(struct node *root, struct machine *machine, struct zone *zone)
{
	char path[2 * ZONE_PATH_MAX], entry[ZONE_PATH_MAX];
	for (size_t i = machine->zone_count; i > 0; i--) {
		struct zone *each = machine->zones[i - 1];
		if (each->gone || !zone_is_under(each, zone))
			continue;
		zone_path(each, path, sizeof path);
		remove_node(nodes_find(root, path));
		zone_entry(each, entry);
		snprintf(path, sizeof path, CLASS "/%s", entry);
		remove_node(nodes_find(root, path));
		each->gone = true;
		each->generation++;
	}
}

bool nodes_return(struct node *root, struct machine *machine, struct zone *zone)
{
	if (zone->parent != NULL && zone->parent->gone)
		return false;
	bool good = true;
	for (size_t i = 0; good && i < machine->zone_count; i++)
		if (machine->zones[i]->gone && zone_is_under(machine->zones[i], zone))
			good = add_zone(root, machine, machine->zones[i]);
	return good;
}

/* ---- the machine ---- */

static bool add_extra(struct node *root, const struct extra *extra)
{
	if (extra->text == NULL)
		return make_folders(root, extra->path) != NULL;
	const char *slash = strrchr(extra->path, '/');
	char *folder = strndup(extra->path, slash ? (size_t)(slash - extra->path) : 0);
	bool good = folder != NULL &&
	    add_file(make_folders(root, folder), slash ? slash + 1 : extra->path, 0444, extra->text) != NULL;
	free(folder);
	return good;
}

static bool add_proc(struct node *root, const struct cpus *cpus)
{
	if (cpus->threads == 0)
		return true;
	char *cpuinfo = proc_cpuinfo(cpus);
	struct node *proc = make_folders(root, "proc");
	bool good = cpuinfo != NULL && add_file(proc, "cpuinfo", 0444, cpuinfo) != NULL &&
	    add_live(proc, "stat", 0444, CONTENT_STAT, 0);
	free(cpuinfo);
	return good;
}

struct node *nodes_new(struct machine *machine)
{
	struct node *root = calloc(1, sizeof *root);
	if (root == NULL)
		return NULL;
	root->kind = NODE_FOLDER;
	root->mode = S_IFDIR | 0755;
	bool good = add_live(root, "truth", 0444, CONTENT_TRUTH, 0) &&
	    add_live(root, "control", 0600, CONTENT_CONTROL, 0) && make_folders(root, CLASS) != NULL &&
	    add_proc(root, &machine->cpus);
	for (size_t i = 0; good && i < machine->zone_count; i++)
		machine->zones[i]->gone = true;
	for (size_t i = 0; good && i < machine->zone_count; i++)
		good = add_zone(root, machine, machine->zones[i]);
	for (size_t i = 0; good && i < machine->extra_count; i++)
		good = add_extra(root, &machine->extras[i]);
	if (good)
		return root;
	nodes_free(root);
	return NULL;
}
