/* SPDX-License-Identifier: MIT */
/* The idle machine: what it used in another time than was meant, and what is above it. */
#include "model/idle.h"

#include <math.h>
#include <stdlib.h>

#include "base/status.h"

/* ---- to the exact time ---- */

static void scale(struct increment *increment, double factor)
{
	increment->joules *= factor;
	increment->below *= factor;
	increment->above *= factor;
	increment->likely_below *= factor;
	increment->likely_above *= factor;
	increment->seen_s *= factor;
}

/* Joined no more: the error of a common reading is scaled by two factors. */
static bool append_scaled(
    joules_trace *made, const joules_trace *idle, const joules_trace *trace, size_t index, struct increment *increments)
{
	struct row taken = trace_row(idle, index), meant = trace_row(trace, index);
	double factor = taken.duration_s > 0.0 ? meant.duration_s / taken.duration_s : 1.0;
	for (size_t d = 0; d < trace_domains(idle)->count; d++) {
		increments[d] = trace_increment(idle, index, d);
		scale(&increments[d], factor);
	}
	return trace_append(made, taken.tag, taken.timestamp, meant.duration_s, false, increments);
}

joules_status idle_scale(const joules_trace *idle, const joules_trace *trace, joules_trace **result)
{
	struct increment *increments = calloc(trace_domains(idle)->count + 1, sizeof *increments);
	joules_trace *made = trace_new(trace_domains(idle));
	bool done = increments && made;
	for (size_t i = 0; i < joules_trace_count(trace) && done; i++)
		done = append_scaled(made, idle, trace, i, increments);
	free(increments);
	if (!done) {
		joules_trace_unref(made);
		return fail_memory();
	}
	*result = made;
	return JOULES_OK;
}

/* ---- above idle ---- */

/* A difference of energies: what was taken is the less certain the wider either is, and it may be below 0. */
static struct increment less(const joules_energy *energy, const joules_energy *idle)
{
	bool lacks = energy->flags & (JOULES_PARTIAL | JOULES_INVALID); /* else it is idle that does, if either */
	joules_reason reason = lacks ? energy->reason : idle->reason;
	if (isnan(energy->joules) || isnan(idle->joules))
		return increment_lacking(reason);
	double joules = energy->joules - idle->joules;
	double below = joules - (energy->low - idle->high), above = energy->high - idle->low - joules;
	unsigned flags = energy->flags | idle->flags;
	bool partial = flags & JOULES_PARTIAL; /* as everywhere where something was not seen */
	return (struct increment){
		.joules = joules,
		.below = isnan(below) ? (double)INFINITY : below,
		.above = partial || isnan(above) ? (double)INFINITY : above,
		.likely_below = (double)NAN,
		.likely_above = (double)NAN,
		.flags = flags,
		.reason = reason,
		.seen_s = energy->seen_s,
	};
}

static joules_status remove_from(
    const joules_sample *sample, const joules_sample *idle, size_t index, struct increment *values)
{
	for (size_t d = 0; d < sample->domain_count; d++) {
		const joules_energy *energy = joules_sample_energy(sample, d), *taken = joules_sample_energy(idle, d);
		if (taken->low > energy->high)
			return joules_fail(JOULES_IDLE_EXCEEDS,
			    "remove_idle: sample %zu ('%s') used at most %g J in %s, but the idle machine used at least %g J",
			    index, sample->tag, energy->high, sample->domains[d]->name, taken->low);
		values[d] = less(energy, taken);
	}
	return JOULES_OK;
}

/* Joined no more: each idle sample has readings of its own. */
static joules_status append_above(joules_trace *made, const joules_sample *sample, const struct increment *values)
{
	return trace_append(made, sample->tag, sample->timestamp, sample->duration_s, false, values) ? JOULES_OK
	                                                                                             : fail_memory();
}

joules_status joules_trace_remove_idle(const joules_trace *trace, const joules_trace *idle, joules_trace **result)
{
	joules_status status = trace_check_pair(trace, idle, result, "remove_idle");
	if (status)
		return status;
	size_t count = joules_trace_count(trace);
	if (joules_trace_count(idle) != count)
		return joules_fail(JOULES_INCONSISTENT,
		    "remove_idle: %zu samples, but %zu idle ones; take them from joules_meter_idle() of the same trace", count,
		    joules_trace_count(idle));
	struct increment *values = calloc(trace_domains(trace)->count + 1, sizeof *values);
	joules_trace *made = trace_new_differences(trace_domains(trace));
	joules_sample *sample = NULL, *taken = NULL;
	if (!values || !made || !trace_copy_labels(made, trace, NULL))
		status = fail_memory();
	for (size_t i = 0; i < count && !status; i++) {
		status = joules_trace_sample(trace, i, &sample);
		if (!status)
			status = joules_trace_sample(idle, i, &taken);
		if (!status)
			status = remove_from(sample, taken, i, values);
		if (!status)
			status = append_above(made, sample, values);
	}
	joules_sample_free(sample);
	joules_sample_free(taken);
	free(values);
	if (status)
		joules_trace_unref(made);
	else
		*result = made;
	return status;
}
