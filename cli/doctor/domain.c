/* SPDX-License-Identifier: MIT */
#include "doctor/domain.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/sysfs.h"
#include "doctor/gpu.h"
#include "doctor/rights.h"
#include "doctor/state.h"
#include "doctor/watch.h"
#include "layout.h"

/* The library reads a counter in the background at least this often. */
#define BACKGROUND_S 30.0
#define YEAR_S (365.0 * 86400)

/* A power that such a part draws under load, for the time to a wrap: an example for the reader, no limit. */
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
	case JOULES_PART_BOARD:
	case JOULES_PART_NODE:
	case JOULES_PART_UNKNOWN:
	default:
		return 200;
	}
}

static void add_gain(struct text *what, joules_gain gain)
{
	text_addf(what, "calibration: %s", joules_gain_name(gain));
	if (gain == JOULES_GAIN_MEASURED)
		text_add(what, " (the value comes from sensors)");
	else if (gain == JOULES_GAIN_MODELLED)
		text_add(what, " (the hardware computes the value from its activity)");
}

static void add_tick(struct text *what, const struct watch *watch)
{
	if (!watch || watch->error)
		return;
	double tick_s = watch_tick(watch);
	if (tick_s > 0) {
		text_add(what, "; moves about every ");
		layout_time(what, tick_s);
		text_addf(what, " (seen %u times)", watch->moves);
	} else if (watch->moves == 1) {
		text_add(what, "; moved once in ");
		layout_time(what, watch->watched_s);
	}
}

/* Seconds from wrap to wrap at the example's power; 0 if it does not wrap or nobody knows when. */
static double wrap_time(const joules_domain *domain)
{
	return (double)domain->modulus * domain->unit_j / example_power(domain->part);
}

static void add_wrap(struct text *what, const joules_domain *domain)
{
	double wrap_s = wrap_time(domain);
	if (wrap_s < BACKGROUND_S || wrap_s > YEAR_S)
		return;
	text_add(what, "; wraps to 0 every ");
	layout_time(what, wrap_s);
	text_addf(what, " at %.0f W, so Joules reads it every ", example_power(domain->part));
	layout_time(what, BACKGROUND_S);
}

static void find_quality(struct doctor *doctor, const joules_domain *domain, const struct watch *watch)
{
	struct finding *finding = findings_add(&doctor->findings, FINDING_OK, domain->name);
	struct text *what = &finding->what;
	if (domain->kind == JOULES_KIND_COUNTER && domain->unit_known) {
		text_add(what, "unit ");
		layout_unit(what, domain->unit_j);
	} else {
		text_add(what, domain->kind == JOULES_KIND_COUNTER ? "unit not known" : "readable");
	}
	add_tick(what, watch);
	add_gain(&finding->common, domain->gain);
	add_wrap(&finding->common, domain);
	if (domain->scope)
		text_addf(&finding->common, "; covers %s", domain->scope);
}

/* A counter that does not move: stuck, or of a part that takes no energy now. */
static void find_standstill(struct doctor *doctor, const joules_domain *domain, const struct watch *watch)
{
	if (!watch || watch->error || (watch->moves > 0 && !watch->stuck))
		return;
	bool may_rest = domain->least_power_w <= 0.0 || domain->hosted;
	bool is_alone = may_rest && domain->package && watch_is_stuck(doctor_watch_called(doctor, domain->package));
	enum finding_level level = watch->stuck ? FINDING_PROBLEM : may_rest ? FINDING_OK : FINDING_ADVICE;
	const char *meaning = watch->stuck
	    ? "it is stuck, so it has no value. Nothing counts here, or these files are a copy; `joules run --domains …` "
	      "leaves it out"
	    : is_alone ? "its package's counter stands still too, so it may be at rest or stuck"
	    : may_rest ? "this is normal while this part uses no energy"
	               : "this is too short to tell whether it is stuck";
	struct text *what = &findings_add(&doctor->findings, level, domain->name)->what;
	text_addf(what, "its counter %s for ", watch->stuck && watch->last == 0 ? "is 0 and stayed 0" : "did not move");
	layout_time(what, watch->watched_s);
	text_addf(what, ": %s", meaning);
}

static void find_unit_doubt(struct doctor *doctor, const joules_domain *domain)
{
	struct text *what = &findings_add(&doctor->findings, FINDING_ADVICE, domain->name)->what;
	if (domain->unit_known)
		text_addf(what,
		    "the kernel says that one count is 15.3 µJ, but other sources say that it is 2^-16 J (15.259 µJ), rounded. "
		    "Joules uses 2^-16 J and widens the bounds by %.2f %%",
		    domain->unit_error * 100);
	else if (domain->range_uj)
		text_addf(what,
		    "the range of this counter (max_energy_range_uj is %llu) fits no known unit, so Joules takes its values as "
		    "microjoules",
		    (unsigned long long)domain->range_uj);
	else
		text_add(what,
		    "max_energy_range_uj is missing, 0 or not a number, so Joules takes the values as microjoules. It cannot "
		    "tell "
		    "a wrap from a reset: a sample in which the counter falls back is invalid. Keep samples short");
}

static void find_fast_wrap(struct doctor *doctor, const joules_domain *domain)
{
	double wrap_s = wrap_time(domain);
	if (wrap_s <= 0 || wrap_s >= BACKGROUND_S)
		return;
	struct text *what = &findings_add(&doctor->findings, FINDING_PROBLEM, domain->name)->what;
	text_add(what, "judging by its range, this counter wraps every ");
	layout_time(what, wrap_s);
	text_addf(
	    what, " at %.0f W, more often than Joules reads it, so its values are too low", example_power(domain->part));
}

static void find_doubts(struct doctor *doctor, const joules_domain *domain)
{
	if (domain->kind != JOULES_KIND_COUNTER)
		return;
	if (!domain->unit_known || domain->unit_error > 0)
		find_unit_doubt(doctor, domain);
	find_fast_wrap(doctor, domain);
}

static void find_read_error(struct doctor *doctor, const joules_domain *domain, int error)
{
	struct text *what = &findings_add(&doctor->findings, FINDING_PROBLEM, domain->name)->what;
	text_addf(what, "%s: %s", domain->path, error == EINVAL ? "contains no number" : sysfs_error_text(error));
}

static void find_forbidden(struct doctor *doctor, const joules_domain *domain)
{
	doctor->forbidden++;
	doctor_rights_cure(domain->path, findings_add(&doctor->findings, FINDING_PROBLEM, domain->name));
}

static void find_unavailable(struct doctor *doctor, const joules_domain *domain)
{
	bool is_unknown = domain->part == JOULES_PART_UNKNOWN; /* no fault of the machine */
	if (domain->reason_code == JOULES_REASON_PERMISSION && domain->path && !is_unknown) {
		find_forbidden(doctor, domain);
		return;
	}
	enum finding_level level = domain->reason_code == JOULES_REASON_ASLEEP ? FINDING_OK
	    : is_unknown                                                       ? FINDING_ADVICE
	                                                                       : FINDING_PROBLEM;
	struct finding *finding = findings_add(&doctor->findings, level, domain->name);
	text_add(&finding->what, domain->reason);
	text_add(&finding->cure, domain->cure ? domain->cure : "");
	text_add(&finding->command, domain->command ? domain->command : "");
}

void doctor_domain(struct doctor *doctor, const joules_domain *domain)
{
	if (!domain->available) {
		find_unavailable(doctor, domain);
		return;
	}
	if (domain->source == JOULES_ESTIMATED)
		return; /* doctor_machine() says when it is used */
	if (domain->part == JOULES_PART_GPU) {
		doctor_gpu(doctor, domain);
		return;
	}
	const struct watch *watch = doctor_watch_of(doctor, domain);
	if (watch && watch->error) {
		find_read_error(doctor, domain, watch->error);
		return;
	}
	find_quality(doctor, domain, watch);
	find_standstill(doctor, domain, watch);
	find_doubts(doctor, domain);
}
