/* SPDX-License-Identifier: MIT */
/* The files and folders of the emulated machine, in the kernel's true layout. */
#ifndef BED_NODES_H
#define BED_NODES_H

#include "machine.h"

enum node_kind { NODE_FOLDER, NODE_LINK, NODE_FILE };

/* What a file gives when it is read. */
enum content {
	CONTENT_TEXT,    /* always this */
	CONTENT_REFUSED, /* an errno value */
	CONTENT_ENERGY,  /* of the zone, now */
	CONTENT_POWER,
	CONTENT_STAT, /* /proc/stat, now */
	CONTENT_TRUTH,
	CONTENT_CONTROL
};

struct node {
	enum node_kind kind;
	enum content content;
	mode_t mode;
	int error;
	char *name;
	char *text;        /* a file's content, a link's target */
	struct zone *zone; /* whose file this is, or NULL */
	struct node *parent, *children, *next;
};

/* The whole tree for a machine; NULL without memory or if two files have one name. */
struct node *nodes_new(struct machine *machine);
void nodes_free(struct node *node);
struct node *nodes_find(struct node *root, const char *path); /* "/sys/class"; NULL if there is none */

/* As when the last CPU of a package goes offline: the zone and its children are gone from the tree; open files of it
 * give ENODEV. */
void nodes_vanish(struct node *root, struct machine *machine, struct zone *zone);
/* Back, with the lowest free index, as idr_alloc gives it. False without memory, or if its parent is gone. */
bool nodes_return(struct node *root, struct machine *machine, struct zone *zone);

/* Path of the zone's folder below the root, "sys/devices/virtual/powercap/…". */
void zone_path(const struct zone *zone, char *out, size_t size);

/* proc.c */
char *proc_cpuinfo(const struct cpus *cpus);
char *proc_stat(const struct machine *machine, int64_t ns);

#endif
