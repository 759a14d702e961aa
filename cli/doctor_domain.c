/* SPDX-License-Identifier: MIT */
/* What there is to say about one domain. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/sysfs.h"
#include "doctor.h"
#include "layout.h"

/* The library reads a counter in the background at least this often. */
#define BACKGROUND_S 30.0
#define YEAR_S (365.0 * 86400)

/* A power that such a part takes under load, for the time to a wrap: an example for the reader, no limit. */
static double example_power(joules_part part)
{
	switch (part) {
	case JOULES_PART_PLATFORM:
		return 500;
	case JOULES_PART_DRAM:
	case JOULES_PART_UNCORE:
		return 50;
	case JOULES_PART_OTHER:
	case JOULES_PART_PACKAGE:
	case JOULES_PART_CORE:
	case JOULES_PART_GPU:
	case JOULES_PART_MACHINE:
	default:
		return 200;
	}
}

static const char *gain_text(joules_gain gain)
{
	switch (gain) {
	case JOULES_GAIN_MEASURED:
		return "the hardware measures what it counts";
	case JOULES_GAIN_MODELLED:
		return "the hardware models what it counts from its activity";
	case JOULES_GAIN_ESTIMATED:
		return "the value is estimated";
	case JOULES_GAIN_UNKNOWN:
	default:
		return "how this hardware comes by its value is not known";
	}
}

static void add_tick(struct text *what, const struct watch *watch)
{
	if (!watch || watch->error || watch->moves == 0)
		return;
	if (watch->moves == 1) {
		text_add(what, "; moved once in ");
		layout_time(what, watch->watched_s);
		return;
	}
	text_add(what, "; moves every ");
	layout_time(what, (double)(watch->last_ns - watch->first_ns) * 1e-9 / (watch->moves - 1));
	text_addf(what, " (seen %u times)", watch->moves);
}

static void add_wrap(struct text *what, const joules_domain *domain)
{
	if (domain->modulus == 0)
		return;
	double power = example_power(domain->part);
	double wrap_s = (double)domain->modulus * domain->unit_j / power;
	if (wrap_s > YEAR_S)
		return;
	text_add(what, "; wraps every ");
	layout_time(what, wrap_s);
	text_addf(what, " at %.0f W, and Joules reads it every ", power);
	layout_time(what, domain->max_unread_s > 0 ? fmin(domain->max_unread_s, BACKGROUND_S) : BACKGROUND_S);
}

static void find_quality(struct doctor *doctor, const joules_domain *domain, const struct watch *watch)
{
	struct text what = TEXT_INIT;
	if (domain->kind == JOULES_KIND_COUNTER && domain->unit_known) {
		text_add(&what, "unit ");
		layout_unit(&what, domain->unit_j);
	} else {
		text_add(&what, domain->kind == JOULES_KIND_COUNTER ? "unit not known" : "readable");
	}
	add_tick(&what, watch);
	add_wrap(&what, domain);
	text_addf(&what, "; calibration %s: %s", joules_gain_name(domain->gain), gain_text(domain->gain));
	findings_add(&doctor->findings, FINDING_OK, domain->name, text_string(&what), NULL);
	doctor->findings.failed |= what.failed;
	text_free(&what);
}

/* A counter that does not move: dead, or of a part that takes no energy now, or of a tree that is a copy. */
static void find_standstill(struct doctor *doctor, const joules_domain *domain, const struct watch *watch)
{
	if (!watch || watch->error || watch->moves > 0)
		return;
	struct text what = TEXT_INIT;
	if (watch->last == 0)
		text_add(&what, "its counter is 0 and stayed 0 for ");
	else
		text_add(&what, "its counter did not move for ");
	layout_time(&what, watch->watched_s);
	if (domain->part == JOULES_PART_UNCORE)
		text_add(&what, ": as it should if the integrated graphics is idle");
	else if (watch->last == 0)
		text_add(&what, ": nobody counts there; leave it out with `joules run --domains …`");
	else
		text_add(&what, ": the hardware does not count it, or these files are a copy");
	enum finding_level level = domain->part == JOULES_PART_UNCORE ? FINDING_OK : watch->last == 0 ? FINDING_PROBLEM : FINDING_ADVICE;
	findings_add(&doctor->findings, level, domain->name, text_string(&what), NULL);
	doctor->findings.failed |= what.failed;
	text_free(&what);
}

static void find_doubts(struct doctor *doctor, const joules_domain *domain)
{
	struct text what = TEXT_INIT;
	if (domain->kind != JOULES_KIND_COUNTER)
		return;
	if (domain->unit_error > 0) {
		text_addf(&what, "the kernel counts this domain in 15.3 µJ; Joules takes 2^-16 J (15.259 µJ) and widens the bounds by %.2f %%, as the hardware's "
				 "documents leave both open",
			  domain->unit_error * 100);
		findings_add(&doctor->findings, FINDING_ADVICE, domain->name, text_string(&what), NULL);
	}
	if (!domain->unit_known) {
		text_clear(&what);
		text_add(&what, "no known unit gives the range of this counter");
		if (domain->range_uj)
			text_addf(&what, " (max_energy_range_uj says %llu)", (unsigned long long)domain->range_uj);
		text_add(&what, ", so its values are taken as they come, in microjoules");
		findings_add(&doctor->findings, FINDING_ADVICE, domain->name, text_string(&what), NULL);
	}
	if (domain->modulus == 0 && domain->range_uj == 0)
		findings_add(&doctor->findings, FINDING_ADVICE, domain->name,
			"max_energy_range_uj is missing, 0 or no number: a wrap cannot be told from a reset, so a sample in which the counter falls back "
			"is given as invalid; keep samples short",
			NULL);
	doctor->findings.failed |= what.failed;
	text_free(&what);
}

static void find_read_error(struct doctor *doctor, const joules_domain *domain, int error)
{
	struct text what = TEXT_INIT;
	text_addf(&what, "%s: %s", domain->path, error == EINVAL ? "gives no number" : strerror(error));
	findings_add(&doctor->findings, FINDING_PROBLEM, domain->name, text_string(&what), NULL);
	doctor->findings.failed |= what.failed;
	text_free(&what);
}

static void find_unavailable(struct doctor *doctor, const joules_domain *domain)
{
	struct text what = TEXT_INIT, cure = TEXT_INIT;
	int fd = domain->path ? sysfs_open(domain->path) : -1;
	bool forbidden = domain->path && fd < 0 && (errno == EACCES || errno == EPERM);
	if (fd >= 0)
		close(fd);
	if (forbidden)
		doctor_rights_cure(domain->path, &what, &cure);
	else
		text_add(&what, domain->reason ? domain->reason : "cannot be read");
	const char *remedy = forbidden ? (cure.length ? text_string(&cure) : NULL) : domain->cure;
	/* A zone that nobody knows is no fault of the machine. */
	enum finding_level level = domain->part == JOULES_PART_OTHER ? FINDING_ADVICE : FINDING_PROBLEM;
	findings_add(&doctor->findings, level, domain->name, text_string(&what), remedy);
	doctor->findings.failed |= what.failed || cure.failed;
	text_free(&what);
	text_free(&cure);
}

void doctor_domain(struct doctor *doctor, const joules_domain *domain)
{
	if (!domain->available) {
		find_unavailable(doctor, domain);
		return;
	}
	if (domain->source == JOULES_ESTIMATED)
		return; /* doctor_machine() says when it is used */
	const struct watch *watch = doctor_watch_of(doctor, domain);
	if (watch && watch->error) {
		find_read_error(doctor, domain, watch->error);
		return;
	}
	find_quality(doctor, domain, watch);
	find_standstill(doctor, domain, watch);
	find_doubts(doctor, domain);
}
