/* SPDX-License-Identifier: MIT */
/* What there is to say about a GPU: it has no file to watch, so its counter is watched through a meter. */
#include "doctor/gpu.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "doctor/state.h"
#include "layout.h"

enum { LOOKS = 100, NAP_NS = 5 * 1000 * 1000 };

struct moves {
	unsigned count;
	double tick_s; /* the median of the times from one to the next; 0 below two moves */
	double watched_s;
	double watts; /* NAN: not known */
	bool failed;
};

/* Half a second of looking, less as soon as three moves were seen. */
static void look(joules_meter *meter, joules_reading *begin, joules_reading *now, struct moves *moves)
{
	joules_sample *sample = NULL;
	double last = 0.0, gaps[LOOKS];
	int64_t start_ns = clock_monotonic_ns(), moved_ns = 0;
	moves->failed = joules_read(meter, begin) != JOULES_OK;
	for (unsigned i = 0; i < LOOKS && !moves->failed && moves->count < 4; i++) {
		clock_sleep_ns(NAP_NS);
		moves->failed = joules_read(meter, now) != JOULES_OK ||
		    joules_between(meter, begin, now, &sample) != JOULES_OK || isnan(joules_sample_energy(sample, 0)->joules);
		if (moves->failed)
			break;
		moves->watched_s = sample->duration_s;
		moves->watts = joules_sample_energy(sample, 0)->joules / sample->duration_s;
		if (joules_sample_energy(sample, 0)->joules <= last)
			continue;
		int64_t now_ns = clock_monotonic_ns() - start_ns;
		if (moves->count > 0)
			gaps[moves->count - 1] = (double)(now_ns - moved_ns) * 1e-9;
		last = joules_sample_energy(sample, 0)->joules;
		moved_ns = now_ns;
		moves->count++;
	}
	joules_statistics statistics = JOULES_STATISTICS_INIT;
	if (moves->count > 1 && joules_statistics_of(gaps, moves->count - 1, &statistics) == JOULES_OK)
		moves->tick_s = statistics.median;
	joules_sample_free(sample);
}

static struct moves watch(const struct doctor *doctor, const joules_domain *domain)
{
	struct moves moves = { .watts = (double)NAN, .failed = true };
	joules_options options = JOULES_OPTIONS_INIT;
	joules_meter *meter = NULL;
	joules_reading *begin = NULL, *now = NULL;
	options.sysroot = doctor->root;
	options.domains = domain->name;
	options.estimate = JOULES_ESTIMATE_NEVER;
	if (joules_meter_open(&meter, &options) == JOULES_OK && joules_reading_new(meter, &begin) == JOULES_OK &&
	    joules_reading_new(meter, &now) == JOULES_OK)
		look(meter, begin, now, &moves);
	joules_reading_free(begin);
	joules_reading_free(now);
	joules_meter_close(meter);
	return moves;
}

static void add_way(struct text *what, const joules_domain *domain, const struct moves *moves)
{
	if (domain->method == JOULES_METHOD_COUNTER) {
		text_add(what, "an energy counter, unit ");
		layout_unit(what, domain->unit_j);
		if (moves->tick_s > 0) {
			text_add(what, "; moves about every ");
			layout_time(what, moves->tick_s);
		}
	} else if (domain->method == JOULES_METHOD_POWER) {
		text_add(what, "no energy counter: Joules reads its power in the background and adds it up, ± 5 % at best");
	} else {
		text_add(what,
		    "no energy counter, and its power is an average over one second: regions of a few seconds are blurred");
	}
}

static void find_way(struct doctor *doctor, const joules_domain *domain, const struct moves *moves)
{
	bool counter = domain->method == JOULES_METHOD_COUNTER;
	struct text *what = &findings_add(&doctor->findings, counter ? FINDING_OK : FINDING_ADVICE, domain->name)->what;
	if (domain->gpu && domain->gpu->product)
		text_addf(what, "%s: ", domain->gpu->product);
	add_way(what, domain, moves);
	if (domain->covers == JOULES_COVERS_MODULE)
		text_add(what, "; covers the whole module, including its CPU and memory");
	if (domain->gpu && domain->gpu->mig)
		text_add(what, "; divided into instances (MIG), which have no values of their own");
	text_addf(what, "; calibration: %s", joules_gain_name(domain->gain));
}

void doctor_gpu(struct doctor *doctor, const joules_domain *domain)
{
	struct moves moves = watch(doctor, domain);
	find_way(doctor, domain, &moves);
	if (!moves.failed && (domain->method != JOULES_METHOD_COUNTER || moves.count > 0))
		return;
	struct text *what = &findings_add(&doctor->findings, FINDING_PROBLEM, domain->name)->what;
	text_add(what, moves.failed ? "it answered at first, but gives no value now" : "its counter did not move for ");
	if (!moves.failed)
		layout_time(what, moves.watched_s);
}
