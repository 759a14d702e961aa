/* SPDX-License-Identifier: MIT */
#include "base/cpu.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cputime.h"
#include "base/sysfs.h"

enum {
	LINE_MAX_BYTES = 16 * 1024,           /* the flags of an x86 thread are about 3 KB today */
	CPUINFO_MAX_BYTES = 64 * 1024 * 1024, /* 8192 threads (CONFIG_NR_CPUS) at 8 KB: whatever is longer is no cpuinfo */
};

/* Makers and products that DMI names in virtual machines: how the value begins. The strings are those that the
 * hypervisors set, as listed in systemd's src/basic/virt.c; Amazon's and Microsoft's need a second look, as both names
 * are also on bare machines. */
static const char *const virtual_makers[] = {
	"Apple Virtualization",
	"BHYVE",
	"Bochs",
	"Google Compute Engine",
	"innotek GmbH",
	"KubeVirt",
	"KVM",
	"OpenStack",
	"Parallels",
	"QEMU",
	"VirtualBox",
	"VMW",
	"VMware",
	"Xen",
};

static const struct {
	const char *id;
	enum cpu_vendor vendor;
} vendor_ids[] = {
	{ "GenuineIntel", CPU_INTEL }, /* SDM vol. 2, CPUID leaf 0 */
	{ "AuthenticAMD", CPU_AMD },   /* APM vol. 3, CPUID Fn0000_0000 */
	{ "HygonGenuine", CPU_HYGON }, /* Linux arch/x86/kernel/cpu/hygon.c */
};

/* What is still to be taken from the first processor's paragraph. */
struct scan {
	struct cpu *cpu;
	bool counts; /* the threads too, one for each paragraph */
	bool has_family, has_model, has_stepping, has_part, has_implementer, has_flags;
};

static void take_number(bool *has, unsigned *field, const char *value)
{
	char *end;
	unsigned long number = strtoul(value, &end, 0);
	if (*has || end == value || *value == '-' || number > 0xffffffffUL)
		return;
	*has = true;
	*field = (unsigned)number;
}

static void take_text(char *field, size_t size, const char *value)
{
	size_t length = 0;
	for (; value[length] && length < size - 1; length++) {
		unsigned char c = (unsigned char)value[length];
		field[length] = c < 0x20 || c == 0x7f ? '?' : (char)c; /* it ends on terminals */
	}
	field[length] = '\0';
}

static void take_vendor(struct cpu *cpu, const char *value)
{
	for (size_t i = 0; i < sizeof vendor_ids / sizeof *vendor_ids; i++)
		if (strcmp(value, vendor_ids[i].id) == 0)
			cpu->vendor = vendor_ids[i].vendor;
}

static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);
	for (const char *at = words; (at = strstr(at, word)); at += length)
		if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

static void take_field(struct scan *scan, const char *key, const char *value)
{
	struct cpu *cpu = scan->cpu;
	if (strcmp(key, "processor") == 0) {
		cpu->threads += scan->counts;
	} else if (strcmp(key, "vendor_id") == 0) {
		take_vendor(cpu, value);
	} else if (strcmp(key, "cpu family") == 0) {
		take_number(&scan->has_family, &cpu->family, value);
	} else if (strcmp(key, "model") == 0) {
		take_number(&scan->has_model, &cpu->model, value);
	} else if (strcmp(key, "stepping") == 0) {
		take_number(&scan->has_stepping, &cpu->stepping, value);
	} else if (strcmp(key, "model name") == 0 && !cpu->name[0]) {
		take_text(cpu->name, sizeof cpu->name, value);
	} else if (strcmp(key, "flags") == 0 && !scan->has_flags) {
		scan->has_flags = true;
		cpu->is_virtual = has_word(value, "hypervisor");
	} else if (strcmp(key, "CPU implementer") == 0) {
		take_number(&scan->has_implementer, &cpu->implementer, value);
		if (scan->has_implementer)
			cpu->vendor = CPU_ARM;
	} else if (strcmp(key, "CPU part") == 0) {
		take_number(&scan->has_part, &cpu->part, value);
	}
}

static void trim_end(char *text)
{
	size_t length = strlen(text);
	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		text[--length] = '\0';
}

/* "model name\t: AMD EPYC\n"; s390 writes "processor 0: …". */
static void take_line(struct scan *scan, char *line)
{
	char *value = strchr(line, ':');
	if (!value)
		return;
	*value++ = '\0';
	value += strspn(value, " \t");
	trim_end(value);
	trim_end(line);
	if (strncmp(line, "processor ", 10) == 0)
		line[9] = '\0';
	take_field(scan, line, value);
}

/* Something that tells this processor from others. Old kernels for 32-bit Arm give it once, behind the paragraphs of
 * all threads. */
static bool is_identified(const struct scan *scan)
{
	return scan->cpu->vendor != CPU_OTHER || scan->cpu->name[0] || scan->has_family || scan->has_part;
}

/* To the end of the first paragraph that says something; where its lines are to be counted, to the end of the file. */
static void scan_cpuinfo(struct cpu *cpu, FILE *file, bool counts)
{
	struct scan scan = { .cpu = cpu, .counts = counts };
	char line[LINE_MAX_BYTES];
	size_t total = 0;
	bool at_start = true;
	while (total < CPUINFO_MAX_BYTES && fgets(line, sizeof line, file)) {
		size_t length = strlen(line);
		bool ends = length > 0 && line[length - 1] == '\n';
		total += length ? length : sizeof line; /* a line of NULs is not to go on for ever */
		if (at_start && length == 1 && ends && !counts && is_identified(&scan))
			break;
		if (at_start)
			take_line(&scan, line);
		at_start = ends;
	}
}

/* False without memory. */
static bool read_cpuinfo(struct cpu *cpu, const char *root, bool counts)
{
	char *path = sysfs_path(sysfs_proc_root(root), "proc/cpuinfo");
	int fd = path ? sysfs_open(path) : -1;
	bool missing = path && fd < 0;
	free(path);
	if (fd < 0)
		return missing;
	FILE *file = fdopen(fd, "r");
	if (!file) {
		close(fd);
		return false;
	}
	scan_cpuinfo(cpu, file, counts);
	fclose(file);
	return true;
}

/* The first line of a small file under the root; "" if there is none. */
static void read_line(const char *root, const char *rest, char *out, size_t size)
{
	char path[PATH_MAX];
	int length = snprintf(path, sizeof path, "%s/%s", root, rest);
	if (length < 0 || (size_t)length >= sizeof path || sysfs_line(path, out, size) != 0)
		out[0] = '\0';
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Bare EC2 machines have products like "m5.metal" and "c7i.metal-24xl"; Microsoft makes computers too. */
static bool dmi_is_virtual(const char *maker, const char *product)
{
	if (begins(maker, "Amazon EC2"))
		return !strstr(product, ".metal");
	if (begins(maker, "Microsoft Corporation"))
		return begins(product, "Virtual Machine");
	for (size_t i = 0; i < sizeof virtual_makers / sizeof *virtual_makers; i++)
		if (begins(maker, virtual_makers[i]) || begins(product, virtual_makers[i]))
			return true;
	return false;
}

/* Arm guests without DMI: the node that Xen and KVM's tools write, or the board that QEMU, Firecracker and crosvm give
 * themselves (Linux Documentation/devicetree/bindings, "linux,dummy-virt"). */
static bool device_tree_is_virtual(const char *root)
{
	char text[64];
	read_line(root, "sys/firmware/devicetree/base/hypervisor/compatible", text, sizeof text);
	if (text[0])
		return true;
	read_line(root, "sys/firmware/devicetree/base/compatible", text, sizeof text);
	return begins(text, "linux,dummy-virt");
}

/* The folder sys/hypervisor is there, empty, on bare machines whose kernel knows Xen; its `type` is not. */
static bool says_hypervisor(const char *root)
{
	char type[64];
	read_line(root, "sys/hypervisor/type", type, sizeof type);
	return type[0] != '\0';
}

bool cpu_identify(struct cpu *cpu, const char *root)
{
	memset(cpu, 0, sizeof *cpu);
	if (!cputime_threads(root, &cpu->threads))
		return false;
	/* A captured tree may have no proc/stat, or the first line of it only: then the paragraphs are counted. */
	if (!read_cpuinfo(cpu, root, cpu->threads == 0))
		return false;

	char maker[sizeof cpu->maker], product[128];
	read_line(root, "sys/class/dmi/id/sys_vendor", maker, sizeof maker);
	read_line(root, "sys/class/dmi/id/product_name", product, sizeof product);
	take_text(cpu->maker, sizeof cpu->maker, maker);
	if (!cpu->is_virtual)
		cpu->is_virtual = says_hypervisor(root) || dmi_is_virtual(maker, product) || device_tree_is_virtual(root);
	return true;
}
