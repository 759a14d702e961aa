/* SPDX-License-Identifier: MIT */
/* /proc/cpuinfo and /proc/stat of the emulated machine. */
#include "nodes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TICKS_A_SECOND 100 /* USER_HZ */

static void print_x86(FILE *out, const struct cpus *cpus, unsigned thread)
{
	fprintf(out, "processor\t: %u\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\nmodel name\t: %s\n", thread,
	    cpus->vendor, cpus->family, cpus->model, cpus->name ? cpus->name : "unknown");
	fprintf(
	    out, "flags\t\t: fpu vme de pse tsc msr sse sse2 constant_tsc%s\n\n", cpus->hypervisor ? " hypervisor" : "");
}

static void print_arm(FILE *out, const struct cpus *cpus, unsigned thread)
{
	fprintf(out, "processor\t: %u\nBogoMIPS\t: 243.75\nFeatures\t: fp asimd\nCPU implementer\t: 0x%02x\n", thread,
	    cpus->implementer);
	fprintf(out, "CPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0x%03x\nCPU revision\t: 1\n\n", cpus->part);
}

char *proc_cpuinfo(const struct cpus *cpus)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (out == NULL)
		return NULL;
	for (unsigned i = 0; i < cpus->threads; i++) {
		if (cpus->vendor != NULL)
			print_x86(out, cpus, i);
		else
			print_arm(out, cpus, i);
	}
	fclose(out);
	return text;
}

/* Nine tenths of the busy time is user's, the rest the system's; evenly over the threads, the odd ticks to the first
 * ones. */
static uint64_t share(uint64_t ticks, unsigned threads, unsigned thread)
{
	return ticks / threads + (thread < ticks % threads);
}

struct ticks {
	uint64_t user, busy, idle, steal;
};

enum { USER, SYSTEM = 2, IDLE, STEAL = 7 };

static void print_line(FILE *out, const char *name, const struct ticks *ticks, const int64_t *jumps)
{
	int64_t columns[CPU_COLUMNS] = {
		[USER] = (int64_t)ticks->user,
		[SYSTEM] = (int64_t)(ticks->busy - ticks->user),
		[IDLE] = (int64_t)ticks->idle,
		[STEAL] = (int64_t)ticks->steal,
	};
	fputs(name, out);
	for (int i = 0; i < CPU_COLUMNS; i++) {
		int64_t column = columns[i] + (jumps != NULL ? jumps[i] : 0);
		fprintf(out, " %lld", (long long)(column > 0 ? column : 0));
	}
	fputs(" 0 0\n", out);
}

/* The host's first line, as it is; what it says, roughly, for the threads' lines. */
static bool print_host(FILE *out, struct ticks *ticks)
{
	unsigned long long user, nice, system, idle;
	char line[512];
	FILE *in = fopen("/proc/stat", "re");
	bool good = in != NULL && fgets(line, sizeof line, in) != NULL &&
	    sscanf(line, "cpu %llu %llu %llu %llu", &user, &nice, &system, &idle) == 4;
	if (in != NULL)
		fclose(in);
	if (!good)
		return false;
	*ticks = (struct ticks){ .user = user + nice, .busy = user + nice + system, .idle = idle };
	fputs(line, out);
	return true;
}

static uint64_t ticks_of(double seconds)
{
	return (uint64_t)(seconds * TICKS_A_SECOND);
}

static bool print_curve(FILE *out, const struct cpus *cpus, int64_t ns, struct ticks *ticks)
{
	double busy_s = curve_energy(&cpus->busy, ns) * cpus->threads;
	double steal_s = curve_energy(&cpus->steal, ns) * cpus->threads;
	double idle_s = (double)ns / 1e9 * cpus->threads - curve_energy(&cpus->offline, ns) - busy_s - steal_s;
	uint64_t busy = ticks_of(busy_s);
	*ticks = (struct ticks){
		.user = busy * 9 / 10, .busy = busy, .idle = ticks_of(fmax(idle_s, 0.0)), .steal = ticks_of(steal_s)
	};
	print_line(out, "cpu ", ticks, cpus->jumps);
	return true;
}

static void print_threads(FILE *out, const struct cpus *cpus, const struct ticks *all)
{
	for (unsigned i = 0; i < cpus->threads; i++) {
		char name[16];
		if (cpus->is_offline[i])
			continue;
		snprintf(name, sizeof name, "cpu%u", i);
		uint64_t user = share(all->user, cpus->threads, i);
		print_line(out, name,
		    &(struct ticks){ .user = user,
		        .busy = user + share(all->busy - all->user, cpus->threads, i),
		        .idle = share(all->idle, cpus->threads, i),
		        .steal = share(all->steal, cpus->threads, i) },
		    NULL);
	}
}

char *proc_stat(const struct machine *machine, int64_t ns)
{
	const struct cpus *cpus = &machine->cpus;
	struct ticks ticks;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (out == NULL)
		return NULL;
	bool good = cpus->host_busy ? print_host(out, &ticks) : print_curve(out, cpus, ns, &ticks);
	if (good)
		print_threads(out, cpus, &ticks);
	fprintf(out, "intr 0\nctxt 0\nbtime 1700000000\nprocesses 1\nprocs_running 1\nprocs_blocked 0\nsoftirq 0\n");
	fclose(out);
	if (good)
		return text;
	free(text);
	return NULL;
}
