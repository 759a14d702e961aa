/* SPDX-License-Identifier: MIT */
/* /proc/cpuinfo and /proc/stat of the emulated machine. */
#include "nodes.h"

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

static void print_line(FILE *out, const char *name, uint64_t user, uint64_t busy, uint64_t idle)
{
	fprintf(out, "%s %llu 0 %llu %llu 0 0 0 0 0 0\n", name, (unsigned long long)user, (unsigned long long)(busy - user),
	    (unsigned long long)idle);
}

static char *host_stat(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *in = fopen("/proc/stat", "re");
	if (in == NULL)
		return NULL;
	ssize_t length = getdelim(&text, &size, '\0', in);
	fclose(in);
	if (length > 0)
		return text;
	free(text);
	return NULL;
}

char *proc_stat(const struct machine *machine, int64_t ns)
{
	const struct cpus *cpus = &machine->cpus;
	char *text = NULL;
	size_t size;
	if (cpus->host_busy)
		return host_stat();
	FILE *out = open_memstream(&text, &size);
	if (out == NULL)
		return NULL;
	uint64_t busy = (uint64_t)(curve_energy(&cpus->busy, ns) * cpus->threads * TICKS_A_SECOND);
	uint64_t all = (uint64_t)((double)ns / 1e9 * cpus->threads * TICKS_A_SECOND);
	uint64_t idle = all > busy ? all - busy : 0, user = busy * 9 / 10;
	print_line(out, "cpu ", user, busy, idle);
	for (unsigned i = 0; i < cpus->threads; i++) {
		char name[16];
		snprintf(name, sizeof name, "cpu%u", i);
		print_line(out, name, share(user, cpus->threads, i),
		    share(user, cpus->threads, i) + share(busy - user, cpus->threads, i), share(idle, cpus->threads, i));
	}
	fprintf(out, "intr 0\nctxt 0\nbtime 1700000000\nprocesses 1\nprocs_running 1\nprocs_blocked 0\nsoftirq 0\n");
	fclose(out);
	return text;
}
