/* SPDX-License-Identifier: MIT */
/* NVIDIA's GPUs as the kernel's PCI folder shows them: asking it wakes nothing. */
#ifndef JOULES_DEVICES_NVIDIA_PCI_H
#define JOULES_DEVICES_NVIDIA_PCI_H

#include <stdbool.h>
#include <stddef.h>

enum { PCI_MOST = 64 };

struct pci_gpu {
	char address[16]; /* "0000:01:00.0" */
	bool suspended;
};

struct pci_gpus {
	size_t count;
	struct pci_gpu items[PCI_MOST]; /* in PCI order, which is NVML's */
	char foreign[16];               /* the address of a GPU of NVIDIA's that another driver has; "" */
	char driver[32];                /* that driver */
	bool hidden;                    /* a driver is at work that PCI does not show: /dev/nvidiactl, or WSL's /dev/dxg */
};

void pci_find_gpus(struct pci_gpus *gpus, const char *root);
size_t pci_awake(const struct pci_gpus *gpus);

#endif
