/* SPDX-License-Identifier: MIT */
/* What is made of finished traces: sums, and new traces (cleaned, one after the other; idle.c: less the idle machine).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "model/trace.h"

/* The sum of one domain over samples, as it grows. */
struct sum {
	struct increment total;
	double units;        /* COUNTER: in whole units, so that the sum is exact … */
	double rest;         /* … and what is no whole unit: values of the idle machine are scaled */
	double latest_above; /* of the sample before: dropped if the next one begins with the same reading */
	double run_joules;   /* of samples that follow each other, so far … */
	double run_below;    /* … and what is doubted of it */
	double seen_s;       /* the time in which was seen … */
	double seen;         /* … this energy: that of the others was seen at no time that is known */
	bool unseen;         /* there are such others */
	size_t measured;
	bool latest_lacks;
	bool lacking;
	bool differences; /* which may be less than nothing */
};

/* What came before took no less than nothing: if its begin is in greater doubt than that, so be it. */
static void doubt_less(struct sum *sum, double below)
{
	if (!sum->differences)
		sum->run_below = fmin(sum->run_below, sum->run_joules + below);
}

static void end_run(struct sum *sum)
{
	doubt_less(sum, 0.0);
	sum->total.below += sum->run_below;
	sum->run_joules = sum->run_below = 0.0;
}

static void sum_add(
    struct sum *sum, const joules_domain *domain, const struct increment *next, double seconds, bool joined)
{
	if (sum->total.reason == JOULES_REASON_NONE)
		sum->total.reason = next->reason;
	sum->total.flags |= next->flags & ~(unsigned)JOULES_INVALID;
	bool after_gap = sum->latest_lacks;
	sum->latest_lacks = isnan(next->joules);
	sum->lacking |= sum->latest_lacks;
	if (sum->latest_lacks)
		return;
	double seen_s = next->flags & JOULES_PARTIAL ? next->seen_s : seconds;
	sum->unseen |= isnan(seen_s);
	if (!isnan(seen_s)) {
		sum->seen_s += seen_s;
		sum->seen += next->joules;
	}
	if (domain->kind == JOULES_KIND_COUNTER && domain->unit_j > 0.0) {
		double units = nearbyint(next->joules / domain->unit_j), whole = units * domain->unit_j;
		sum->units += units;
		sum->rest += next->joules - whole;
	} else {
		sum->total.joules += next->joules;
	}
	sum->total.likely_below = sum->measured == 0 ? next->likely_below : (double)NAN;
	sum->total.likely_above = sum->measured == 0 ? next->likely_above : (double)NAN;
	/* The error of a common reading adds to one neighbour what it takes from the other. An estimate's band is no
	 * reading's error. */
	if (joined && !after_gap && sum->measured > 0 && domain->kind != JOULES_KIND_MODEL) {
		sum->total.above += next->above - sum->latest_above;
		if (!isfinite(sum->latest_above))
			sum->total.above = (double)INFINITY;
		doubt_less(sum, next->below);
	} else {
		end_run(sum);
		sum->run_below = next->below;
		sum->total.above += next->above;
	}
	sum->run_joules += next->joules;
	sum->latest_above = next->above;
	sum->measured++;
}

/* So that its power is that of what was seen. */
static double sum_seen_s(const struct sum *sum, double joules)
{
	if (!sum->unseen)
		return sum->seen_s;
	return sum->seen > 0.0 ? sum->seen_s * joules / sum->seen : (double)NAN;
}

static struct increment sum_finish(struct sum *sum, const joules_domain *domain, double seconds)
{
	if (sum->measured == 0)
		return sum->total.flags & JOULES_STUCK ? increment_stuck() : increment_lacking(sum->total.reason);
	end_run(sum);
	struct increment total = sum->total;
	if (domain->kind == JOULES_KIND_COUNTER && domain->unit_j > 0.0)
		total.joules = sum->units * domain->unit_j + sum->rest;
	/* It was learned to be slower, or has taken some: no silent zero. */
	bool unknown = (domain->tick_varies || domain->least_power_w > 0.0) && !(total.joules > 0.0);
	if (seconds >= 2.0 * domain->tick_s && !unknown)
		total.flags &= ~(unsigned)JOULES_BELOW_TICK;
	if (sum->lacking || (total.flags & JOULES_PARTIAL)) {
		total.flags |= JOULES_PARTIAL;
		total.above = (double)INFINITY;
		total.seen_s = sum_seen_s(sum, total.joules);
		total.likely_below = total.likely_above = (double)NAN;
	}
	return total;
}

/* Sums samples with the tag (NULL: all) into sums; the number of samples taken. */
static size_t sum_samples(const joules_trace *trace, const char *tag, struct sum *sums, joules_sample *out)
{
	const struct domains *domains = trace_domains(trace);
	size_t taken = 0, previous = SIZE_MAX;
	for (size_t i = 0; i < joules_trace_count(trace); i++) {
		struct row row = trace_row(trace, i);
		if (tag && strcmp(row.tag, tag) != 0)
			continue;
		if (taken++ == 0) {
			out->timestamp = row.timestamp;
			out->duration_s = 0.0;
			out->tag = tag ? row.tag : "";
		}
		out->duration_s += row.duration_s;
		bool joined = row.joined && previous != SIZE_MAX && previous + 1 == i;
		for (size_t d = 0; d < domains->count; d++) {
			struct increment next = trace_increment(trace, i, d);
			sum_add(&sums[d], domains->items[d], &next, row.duration_s, joined);
		}
		previous = i;
	}
	return taken;
}

/* Bounds that closed over neighbours stay closed. */
static joules_status sum_stored(const struct stored *stored, const struct domains *domains, joules_sample **sample)
{
	joules_status status = sample_prepare(sample, domains);
	if (status)
		return status;
	(*sample)->timestamp = stored->begin;
	(*sample)->duration_s = stored->duration_s;
	for (size_t d = 0; d < domains->count; d++)
		sample_set(*sample, d, stored->whole[d]);
	return JOULES_OK;
}

joules_status joules_trace_sum(const joules_trace *trace, const char *tag, joules_sample **sample)
{
	if (!trace || !sample)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_trace_sum: trace and sample must not be NULL");
	if (tag ? joules_trace_find(trace, tag, 0) == joules_trace_count(trace) : joules_trace_count(trace) == 0)
		return joules_fail(JOULES_INVALID_ARGUMENT,
		    tag ? "the trace has no sample with the tag '%s'" : "the trace is empty%s", tag ? tag : "");
	const struct domains *domains = trace_domains(trace);
	if (!tag && trace_stored(trace))
		return sum_stored(trace_stored(trace), domains, sample);
	struct sum *sums = calloc(domains->count + 1, sizeof *sums);
	if (!sums)
		return fail_memory();
	joules_status status = sample_prepare(sample, domains);
	if (!status) {
		for (size_t d = 0; d < domains->count; d++)
			sums[d].differences = trace_holds_differences(trace);
		sum_samples(trace, tag, sums, *sample);
		for (size_t d = 0; d < domains->count; d++) {
			struct increment total = sum_finish(&sums[d], domains->items[d], (*sample)->duration_s);
			sample_set(*sample, d, trace_energy(trace, d, &total));
		}
	}
	free(sums);
	return status;
}

/* Which domains have a value somewhere? Those that have none drop no sample. */
static bool *find_measured(const joules_trace *trace)
{
	const struct domains *domains = trace_domains(trace);
	bool *measured = calloc(domains->count + 1, sizeof *measured);
	for (size_t i = 0; measured && i < joules_trace_count(trace); i++)
		for (size_t d = 0; d < domains->count; d++)
			measured[d] |= !isnan(trace_increment(trace, i, d).joules);
	return measured;
}

static bool is_clean(const joules_trace *trace, size_t index, const bool *measured)
{
	for (size_t d = 0; d < joules_trace_domain_count(trace); d++)
		if (measured[d] && !(trace_increment(trace, index, d).joules >= 0.0))
			return false;
	return true;
}

joules_status joules_trace_clean(const joules_trace *trace, joules_guard guard, void *context, joules_trace **result)
{
	if (!trace || !result)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_trace_clean: trace and result must not be NULL");
	*result = NULL;
	joules_status status = JOULES_OK;
	joules_sample *sample = NULL;
	bool *measured = find_measured(trace);
	joules_trace *made = trace_new_like(trace);
	if (!measured || !made || !trace_copy_labels(made, trace, NULL))
		status = fail_memory();
	/* Neighbours that are kept go together, and stay joined. */
	size_t count = joules_trace_count(trace), kept = 0;
	for (size_t i = 0; i <= count && !status; i++) {
		if (i < count)
			status = joules_trace_sample(trace, i, &sample);
		if (!status && i < count && is_clean(trace, i, measured) && (!guard || guard(sample, context)))
			continue;
		if (!status && !trace_append_range(made, trace, kept, i))
			status = fail_memory();
		kept = i + 1;
	}
	joules_sample_free(sample);
	free(measured);
	if (status)
		joules_trace_unref(made);
	else
		*result = made;
	return status;
}

joules_status joules_trace_add(const joules_trace *a, const joules_trace *b, joules_trace **result)
{
	joules_status status = trace_check_pair(a, b, result, "joules_trace_add");
	if (status)
		return status;
	joules_trace *made = trace_new_like(trace_holds_differences(a) ? a : b);
	if (!made || !trace_append_range(made, a, 0, joules_trace_count(a)) ||
	    !trace_append_range(made, b, 0, joules_trace_count(b)) || !trace_copy_labels(made, a, b)) {
		joules_trace_unref(made);
		return fail_memory();
	}
	*result = made;
	return JOULES_OK;
}
