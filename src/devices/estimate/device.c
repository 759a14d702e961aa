/* SPDX-License-Identifier: MIT */
/* The device `estimate`: one domain, one descriptor, one pread a reading. */
#include "devices/estimate/estimate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/status.h"
#include "base/sysfs.h"
#include "base/text.h"

struct estimate {
	int fd;
	double ticks_per_second;
	struct estimate_model model;
	char text[CPUTIME_ALL]; /* of which only the pages are used that the kernel fills */
};

/* Where a reading stands in joules_raw.model. */
enum { BUSY, IDLE, STEAL, THREADS, BEFORE_NS, AFTER_NS };

static double clock_ticks(void)
{
	long ticks = sysconf(_SC_CLK_TCK);
	return ticks > 0 ? (double)ticks : 100.0;
}

/* What the user knows of the machine; both 0 where that is nothing. */
struct watts {
	double idle;
	double full;
};

/* "40:180" */
static bool parse_watts(const char *value, struct watts *watts)
{
	char idle[JOULES_SETTING_MAX];
	size_t length = strcspn(value, ":");
	if (!value[length] || length >= sizeof idle)
		return false;
	memcpy(idle, value, length);
	idle[length] = '\0';
	return number_parse_double(idle, &watts->idle) && number_parse_double(value + length + 1, &watts->full) &&
	    watts->full > 0.0 && watts->idle <= watts->full && watts->full <= 1e6;
}

static joules_status check_watts(void *context, const char *value)
{
	(void)context;
	struct watts watts;
	if (parse_watts(value, &watts))
		return JOULES_OK;
	return joules_fail(JOULES_INVALID_ARGUMENT,
	    "give the watts that the whole machine draws when idle and at full load, e.g. 40:180 (joules run "
	    "--estimate-watts "
	    "40:180)");
}

static struct watts watts_of(const joules_options *options)
{
	char value[JOULES_SETTING_MAX];
	struct watts watts;
	bool given = joules_setting_get(options, "estimate.watts", value) && parse_watts(value, &watts);
	return given ? watts : (struct watts){ 0.0, 0.0 };
}

/* Tries once what a reading will do. 0, or an errno value. */
static int try_reading(const char *root)
{
	int fd = cputime_open(root);
	if (fd < 0)
		return errno;
	char line[CPUTIME_LINE];
	struct cputime time;
	int error = cputime_read(fd, line, sizeof line, &time) ? 0 : errno;
	close(fd);
	return error;
}

static const char *cure_of(int error)
{
	if (error == EACCES || error == EPERM)
		return "let this user read it: the estimate needs the machine's CPU time";
	return "mount the machine's proc there, or choose another root";
}

static joules_reason code_of(int error)
{
	if (error == EACCES || error == EPERM)
		return JOULES_REASON_PERMISSION;
	return error == ENOENT || error == ENOTDIR ? JOULES_REASON_ABSENT : JOULES_REASON_FAILED;
}

/* Sets the domain's reason and cure if there are any. False without memory. */
static bool check_domain(joules_domain *domain, const joules_options *options, char *reason, size_t size)
{
	int error = try_reading(options->sysroot);
	if (error == ENOMEM)
		return false;
	if (error) {
		(void)snprintf(reason, size, "%s: %s", domain->path,
		    error == EINVAL ? "it contains no CPU times" : sysfs_error_text(error));
		domain->cure = cure_of(error);
		domain->reason_code = code_of(error);
	} else {
		struct cpu cpu;
		if (!cpu_identify(&cpu, options->sysroot))
			return false;
		if (cpu.threads > 0 || watts_of(options).full > 0.0)
			return true;
		(void)snprintf(reason, size,
		    "neither proc/stat nor proc/cpuinfo lists a processor, so the number of hardware threads is unknown");
		domain->reason_code = JOULES_REASON_ABSENT;
		domain->cure = "give the watts that the whole machine draws when idle and at full load (joules run "
		               "--estimate-watts IDLE:FULL)";
	}
	domain->available = false;
	domain->reason = reason;
	return true;
}

static joules_status discover(void *context, const joules_options *options, joules_discovery *found)
{
	(void)context;
	char *path = sysfs_path(sysfs_proc_root(options->sysroot), "proc/stat");
	if (!path)
		return fail_memory();

	joules_domain domain = JOULES_DOMAIN_INIT;
	domain.name = "estimated_cpu";
	domain.kind = JOULES_KIND_MODEL;
	domain.source = JOULES_ESTIMATED;
	domain.method = JOULES_METHOD_MODEL;
	domain.gain = JOULES_GAIN_ESTIMATED;
	domain.part = JOULES_PART_MACHINE;
	domain.path = path;
	domain.covers = JOULES_COVERS_WALL;
	domain.scope = "wall share: CPU, memory, fans, power supply";
	domain.tick_s = 1.0 / clock_ticks();
	domain.longest_tick_s = domain.tick_s;

	char reason[512];
	joules_status status =
	    check_domain(&domain, options, reason, sizeof reason) ? joules_discovery_add(found, &domain) : fail_memory();
	free(path);
	return status;
}

static joules_status open_estimate(
    void *context, const joules_options *options, const joules_domain *const *domains, size_t count, void **state)
{
	(void)context;
	struct estimate *estimate = calloc(1, sizeof *estimate);
	if (!estimate)
		return fail_memory();

	struct cpu cpu;
	if (!cpu_identify(&cpu, options->sysroot)) {
		free(estimate);
		return fail_memory();
	}
	estimate->ticks_per_second = clock_ticks();
	struct watts watts = watts_of(options);
	estimate->model =
	    watts.full > 0.0 ? estimate_model_of_watts(&cpu, watts.idle, watts.full) : estimate_model_of_table(&cpu);
	estimate->fd = cputime_open(options->sysroot);
	if (estimate->fd < 0) {
		joules_status status =
		    fail_errno(errno, "cannot open", count > 0 && domains[0]->path ? domains[0]->path : "proc/stat");
		free(estimate);
		return status;
	}
	*state = estimate;
	return JOULES_OK;
}

static void read_estimate(void *state, joules_raw *const raw[])
{
	struct estimate *estimate = state;
	struct cputime time = { 0 };
	int64_t before_ns = clock_monotonic_ns();
	raw[0]->ok = cputime_read(estimate->fd, estimate->text, sizeof estimate->text, &time);
	raw[0]->error = raw[0]->ok ? 0 : errno;
	raw[0]->model[BUSY] = time.busy;
	raw[0]->model[IDLE] = time.idle;
	raw[0]->model[STEAL] = time.steal;
	raw[0]->model[THREADS] = time.threads;
	raw[0]->model[BEFORE_NS] = (uint64_t)before_ns;
	raw[0]->model[AFTER_NS] = (uint64_t)clock_monotonic_ns();
}

static void close_estimate(void *state)
{
	struct estimate *estimate = state;
	if (!estimate)
		return;
	close(estimate->fd);
	free(estimate);
}

static struct estimate_reading reading_of(const joules_raw *raw)
{
	const uint64_t *value = raw->model;
	return (struct estimate_reading){
		.time = { value[BUSY], value[IDLE], value[STEAL], (unsigned)value[THREADS] },
		.before_ns = (int64_t)value[BEFORE_NS],
		.after_ns = (int64_t)value[AFTER_NS],
	};
}

static void model(
    void *state, size_t domain, const joules_raw *begin, const joules_raw *end, double seconds, joules_energy *energy)
{
	(void)domain;
	const struct estimate *estimate = state;
	struct estimate_reading from = reading_of(begin), to = reading_of(end);
	*energy = estimate_energy(&estimate->model, &from, &to, seconds, estimate->ticks_per_second);
}

static const joules_setting watts_setting = {
	.size = sizeof watts_setting,
	.name = "watts",
	.help = "the watts of the whole machine, IDLE:FULL",
	.check = check_watts,
};

const joules_device_ops estimate_device = {
	.size = sizeof estimate_device,
	.name = "estimate",
	.part = JOULES_PART_MACHINE,
	.discover = discover,
	.open = open_estimate,
	.read = read_estimate,
	.close = close_estimate,
	.model = model,
	.settings = (const joules_setting *const[]){ &watts_setting, NULL },
};
