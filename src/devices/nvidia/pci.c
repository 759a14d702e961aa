/* SPDX-License-Identifier: MIT */
#include "devices/nvidia/pci.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sysfs.h"

/* The file's line; "" if there is none. */
static void read_line(const char *folder, const char *file, char line[64])
{
	char path[PATH_MAX];
	(void)snprintf(path, sizeof path, "%s/%s", folder, file);
	if (sysfs_line(path, line, 64) != 0)
		*line = '\0';
}

static bool begins(const char *line, const char *prefix)
{
	return strncmp(line, prefix, strlen(prefix)) == 0;
}

/* VGA and 3D controllers. One file is enough to pass over nearly every other device: this is done in each run. */
static bool is_nvidia_gpu(const char *folder)
{
	char line[64];
	read_line(folder, "class", line);
	if (!begins(line, "0x0300") && !begins(line, "0x0302"))
		return false;
	read_line(folder, "vendor", line);
	return begins(line, "0x10de");
}

/* The driver that has it, if that is not NVIDIA's own: then NVML does not count it. */
static bool has_other_driver(const char *folder, char *driver, size_t size)
{
	char path[PATH_MAX], target[PATH_MAX];
	(void)snprintf(path, sizeof path, "%s/driver", folder);
	ssize_t length = readlink(path, target, sizeof target - 1);
	if (length <= 0)
		return false;
	target[length] = '\0';
	const char *name = strrchr(target, '/');
	name = name ? name + 1 : target;
	if (strcmp(name, "nvidia") == 0)
		return false;
	(void)snprintf(driver, size, "%.*s", (int)size - 1, name);
	return true;
}

static void add_gpu(struct pci_gpus *gpus, const char *folder, const char *address)
{
	if (has_other_driver(folder, gpus->driver, sizeof gpus->driver)) {
		(void)snprintf(gpus->foreign, sizeof gpus->foreign, "%.15s", address);
		return;
	}
	struct pci_gpu *gpu = &gpus->items[gpus->count++];
	(void)snprintf(gpu->address, sizeof gpu->address, "%.15s", address);
	char line[64];
	read_line(folder, "power/runtime_status", line);
	gpu->suspended = begins(line, "suspend"); /* suspended, suspending */
}

static int compare(const void *a, const void *b)
{
	const struct pci_gpu *first = a, *second = b;
	size_t length = strlen(first->address), other = strlen(second->address);
	if (length != other) /* domains above ffff (hyper-V, VMD) have more digits */
		return length < other ? -1 : 1;
	return strcmp(first->address, second->address);
}

void pci_find_gpus(struct pci_gpus *gpus, const char *root)
{
	memset(gpus, 0, sizeof *gpus);
	char *devices = sysfs_path(root, "sys/bus/pci/devices");
	DIR *entries = devices ? opendir(devices) : NULL;
	for (const struct dirent *entry; entries && gpus->count < PCI_MOST && (entry = readdir(entries));) {
		char *folder = entry->d_name[0] == '.' ? NULL : sysfs_path(devices, entry->d_name);
		if (folder && is_nvidia_gpu(folder))
			add_gpu(gpus, folder, entry->d_name);
		free(folder);
	}
	if (entries)
		closedir(entries);
	free(devices);
	qsort(gpus->items, gpus->count, sizeof *gpus->items, compare);
	gpus->hidden = gpus->count == 0 && (sysfs_exists(root, "dev/nvidiactl") || sysfs_exists(root, "dev/dxg"));
}

size_t pci_awake(const struct pci_gpus *gpus)
{
	size_t awake = 0;
	for (size_t i = 0; i < gpus->count; i++)
		awake += !gpus->items[i].suspended;
	return awake;
}
