/* SPDX-License-Identifier: MIT */
#include "devices/rapl/powercap.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/status.h"
#include "base/sysfs.h"
#include "devices/rapl/unit.h"

bool powercap_is_readable(const struct zone *zone)
{
	char path[PATH_MAX]; /* not allocated: without memory another zone would be chosen */
	uint64_t value;
	int length = snprintf(path, sizeof path, "%s/energy_uj", zone->path);
	return length > 0 && (size_t)length < sizeof path && sysfs_u64(path, &value) == 0;
}

struct powercap {
	size_t count;
	struct source {
		int fd;
		struct rapl_unit unit;
		struct sysfs_number energy_uj;
		uint64_t counted_uj, count; /* what that makes in counts, and of which value */
	} sources[];
};

void powercap_close(void *state)
{
	struct powercap *powercap = state;
	for (size_t i = 0; powercap && i < powercap->count; i++)
		close(powercap->sources[i].fd);
	free(powercap);
}

joules_status powercap_open(
    void *context, const joules_options *options, const joules_domain *const *domains, size_t count, void **state)
{
	(void)context;
	(void)options;
	struct powercap *powercap = calloc(1, sizeof *powercap + count * sizeof *powercap->sources);
	if (!powercap)
		return fail_memory();
	for (; powercap->count < count; powercap->count++) {
		struct source *source = &powercap->sources[powercap->count];
		source->unit = rapl_unit_of_range(domains[powercap->count]->range_uj);
		source->fd = sysfs_open(domains[powercap->count]->path);
		if (source->fd >= 0)
			continue;
		joules_status status = fail_errno(errno, "cannot open", domains[powercap->count]->path);
		powercap_close(powercap);
		return status;
	}
	*state = powercap;
	return JOULES_OK;
}

void powercap_read(void *state, joules_raw *const raw[])
{
	struct powercap *powercap = state;
	for (size_t i = 0; i < powercap->count; i++) {
		struct source *source = &powercap->sources[i];
		raw[i]->error = sysfs_pread_again(source->fd, &source->energy_uj);
		raw[i]->ok = raw[i]->error == 0;
		if (!raw[i]->ok)
			continue;
		if (source->energy_uj.value != source->counted_uj) {
			source->counted_uj = source->energy_uj.value;
			source->count = rapl_count(&source->unit, source->counted_uj);
		}
		raw[i]->count = source->count;
	}
}
