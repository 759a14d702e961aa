/* SPDX-License-Identifier: MIT */
/* What machine is emulated: its zones, its CPUs, its load; read from a description (README.md has the format). */
#ifndef BED_MACHINE_H
#define BED_MACHINE_H

#include "emulated.h"

#include <sys/types.h>

#define ZONE_PATH_MAX 256

/* How the kernel turns raw units into microjoules (drivers/powercap/intel_rapl_common.c, rapl_unit_xlate). */
struct kernel_unit {
	unsigned exponent; /* the hardware's unit is 2^-exponent J */
	uint64_t nj; /* what the kernel takes it for, whole nanojoules; 0: exactly, as kernels of the 3.x and 4.x age did */
};

struct zone {
	char *id;   /* what control commands call it */
	char *name; /* the content of `name` */
	char *type; /* control type: intel-rapl */
	struct zone *parent;
	struct zone *same; /* another zone's register, seen a second time */
	int wanted_index;  /* -1: the lowest free one */
	unsigned index;
	bool gone;
	unsigned generation; /* descriptors of an earlier one give ENODEV */
	bool has_energy;     /* false: power_uw in its place, as dtpm zones have */
	char *range;         /* what max_energy_range_uj holds in place of the truth; "no": there is no such file; NULL */
	unsigned constraints;
	mode_t mode;
	char *tick_name;
	struct kernel_unit unit;
	struct emulated own;
	struct fault fault;
};

/* A file or folder of its own, "sys/class/dmi/id/product_name". */
struct extra {
	char *path;
	char *text; /* NULL: a folder */
};

enum { CPU_COLUMNS = 8, CPU_MOST = 4096 };

struct cpus {
	unsigned threads; /* 0: the machine has no `proc` */
	char *vendor;
	unsigned family, model;
	unsigned implementer, part; /* Arm */
	char *name;
	bool hypervisor;
	struct curve busy;          /* share of all threads, 0 … 1 */
	struct curve steal;         /* likewise; given to others */
	struct curve offline;       /* how many threads are */
	bool is_offline[CPU_MOST];  /* which */
	int64_t jumps[CPU_COLUMNS]; /* ticks that a column of the first line of proc/stat is beside the truth */
	bool host_busy;             /* proc/stat is that of the computer that this runs on */
};

struct machine {
	char *label; /* preset or file it was read from */
	char *about;
	int64_t start_ns; /* CLOCK_MONOTONIC; all other times count from here */
	uint64_t seed;    /* not 0: chosen before the description is read, which then cannot change it */
	mode_t mode;      /* of energy_uj */
	bool old_kernel;
	char type[64]; /* control type of the zones that follow in the description; "" before the first */
	struct zone **zones;
	size_t zone_count;
	struct extra *extras;
	size_t extra_count;
	struct cpus cpus;
};

/* Reads a description. On failure `problem` says what is wrong, with the line's number. */
bool machine_read(struct machine *machine, const char *path, char *problem, size_t size);
/* One line of it; false and a problem likewise. */
bool machine_line(struct machine *machine, char *line, char *problem, size_t size);
void machine_free(struct machine *machine);

struct zone *machine_zone(const struct machine *machine, const char *id);
int64_t machine_now(const struct machine *machine); /* nanoseconds since its start */

struct emulated *zone_register(struct zone *zone);
bool zone_is_under(const struct zone *zone, const struct zone *above); /* or is it */
uint64_t zone_energy_uj(struct zone *zone, int64_t ns);
uint64_t zone_range_uj(const struct zone *zone);
/* "intel-rapl:0:a", the name of its folder. */
void zone_entry(const struct zone *zone, char out[ZONE_PATH_MAX]);

#endif
