/* SPDX-License-Identifier: MIT */
/* The powercap zones of a file tree, each once, and what their names mean. */
#ifndef JOULES_DEVICES_RAPL_ZONES_H
#define JOULES_DEVICES_RAPL_ZONES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <joules/joules.h>

struct zone {
	char *path;   /* the folder, root included, as found */
	dev_t device; /* device and inode: which folder it really is */
	ino_t inode;
	bool dangling;    /* a link that leads nowhere */
	bool walked;      /* its own zones are known */
	char id[64];      /* "intel-rapl:0:1" */
	char name[64];    /* the kernel's: "package-0", "dram"; "" if unreadable */
	int error;        /* errno of reading `name` */
	joules_part part; /* UNKNOWN: a name that is not known */
	int package;      /* the socket's number; −1: psys without one, or unknown */
	int die;          /* −1: none */
	bool merged;      /* the dies of its package show one register (dies.h) */
};

struct zones {
	struct zone *items;
	size_t count;
	size_t capacity;
};

/* Fills *zones, sorted: by package, die and part, psys and unknown names last. False without memory. */
bool zones_find(struct zones *zones, const char *root);
/* The same order again, after their numbers have changed. */
void zones_sort(struct zones *zones);
void zones_free(struct zones *zones);

/* The parser of names alone. False (part UNKNOWN) if it is not one of the kernel's. */
bool zone_name_parse(const char *name, joules_part *part, int *package, int *die);

#endif
