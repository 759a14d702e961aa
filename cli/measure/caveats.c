/* SPDX-License-Identifier: MIT */
#include "measure/caveats.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/why.h"

static const joules_domain *estimated_domain(const joules_meter *meter)
{
	for (size_t i = 0; i < joules_meter_domain_count(meter); i++)
		if (joules_meter_domain(meter, i)->source == JOULES_ESTIMATED)
			return joules_meter_domain(meter, i);
	return NULL;
}

/* The device that would have measured the processor. */
static const joules_device *processors_device(const joules_list *list)
{
	for (size_t i = 0; i < joules_list_device_count(list); i++)
		if (joules_list_device(list, i)->part == JOULES_PART_PACKAGE)
			return joules_list_device(list, i);
	return NULL;
}

/* One line: why it is an estimate. Of what, and how wide its band is, the report says. */
static void note_estimate(const struct plan *plan, const joules_meter *meter, struct notes *notes)
{
	const joules_domain *domain = estimated_domain(meter);
	joules_list *list = NULL;
	if (!domain)
		return;
	const joules_device *device = NULL;
	if (plan->meter.estimate == JOULES_ESTIMATE_AUTO && !plan->meter.domains &&
	    joules_list_new(&list, &plan->meter) == JOULES_OK)
		device = processors_device(list);
	if (device && !device->available)
		notes_add(notes, "no CPU counter can be read, so this is an estimate: %s (see joules doctor)", device->reason);
	else
		notes_add(notes, "%s is an estimate", domain->name);
	joules_list_free(list);
}

static void note_left_out(const joules_domain *domain, struct notes *notes)
{
	struct text why = TEXT_INIT;
	why_add(&why, domain->reason, domain->cure, domain->command);
	notes_add(notes, "%s is not measured: %s", domain->name, text_string(&why));
	text_free(&why);
}

/* For --domains: the GPUs that programs started here may use, and the devices measured beside them. */
static void add_visible(struct text *list, const joules_meter *meter)
{
	const char *device = "";
	for (size_t i = 0; i < joules_meter_domain_count(meter); i++) {
		const joules_domain *domain = joules_meter_domain(meter, i);
		const char *name = domain->gpu ? domain->name : domain->device;
		if (domain->gpu ? !domain->gpu->visible : strcmp(name, device) == 0)
			continue;
		text_addf(list, "%s%s", list->length > 0 ? "," : "", name);
		device = domain->gpu ? device : name;
	}
}

/* GPUs that are left out, and those that the command will not use. Only where nobody has chosen. */
static void note_gpus(const struct plan *plan, const joules_meter *meter, struct notes *notes)
{
	size_t measured = 0, hidden = 0;
	struct text visible = TEXT_INIT;
	for (size_t i = 0; i < joules_meter_missing_count(meter); i++) {
		const joules_domain *domain = joules_meter_missing(meter, i);
		if (domain->part == JOULES_PART_GPU)
			note_left_out(domain, notes);
	}
	for (size_t i = 0; i < joules_meter_domain_count(meter); i++) {
		const joules_gpu *gpu = joules_meter_domain(meter, i)->gpu;
		measured += gpu != NULL;
		hidden += gpu && !gpu->visible;
	}
	if (plan->meter.domains || hidden == 0)
		return;
	add_visible(&visible, meter);
	if (visible.length > 0)
		notes_add(notes,
		    "%zu of %zu GPUs are measured although the command cannot use them (CUDA_VISIBLE_DEVICES or the like): "
		    "--domains %s leaves them out",
		    hidden, measured, text_string(&visible));
	text_free(&visible);
}

/* Whoever has one of its instances pays for all of them. */
static void note_instances(const joules_meter *meter, struct notes *notes)
{
	for (size_t i = 0; i < joules_meter_domain_count(meter); i++) {
		const joules_domain *domain = joules_meter_domain(meter, i);
		if (!domain->gpu || !domain->gpu->mig)
			continue;
		unsigned count = domain->gpu->instances;
		if (count > 0)
			notes_add(notes, "%s is divided into %u instance%s (MIG): its value is that of the whole GPU", domain->name,
			    count, count > 1 ? "s" : "");
		else
			notes_add(notes, "%s is divided into instances (MIG): its value is that of the whole GPU", domain->name);
	}
}

static void note_sudo(const struct plan *plan, struct notes *notes)
{
	const char *user = secure_getenv("SUDO_USER");
	if (!plan->user && geteuid() == 0 && user && *user && strcmp(user, "root") != 0)
		notes_add(notes,
		    "the command ran as root; `sudo joules run --user %s …` opens the counters as root and runs the command as "
		    "%s",
		    user, user);
}

static void note_input(const struct plan *plan, struct notes *notes)
{
	struct stat input, null;
	if (!plan->withholds_input || isatty(STDIN_FILENO) || fcntl(STDIN_FILENO, F_GETFL) & O_PATH)
		return;
	bool is_null = fstat(STDIN_FILENO, &input) == 0 && stat("/dev/null", &null) == 0 && input.st_rdev == null.st_rdev &&
	    S_ISCHR(input.st_mode);
	if (!is_null)
		notes_add(notes,
		    "several runs cannot share standard input, so they got none; use --input FILE, which is opened again for "
		    "each run");
}

void caveats_of_counters(const struct plan *plan, const joules_meter *meter, struct notes *notes)
{
	if (plan->quiet && !plan->report && plan->report_count == 0)
		return; /* nobody would read them, and looking at every device takes time */
	note_estimate(plan, meter, notes);
	note_gpus(plan, meter, notes);
	note_instances(meter, notes);
}

void caveats_of_command(const struct plan *plan, struct notes *notes)
{
	note_sudo(plan, notes);
	note_input(plan, notes);
}
