/* SPDX-License-Identifier: MIT */
/* What processor this is, and whether it is a virtual one: from the first paragraph of `proc/cpuinfo` under the root,
 * else of the machine's own. The whole file is long (2 KB for each of up to thousands of threads) and slow to make. */
#ifndef JOULES_BASE_CPU_H
#define JOULES_BASE_CPU_H

#include <stdbool.h>

enum cpu_vendor { CPU_OTHER, CPU_INTEL, CPU_AMD, CPU_HYGON, CPU_ARM };

struct cpu {
	enum cpu_vendor vendor;
	unsigned family;   /* x86 */
	unsigned model;    /* x86: with the extended bits, as /proc/cpuinfo has it */
	unsigned stepping; /* x86; it tells Skylake-SP, Cascade Lake and Cooper Lake apart */
	unsigned part;     /* Arm: MIDR part number, e.g. 0xd0c; implementer below */
	unsigned implementer;
	unsigned threads; /* hardware threads that are online: proc/stat has a line for each */
	bool is_virtual;  /* hypervisor flag, /sys/hypervisor/type, DMI, the device tree */
	char name[128];   /* the model name without control bytes; "" if there is none (Arm) */
	char maker[64];   /* DMI's sys_vendor, e.g. "Amazon EC2"; "" if there is none */
};

/* root is a sysroot ("/" or "/host"); what is unknown is 0, false or "". False without memory. Of a machine with unlike
 * cores, the first counts. */
bool cpu_identify(struct cpu *cpu, const char *root);

#endif
