/* SPDX-License-Identifier: MIT */
/* A device of which the Python package has never heard: two lamps of 60 W that are always on, and one that is out. */
#include <joules/joules.h>

#include <time.h>

static joules_status discover(void *context, const joules_options *options, joules_discovery *found)
{
	(void)context, (void)options;
	static const char *const names[] = { "lamp_0", "lamp_10", "lamp_2" };
	joules_status status = JOULES_OK;
	for (size_t i = 0; i < sizeof names / sizeof *names && !status; i++) {
		joules_domain domain = JOULES_DOMAIN_INIT;
		domain.name = names[i];
		domain.part = JOULES_PART_BOARD;
		domain.kind = JOULES_KIND_JOULES;
		domain.method = JOULES_METHOD_POWER;
		domain.max_power_w = 100.0;
		domain.available = i < 2;
		domain.reason_code = domain.available ? JOULES_REASON_NONE : JOULES_REASON_PERMISSION;
		domain.reason = domain.available ? NULL : "the lamp is out";
		status = joules_discovery_add(found, &domain);
	}
	return status;
}

static size_t opened;

static joules_status open_lamps(
    void *context, const joules_options *options, const joules_domain *const *domains, size_t count, void **state)
{
	(void)context, (void)options, (void)domains;
	opened = count;
	*state = &opened;
	return JOULES_OK;
}

static void read_lamps(void *state, joules_raw *const raw[])
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	for (size_t i = 0; i < *(size_t *)state; i++) {
		raw[i]->ok = true;
		raw[i]->joules = 60.0 * ((double)now.tv_sec + 1e-9 * (double)now.tv_nsec);
	}
}

static void close_lamps(void *state)
{
	(void)state;
}

JOULES_API joules_status lamp_register(void);
JOULES_API joules_status lamp_register(void)
{
	static const joules_device_ops lamp = { .size = sizeof lamp,
		.name = "lamp",
		.part = JOULES_PART_BOARD,
		.discover = discover,
		.open = open_lamps,
		.read = read_lamps,
		.close = close_lamps };
	return joules_device_register(&lamp, NULL);
}
