/* SPDX-License-Identifier: MIT */
/* Traces by themselves: what is put in comes out, at every border of a chunk; sums, and the traces that are made of
 * traces. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/idle.h"
#include "model/trace.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static joules_domain package = JOULES_DOMAIN_INIT, gpu = JOULES_DOMAIN_INIT, estimated = JOULES_DOMAIN_INIT;

static int describe(void **state)
{
	(void)state;
	package.name = "package_0";
	package.unit_j = 0.25;
	package.tick_s = 0.001;
	gpu.name = "gpu_0";
	gpu.kind = JOULES_KIND_JOULES;
	estimated.name = "estimated_cpu";
	estimated.kind = JOULES_KIND_MODEL;
	estimated.source = JOULES_ESTIMATED;
	return 0;
}

static joules_trace *trace_of(size_t count, const joules_domain *const *items)
{
	struct domains *domains = domains_new(items, count, NULL, 0);
	assert_non_null(domains);
	joules_trace *trace = trace_new(domains);
	assert_non_null(trace);
	domains_unref(domains);
	return trace;
}

static joules_trace *one_domain(void)
{
	return trace_of(1, (const joules_domain *const[]){ &package });
}

static joules_trace *two_domains(void)
{
	return trace_of(2, (const joules_domain *const[]){ &package, &gpu });
}

static struct increment known(double joules, double below, double above)
{
	return (struct increment){ joules, below, above, 0 };
}

static void add(joules_trace *trace, const char *tag, bool joined, struct increment increment)
{
	assert_true(trace_append(trace, tag, 1000.0, 1.0, joined, &increment));
}

static void add_two(joules_trace *trace, const char *tag, struct increment first, struct increment second)
{
	const struct increment increments[] = { first, second };
	assert_true(trace_append(trace, tag, 1000.0, 1.0, false, increments));
}

static joules_energy energy_at(const joules_trace *trace, size_t index, size_t domain)
{
	joules_sample *sample = NULL;
	assert_int_equal(joules_trace_sample(trace, index, &sample), JOULES_OK);
	joules_energy energy = *joules_sample_energy(sample, domain);
	joules_sample_free(sample);
	return energy;
}

static joules_energy sum_of(const joules_trace *trace, const char *tag, size_t domain)
{
	joules_sample *sample = NULL;
	assert_int_equal(joules_trace_sum(trace, tag, &sample), JOULES_OK);
	joules_energy energy = *joules_sample_energy(sample, domain);
	joules_sample_free(sample);
	return energy;
}

/* ---- columns and chunks ---- */

/* Chunks hold 16, 64, 256, 1024 samples, then 4096 each: so many samples fill them exactly. */
static const size_t borders[] = { 16, 80, 336, 1360, 5456, 9552, 13648 };

static bool is_near_a_border(size_t index)
{
	for (size_t i = 0; i < COUNT(borders); i++)
		if (index + 2 >= borders[i] && index <= borders[i] + 1)
			return true;
	return false;
}

static void every_column_comes_back_across_chunks(void **state)
{
	(void)state;
	enum { SAMPLES = 13650 };
	joules_trace *trace = two_domains();
	for (size_t i = 0; i < SAMPLES; i++) {
		assert_int_equal(joules_trace_count(trace), i);
		const struct increment increments[] = {
			{ (double)i, (double)(i % 7), (double)(i % 5), i % 3 == 0 ? JOULES_BELOW_TICK : 0 },
			{ (double)i * 0.1, 0.5, (double)INFINITY, JOULES_PARTIAL },
		};
		assert_true(
		    trace_append(trace, i % 2 ? "odd" : "even", (double)i * 0.5, (double)i * 1e-3, i % 4 == 1, increments));
		/* What was there stays as the trace grows. */
		if (is_near_a_border(i))
			assert_true(trace_increment(trace, i / 2, 0).joules == (double)(i / 2));
	}
	joules_sample *sample = NULL;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct row row = trace_row(trace, i);
		struct increment first = trace_increment(trace, i, 0), second = trace_increment(trace, i, 1);
		assert_string_equal(row.tag, i % 2 ? "odd" : "even");
		assert_true(row.timestamp == (double)i * 0.5 && row.duration_s == (double)i * 1e-3);
		assert_int_equal(row.joined, i % 4 == 1);
		assert_true(first.joules == (double)i && first.below == (double)(i % 7) && first.above == (double)(i % 5));
		assert_int_equal(first.flags, i % 3 == 0 ? JOULES_BELOW_TICK : 0);
		assert_true(second.joules == (double)i * 0.1 && isinf(second.above));
		if (!is_near_a_border(i))
			continue;
		assert_int_equal(joules_trace_sample(trace, i, &sample), JOULES_OK);
		assert_true(
		    joules_sample_energy(sample, 0)->joules == (double)i && isnan(joules_sample_energy(sample, 1)->high));
		trace_tighten_end(trace, i, 0, 0.125);
		assert_true(trace_increment(trace, i, 0).above <= 0.125);
		assert_true(trace_increment(trace, i, 0).below == (double)(i % 7));
	}
	joules_sample_free(sample);
	joules_trace_unref(trace);
}

static void ends_of_traces_are_errors_not_samples(void **state)
{
	(void)state;
	static const size_t lengths[] = { 0, 15, 16, 17, 79, 80, 81, 1359, 1360, 1361 };
	for (size_t i = 0; i < COUNT(lengths); i++) {
		joules_trace *trace = one_domain();
		joules_sample *sample = NULL;
		for (size_t j = 0; j < lengths[i]; j++)
			add(trace, "x", false, known(1.0, 0.0, 0.0));
		assert_int_equal(joules_trace_sample(trace, lengths[i], &sample), JOULES_INVALID_ARGUMENT);
		assert_int_equal(joules_trace_sample(trace, SIZE_MAX, &sample), JOULES_INVALID_ARGUMENT);
		assert_null(sample);
		assert_int_equal(joules_trace_find(trace, "x", lengths[i]), lengths[i]);
		assert_int_equal(joules_trace_find(trace, "x", SIZE_MAX), lengths[i]);
		if (lengths[i] > 0)
			assert_int_equal(joules_trace_find(trace, "x", lengths[i] - 1), lengths[i] - 1);
		assert_int_equal(joules_trace_sum(trace, NULL, &sample), lengths[i] > 0 ? JOULES_OK : JOULES_INVALID_ARGUMENT);
		if (sample)
			assert_true(joules_sample_energy(sample, 0)->joules == (double)lengths[i]);
		joules_sample_free(sample);
		joules_trace_unref(trace);
	}
}

static void a_doubt_never_shrinks_by_being_stored(void **state)
{
	(void)state;
	joules_trace *trace = one_domain();
	const double doubts[] = { 0.1, 1e-9, 1.0 + 1e-12, 16777217.0, 1e-50, 1e300 };
	for (size_t i = 0; i < COUNT(doubts); i++) {
		add(trace, "x", false, known(1.0, doubts[i], doubts[i]));
		assert_true(trace_increment(trace, i, 0).below >= doubts[i]);
		assert_true(trace_increment(trace, i, 0).above >= doubts[i]);
		trace_tighten_begin(trace, i, 0, doubts[i] * 2.0); /* never wider */
		assert_true(trace_increment(trace, i, 0).below <= (double)nextafterf((float)doubts[i], INFINITY));
	}
	trace_tighten_end(trace, 0, 0, 0.05);
	assert_true(trace_increment(trace, 0, 0).above >= 0.05 && trace_increment(trace, 0, 0).above < 0.0500001);
	joules_trace_unref(trace);
}

static void a_partial_end_stays_open(void **state)
{
	(void)state;
	joules_trace *trace = one_domain();
	add(trace, "x", false, (struct increment){ 1.0, 0.0, (double)INFINITY, JOULES_PARTIAL });
	trace_tighten_end(trace, 0, 0, 0.5);
	assert_true(isnan(energy_at(trace, 0, 0).high));
	joules_trace_unref(trace);
}

/* ---- tags ---- */

static void a_hundred_thousand_distinct_tags(void **state)
{
	(void)state;
	enum { TAGS = 100000 };
	joules_trace *trace = one_domain();
	char tag[32];
	for (int i = 0; i < TAGS; i++) {
		snprintf(tag, sizeof tag, "iteration-%d", i);
		add(trace, tag, false, known(1.0, 0.0, 0.0));
		add(trace, "again", false, known(1.0, 0.0, 0.0));
	}
	for (int i = 0; i < TAGS; i += 997) {
		snprintf(tag, sizeof tag, "iteration-%d", i);
		assert_int_equal(joules_trace_find(trace, tag, 0), 2 * i);
		assert_string_equal(trace_row(trace, (size_t)(2 * i)).tag, tag);
	}
	assert_int_equal(joules_trace_find(trace, "iteration-100000", 0), 2 * TAGS);
	assert_true(sum_of(trace, "again", 0).joules == TAGS);
	joules_trace_unref(trace);
}

static void tags_are_copied_and_told_apart(void **state)
{
	(void)state;
	joules_trace *trace = one_domain();
	char changing[] = "first";
	add(trace, changing, false, known(1.0, 0.0, 0.0));
	memcpy(changing, "other", 5);
	add(trace, changing, true, known(2.0, 0.0, 0.0));
	add(trace, "", true, known(4.0, 0.0, 0.0));
	add(trace, NULL, false, known(8.0, 0.0, 0.0));
	assert_string_equal(trace_row(trace, 0).tag, "first");
	assert_true(sum_of(trace, "", 0).joules == 12.0);
	assert_true(sum_of(trace, "other", 0).joules == 2.0);
	joules_trace_unref(trace);
}

/* ---- sums ---- */

static void bounds_close_over_neighbours(void **state)
{
	(void)state;
	joules_trace *trace = one_domain();
	for (int i = 0; i < 100; i++)
		add(trace, i % 10 ? "run" : "start", i > 0, known(1.0, 0.5, 0.25));
	joules_energy all = sum_of(trace, NULL, 0);
	assert_true(all.joules == 100.0 && fabs(all.low - 99.5) < 1e-9 && fabs(all.high - 100.25) < 1e-9);
	/* Ten stretches of nine neighbours. */
	joules_energy runs = sum_of(trace, "run", 0);
	assert_true(runs.joules == 90.0 && fabs(runs.low - 85.0) < 1e-9 && fabs(runs.high - 92.5) < 1e-9);
	/* Ten samples far from each other. */
	joules_energy starts = sum_of(trace, "start", 0);
	assert_true(starts.joules == 10.0 && fabs(starts.low - 5.0) < 1e-9 && fabs(starts.high - 12.5) < 1e-9);
	joules_trace_unref(trace);
}

static void a_gap_opens_the_bounds_again(void **state)
{
	(void)state;
	joules_trace *trace = one_domain();
	add(trace, "x", false, known(1.0, 0.5, 0.5));
	add(trace, "x", true, known(1.0, 0.5, 0.5));
	add(trace, "x", false, known(1.0, 0.5, 0.5)); /* resumed: a reading of its own */
	joules_energy sum = sum_of(trace, "x", 0);
	assert_true(sum.joules == 3.0 && fabs(sum.low - 2.0) < 1e-9 && fabs(sum.high - 4.0) < 1e-9);
	joules_trace_unref(trace);
}

static void what_is_missing_in_between_makes_a_sum_partial(void **state)
{
	(void)state;
	joules_trace *trace = two_domains();
	add_two(trace, "x", known(1.0, 0.0, 0.0), increment_invalid());
	add_two(trace, "x", increment_invalid(), increment_invalid());
	add_two(trace, "x", known(2.0, 0.0, 0.0), increment_invalid());
	joules_energy sum = sum_of(trace, "x", 0), none = sum_of(trace, "x", 1);
	assert_true(sum.joules == 3.0 && sum.low == 3.0 && isnan(sum.high));
	assert_int_equal(sum.flags, JOULES_PARTIAL);
	assert_true(isnan(none.joules) && isnan(none.low) && isnan(none.high));
	assert_int_equal(none.flags, JOULES_INVALID);
	joules_trace_unref(trace);
}

static void a_joined_sample_after_a_missing_one_brings_its_own_doubts(void **state)
{
	(void)state;
	joules_trace *trace = one_domain();
	add(trace, "x", false, known(1.0, 0.25, 0.5));
	add(trace, "x", true, increment_invalid());
	add(trace, "x", true, known(1.0, 0.25, 0.5));
	joules_energy sum = sum_of(trace, NULL, 0);
	assert_true(sum.joules == 2.0 && sum.low == 1.5 && isnan(sum.high));
	joules_trace_unref(trace);
}

static void an_estimates_bands_add_up(void **state)
{
	(void)state;
	joules_trace *trace = trace_of(1, (const joules_domain *const[]){ &estimated });
	for (int i = 0; i < 4; i++)
		add(trace, "x", i > 0, known(10.0, 5.0, 5.0));
	joules_energy sum = sum_of(trace, NULL, 0);
	assert_true(sum.joules == 40.0 && sum.low == 20.0 && sum.high == 60.0);
	joules_trace_unref(trace);
}

static void sums_of_units_are_exact(void **state)
{
	(void)state;
	joules_domain thirds = package;
	thirds.unit_j = 1.0 / 3.0;
	joules_trace *trace = trace_of(1, (const joules_domain *const[]){ &thirds });
	for (int i = 0; i < 30000; i++)
		add(trace, "x", i > 0, known((double)(i % 7) * thirds.unit_j, 0.0, 0.0));
	double units = 0;
	for (int i = 0; i < 30000; i++)
		units += i % 7;
	assert_true(sum_of(trace, NULL, 0).joules == units * thirds.unit_j);
	joules_trace_unref(trace);
}

static void many_short_samples_are_not_short_together(void **state)
{
	(void)state;
	joules_trace *trace = one_domain();
	struct increment brief = { 1.0, 0.0, 0.0, JOULES_BELOW_TICK };
	for (int i = 0; i < 3; i++)
		assert_true(trace_append(trace, "x", 0.0, 0.0009, i > 0, &brief));
	assert_int_equal(sum_of(trace, NULL, 0).flags, 0); /* 2.7 ms, ticks of 1 ms */
	joules_trace_unref(trace);
	trace = one_domain();
	assert_true(trace_append(trace, "x", 0.0, 0.0009, false, &brief));
	assert_int_equal(sum_of(trace, NULL, 0).flags, JOULES_BELOW_TICK);
	joules_trace_unref(trace);
}

/* ---- traces made of traces ---- */

static void adding_keeps_order_and_joins_nothing_across(void **state)
{
	(void)state;
	joules_trace *a = one_domain(), *b = one_domain(), *other = two_domains(), *both;
	for (int i = 0; i < 20; i++) {
		add(a, "a", i > 0, known(1.0, 0.5, 0.5));
		add(b, i ? "b" : "a", true, known(2.0, 0.5, 0.5)); /* its first would join what stands before it */
	}
	assert_int_equal(joules_trace_add(a, b, &both), JOULES_OK);
	assert_int_equal(joules_trace_count(both), 40);
	assert_int_equal(joules_trace_find(both, "a", 1), 1);
	assert_int_equal(joules_trace_find(both, "a", 20), 20);
	assert_int_equal(joules_trace_find(both, "b", 0), 21);
	joules_energy sum = sum_of(both, NULL, 0);
	assert_true(sum.joules == 60.0 && fabs(sum.low - 59.0) < 1e-9 && fabs(sum.high - 61.0) < 1e-9);
	joules_trace *doubled;
	assert_int_equal(joules_trace_add(both, both, &doubled), JOULES_OK);
	assert_int_equal(joules_trace_count(doubled), 80);
	joules_trace_unref(doubled);
	joules_trace_unref(both);
	assert_int_equal(joules_trace_add(a, other, &both), JOULES_INCONSISTENT);
	assert_null(both);
	joules_trace_unref(a);
	joules_trace_unref(b);
	joules_trace_unref(other);
}

static bool is_kept(const joules_sample *sample, void *context)
{
	++*(int *)context;
	return joules_sample_energy(sample, 0)->joules < 5.0 && strcmp(sample->tag, "drop") != 0;
}

static void cleaning_drops_what_is_invalid_and_what_the_guard_refuses(void **state)
{
	(void)state;
	joules_trace *trace = two_domains(), *clean;
	add_two(trace, "a", known(1.0, 0.0, 0.0), increment_invalid()); /* the second is never there: that drops nothing */
	add_two(trace, "b", increment_invalid(), increment_invalid());
	add_two(trace, "drop", known(2.0, 0.0, 0.0), increment_invalid());
	add_two(trace, "c", known(6.0, 0.0, 0.0), increment_invalid());
	add_two(trace, "d", known(4.0, 0.0, 0.0), increment_invalid());
	int asked = 0;
	assert_int_equal(joules_trace_clean(trace, is_kept, &asked, &clean), JOULES_OK);
	assert_int_equal(asked, 4); /* not for the invalid one */
	assert_int_equal(joules_trace_count(clean), 2);
	assert_string_equal(trace_row(clean, 0).tag, "a");
	assert_string_equal(trace_row(clean, 1).tag, "d");
	assert_int_equal(joules_trace_count(trace), 5);
	joules_trace_unref(clean);
	assert_int_equal(joules_trace_clean(trace, NULL, NULL, &clean), JOULES_OK);
	assert_int_equal(joules_trace_count(clean), 4);
	joules_trace_unref(clean);
	joules_trace_unref(trace);
}

static void cleaning_keeps_neighbours_joined(void **state)
{
	(void)state;
	joules_trace *trace = one_domain(), *clean;
	for (int i = 0; i < 6; i++)
		add(trace, "x", i > 0, i == 3 ? increment_invalid() : known(1.0, 0.5, 0.5));
	assert_int_equal(joules_trace_clean(trace, NULL, NULL, &clean), JOULES_OK);
	assert_int_equal(joules_trace_count(clean), 5);
	/* Two stretches of neighbours: a tick at each end of each, not at each end of every sample. */
	joules_energy sum = sum_of(clean, NULL, 0);
	assert_true(sum.joules == 5.0 && fabs(sum.low - 4.0) < 1e-9 && fabs(sum.high - 6.0) < 1e-9);
	joules_trace_unref(clean);
	joules_trace_unref(trace);
}

static void removing_idle_is_all_or_nothing(void **state)
{
	(void)state;
	joules_trace *trace = one_domain(), *idle = one_domain(), *result;
	const double spent[] = { 10.0, 6.0, 8.0 }, at_rest[] = { 4.0, 7.0, 2.0 };
	for (size_t i = 0; i < 3; i++) {
		add(trace, &"abc"[i], i > 0, known(spent[i], 0.25, 0.25));
		add(idle, &"abc"[i], i > 0, known(at_rest[i], 0.5, 0.5));
	}
	result = trace;
	assert_int_equal(joules_trace_remove_idle(trace, idle, &result), JOULES_IDLE_EXCEEDS);
	assert_null(result);
	assert_non_null(strstr(joules_error_message(), "'bc'"));
	assert_non_null(strstr(joules_error_message(), "package_0"));
	for (size_t i = 0; i < 3; i++) /* untouched */
		assert_true(trace_increment(trace, i, 0).joules == spent[i]);
	joules_trace *shorter = one_domain(), *other = two_domains();
	assert_int_equal(joules_trace_remove_idle(trace, shorter, &result), JOULES_INCONSISTENT);
	assert_int_equal(joules_trace_remove_idle(trace, other, &result), JOULES_INCONSISTENT);
	joules_trace_unref(shorter);
	joules_trace_unref(other);
	joules_trace_unref(idle);
	joules_trace_unref(trace);
}

static void the_rest_above_idle_has_both_doubts(void **state)
{
	(void)state;
	joules_trace *trace = two_domains(), *idle = two_domains(), *above;
	add_two(trace, "x", known(10.0, 0.25, 0.5), known(3.0, 0.0, 0.0));
	add_two(idle, "x", known(4.0, 1.0, 2.0), increment_invalid());
	assert_int_equal(joules_trace_remove_idle(trace, idle, &above), JOULES_OK);
	joules_energy first = energy_at(above, 0, 0), second = energy_at(above, 0, 1);
	assert_true(first.joules == 6.0 && first.low == 6.0 - 2.25 && first.high == 6.0 + 1.5);
	assert_true(isnan(second.joules)); /* a value that either lacks */
	assert_int_equal(second.flags, JOULES_INVALID);
	joules_trace_unref(above);
	joules_trace_unref(idle);
	joules_trace_unref(trace);
}

/* joules.h: partial is the energy seen, high is NAN. So it stays when idle is taken off, and an idle machine that was
 * seen only part of the time leaves no low. */
static void a_partial_value_stays_partial_above_idle(void **state)
{
	(void)state;
	const struct increment seen = { 10.0, 0.25, (double)INFINITY, JOULES_PARTIAL },
	                       seen_idle = { 4.0, 0.25, (double)INFINITY, JOULES_PARTIAL };
	joules_trace *trace = two_domains(), *idle = two_domains(), *above;
	add_two(trace, "x", seen, known(10.0, 0.25, 0.25));
	add_two(idle, "x", known(4.0, 0.25, 0.25), seen_idle);
	assert_int_equal(joules_trace_remove_idle(trace, idle, &above), JOULES_OK);
	for (size_t d = 0; d < 2; d++) {
		joules_energy energy = energy_at(above, 0, d);
		assert_true(energy.flags & JOULES_PARTIAL);
		assert_true(energy.joules == 6.0 && isnan(energy.high));
	}
	assert_true(isnan(energy_at(above, 0, 1).low));
	joules_trace_unref(above);
	joules_trace_unref(idle);
	joules_trace_unref(trace);
}

/* Within the noise of ticks either may be the larger one: at constant power nothing is refused, and nothing clamped. */
static void above_idle_a_value_may_be_negative(void **state)
{
	(void)state;
	joules_trace *trace = one_domain(), *idle = one_domain(), *above, *clean;
	add(trace, "a", false, known(1.0, 0.5, 0.5));
	add(trace, "b", true, known(1.25, 0.5, 0.5));
	add(idle, "a", false, known(1.25, 0.5, 0.5));
	add(idle, "b", true, known(1.0, 0.5, 0.5));
	assert_int_equal(joules_trace_remove_idle(trace, idle, &above), JOULES_OK);
	joules_energy first = energy_at(above, 0, 0), sum = sum_of(above, NULL, 0);
	assert_true(first.joules == -0.25 && first.low == -1.25 && first.high == 0.75);
	assert_true(sum.joules == 0.0 && sum.low == -2.0 && sum.high == 2.0);
	assert_int_equal(joules_trace_clean(above, NULL, NULL, &clean), JOULES_OK);
	assert_int_equal(joules_trace_count(clean), 1);
	assert_true(energy_at(clean, 0, 0).low == -0.75); /* still a difference */
	joules_trace_unref(clean);
	joules_trace_unref(above);
	joules_trace_unref(idle);
	joules_trace_unref(trace);
}

/* An energy among differences keeps the bounds that a reader saw of it. */
static void energies_and_differences_go_together(void **state)
{
	(void)state;
	joules_trace *trace = one_domain(), *above, *both[2];
	add(trace, "a", false, known(0.25, 0.5, 0.5));
	add(trace, "b", true, known(1.0, 0.5, 0.5));
	assert_int_equal(joules_trace_remove_idle(trace, trace, &above), JOULES_OK);
	assert_int_equal(joules_trace_add(trace, above, &both[0]), JOULES_OK);
	assert_int_equal(joules_trace_add(above, trace, &both[1]), JOULES_OK);
	for (size_t i = 0; i < 2; i++) {
		joules_energy energy = energy_at(both[i], 2 * i, 0), difference = energy_at(both[i], 2 - 2 * i, 0);
		assert_true(energy.low == 0.0 && energy.high == 0.75);
		assert_true(difference.low == -0.75 && difference.high == 0.75);
		joules_trace_unref(both[i]);
	}
	joules_trace_unref(above);
	joules_trace_unref(trace);
}

/* Scaled values are no whole units: their sum is theirs, and of whole units it stays exact. */
static void an_idle_trace_has_the_exact_durations(void **state)
{
	(void)state;
	joules_trace *trace = one_domain(), *idle = one_domain(), *scaled;
	const struct increment taken = known(1.0, 0.25, 0.5);
	for (size_t i = 0; i < 3; i++) {
		assert_true(trace_append(trace, "x", 1000.0, 1.0, i > 0, &taken));
		assert_true(trace_append(idle, "x", 1000.0, 1.25, i > 0, &taken));
	}
	assert_int_equal(idle_scale(idle, trace, &scaled), JOULES_OK);
	joules_sample *sample = NULL;
	assert_int_equal(joules_trace_sample(scaled, 1, &sample), JOULES_OK);
	assert_true(sample->duration_s == 1.0);
	joules_energy energy = energy_at(scaled, 1, 0), sum = sum_of(scaled, NULL, 0);
	assert_true(fabs(energy.joules - 0.8) < 1e-9 && fabs(energy.low - 0.6) < 1e-6 && fabs(energy.high - 1.2) < 1e-6);
	assert_true(fabs(sum.joules - 2.4) < 1e-9 && fabs(sum.low - 1.8) < 1e-6 && fabs(sum.high - 3.6) < 1e-6);
	joules_sample_free(sample);
	joules_trace_unref(scaled);
	joules_trace_unref(idle);
	joules_trace_unref(trace);
}

/* ---- what is likely ---- */

static joules_trace *estimates(size_t domains)
{
	static joules_domain other;
	other = estimated;
	other.name = "estimated_other";
	return trace_of(domains, (const joules_domain *const[]){ &estimated, &other });
}

static void check_likely(const joules_energy *energy, double low, double high)
{
	assert_true(fabs(energy->likely_low - low) < 1e-6 && fabs(energy->likely_high - high) < 1e-6);
}

static void check_unlikely(const joules_energy *energy)
{
	assert_true(!isnan(energy->joules));
	assert_true(isnan(energy->likely_low) && isnan(energy->likely_high));
}

static void what_is_likely_is_known_of_single_values_only(void **state)
{
	(void)state;
	const joules_energy energy = { 10.0, 5.0, 20.0, 0, 8.0, 14.0 };
	const struct increment increment = increment_of_energy(&energy);
	joules_trace *trace = estimates(1), *above;
	joules_sample *sample = NULL;
	add(trace, "x", false, increment);
	add(trace, "y", true, increment);
	assert_int_equal(joules_trace_sample(trace, 1, &sample), JOULES_OK);
	check_likely(joules_sample_energy(sample, 0), 8.0, 14.0);
	check_likely(joules_sample_total(sample, NULL), 8.0, 14.0);
	assert_int_equal(joules_trace_sum(trace, "y", &sample), JOULES_OK);
	check_likely(joules_sample_energy(sample, 0), 8.0, 14.0);
	assert_int_equal(joules_trace_sum(trace, NULL, &sample), JOULES_OK);
	check_unlikely(joules_sample_energy(sample, 0));
	check_unlikely(joules_sample_total(sample, NULL));
	assert_int_equal(joules_trace_remove_idle(trace, trace, &above), JOULES_OK);
	assert_int_equal(joules_trace_sample(above, 0, &sample), JOULES_OK);
	check_unlikely(joules_sample_energy(sample, 0));
	joules_sample_free(sample);
	joules_trace_unref(above);
	joules_trace_unref(trace);
}

static void what_is_likely_of_a_total_of_two_nobody_says(void **state)
{
	(void)state;
	const joules_energy energy = { 10.0, 5.0, 20.0, 0, 8.0, 14.0 };
	const struct increment increment = increment_of_energy(&energy);
	joules_trace *trace = estimates(2);
	joules_sample *sample = NULL;
	add_two(trace, "x", increment, increment);
	add_two(trace, "y", increment, increment_invalid()); /* one value, and it is not the whole */
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(joules_trace_sample(trace, i, &sample), JOULES_OK);
		check_likely(joules_sample_energy(sample, 0), 8.0, 14.0);
		check_unlikely(joules_sample_total(sample, NULL));
	}
	joules_sample_free(sample);
	joules_trace_unref(trace);
}

static void what_is_likely_must_hold_the_value(void **state)
{
	(void)state;
	const joules_energy unset = { 10.0, 5.0, 20.0, 0, 0.0, 0.0 }, half = { 10.0, 5.0, 20.0, 0, 8.0, (double)NAN };
	joules_trace *trace = estimates(1);
	add(trace, "x", false, increment_of_energy(&unset));
	add(trace, "x", false, increment_of_energy(&half));
	for (size_t i = 0; i < 2; i++) {
		joules_energy stored = energy_at(trace, i, 0);
		check_unlikely(&stored);
	}
	joules_trace_unref(trace);
}

/* ---- ids and samples ---- */

static void a_sample_owns_its_energies(void **state)
{
	(void)state;
	joules_trace *trace = two_domains();
	joules_sample *sample = NULL;
	joules_source source = JOULES_ESTIMATED;
	add_two(trace, "x", known(1.0, 0.0, 0.0), known(2.0, 0.0, 0.0));
	add_two(trace, "y", known(4.0, 0.0, 0.0), known(8.0, 0.0, 0.0));
	assert_int_equal(joules_trace_sample(trace, 0, &sample), JOULES_OK);
	const joules_energy *second = joules_sample_energy(sample, 1), *total = joules_sample_total(sample, &source);
	assert_true(second->joules == 2.0 && total->joules == 3.0 && source == JOULES_MEASURED);
	assert_null(joules_sample_energy(sample, 2));
	assert_int_equal(joules_trace_sample(trace, 1, &sample), JOULES_OK);
	assert_ptr_equal(joules_sample_energy(sample, 1), second);
	assert_ptr_equal(joules_sample_total(sample, NULL), total);
	assert_true(second->joules == 8.0 && total->joules == 12.0);
	assert_null(joules_sample_energy(NULL, 0));
	assert_null(joules_sample_total(NULL, &source));
	assert_int_equal(joules_sample_missing(NULL, NULL, 0), 0);
	joules_sample_free(sample);
	joules_trace_unref(trace);
}

static void ids_are_uuids_of_their_own(void **state)
{
	(void)state;
	enum { TRACES = 200 };
	joules_trace *traces[TRACES];
	for (size_t i = 0; i < TRACES; i++) {
		traces[i] = one_domain();
		const char *id = joules_trace_id(traces[i]);
		assert_int_equal(strlen(id), 36);
		assert_int_equal(id[14], '4');
		assert_non_null(strchr("89ab", id[19]));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(id, joules_trace_id(traces[j]));
		char copy[37];
		memcpy(copy, id, sizeof copy);
		add(traces[i], "x", false, known(1.0, 0.0, 0.0));
		assert_string_equal(joules_trace_id(traces[i]), copy);
	}
	for (size_t i = 0; i < TRACES; i++)
		joules_trace_unref(traces[i]);
}

/* ---- labels ---- */

static void label(joules_trace *trace, const char *key, const char *value)
{
	assert_int_equal(joules_trace_label_set(trace, key, value), JOULES_OK);
}

/* "key=value key=value" */
static void assert_labels(const joules_trace *trace, const char *expected)
{
	char text[256] = "";
	for (size_t i = 0; joules_trace_label_key(trace, i); i++) {
		const char *key = joules_trace_label_key(trace, i);
		(void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s=%s", i > 0 ? " " : "", key,
		    joules_trace_label(trace, key));
	}
	assert_string_equal(text, expected);
}

static void labels_stay_in_their_order_and_are_copied(void **state)
{
	(void)state;
	joules_trace *trace = one_domain();
	assert_int_equal(joules_trace_label_count(trace), 0);
	assert_null(joules_trace_label_key(trace, 0));
	assert_null(joules_trace_label(trace, "commit"));
	char key[] = "commit", value[] = "abc";
	label(trace, key, value);
	key[0] = value[0] = 'X';
	label(trace, "Exit-status_2", "");
	label(trace, "a", "b");
	label(trace, "commit", "d\xc3\xa9");
	assert_labels(trace, "commit=d\xc3\xa9 Exit-status_2= a=b");
	assert_int_equal(joules_trace_label_count(trace), 3);
	joules_trace *same = joules_trace_ref(trace);
	joules_trace_unref(trace);
	assert_labels(same, "commit=d\xc3\xa9 Exit-status_2= a=b");
	for (int i = 0; i < 50; i++) {
		char many[8];
		(void)snprintf(many, sizeof many, "k%d", i);
		label(same, many, many);
	}
	assert_string_equal(joules_trace_label(same, "k49"), "k49");
	joules_trace_unref(same);
}

static void names_of_labels_are_plain_words(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "a b", "a=b", "a.b", "\xc3\xa9", "a\n", "a/b" };
	joules_trace *trace = one_domain();
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(joules_trace_label_set(trace, bad[i], "value"), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_trace_label_set(trace, NULL, "value"), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_trace_label_set(trace, "key", NULL), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_trace_label_set(NULL, "key", "value"), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_trace_label_count(trace), 0);
	assert_int_equal(joules_trace_label_count(NULL), 0);
	assert_null(joules_trace_label(NULL, "key"));
	assert_null(joules_trace_label(trace, NULL));
	assert_null(joules_trace_label_key(NULL, 0));
	joules_trace_unref(trace);
}

static void traces_made_of_others_have_the_labels_that_hold_for_them(void **state)
{
	(void)state;
	joules_trace *a = one_domain(), *b = one_domain(), *made;
	add(a, "x", false, known(2.0, 0.0, 0.0));
	add(b, "x", false, known(1.0, 0.0, 0.0));
	label(a, "commit", "abc");
	label(a, "number", "1");
	label(a, "mine", "yes");
	label(b, "number", "2");
	label(b, "commit", "abc");
	assert_int_equal(joules_trace_clean(a, NULL, NULL, &made), JOULES_OK);
	assert_labels(made, "commit=abc number=1 mine=yes");
	label(made, "more", "x");
	joules_trace_unref(made);
	assert_int_equal(joules_trace_remove_idle(a, b, &made), JOULES_OK);
	assert_labels(made, "commit=abc number=1 mine=yes");
	joules_trace_unref(made);
	assert_int_equal(joules_trace_add(a, b, &made), JOULES_OK);
	assert_labels(made, "commit=abc");
	joules_trace_unref(made);
	assert_labels(a, "commit=abc number=1 mine=yes");
	joules_trace_unref(a);
	joules_trace_unref(b);
}

static void a_sample_is_refilled_where_it_has_room(void **state)
{
	(void)state;
	joules_trace *wide = two_domains(), *narrow = one_domain();
	add_two(wide, "wide", known(1.0, 0.0, 0.0), known(2.0, 0.0, 0.0));
	add(narrow, "narrow", false, known(4.0, 0.0, 0.0));
	joules_sample *sample = NULL, *small = NULL;
	assert_int_equal(joules_trace_sample(wide, 0, &sample), JOULES_OK);
	const joules_sample *place = sample;
	assert_int_equal(joules_trace_sample(narrow, 0, &sample), JOULES_OK);
	assert_ptr_equal(sample, place);
	assert_int_equal(sample->domain_count, 1);
	assert_true(joules_sample_energy(sample, 0)->joules == 4.0);
	assert_int_equal(joules_trace_sample(wide, 0, &sample), JOULES_OK); /* it had room before */
	assert_int_equal(sample->domain_count, 2);
	assert_true(joules_sample_energy(sample, 1)->joules == 2.0);
	assert_int_equal(joules_trace_sample(narrow, 0, &small), JOULES_OK);
	assert_int_equal(joules_trace_sample(wide, 0, &small), JOULES_INVALID_ARGUMENT);
	assert_true(joules_sample_energy(small, 0)->joules == 4.0 && small->domain_count == 1); /* as it was */
	assert_int_equal(joules_trace_sum(wide, NULL, &small), JOULES_INVALID_ARGUMENT);
	joules_trace_unref(wide);
	joules_trace_unref(narrow);
	assert_string_equal(sample->domains[1]->name, "gpu_0"); /* its domains live as long as it does */
	joules_sample_free(sample);
	joules_sample_free(small);
}

static void not_measured_is_not_zero(void **state)
{
	(void)state;
	joules_trace *trace = two_domains();
	add_two(trace, "x", known(0.0, 0.0, 0.0), increment_invalid());
	joules_energy zero = energy_at(trace, 0, 0), nothing = energy_at(trace, 0, 1);
	assert_true(zero.joules == 0.0 && zero.low == 0.0 && zero.high == 0.0 && zero.flags == 0);
	assert_true(isnan(nothing.joules) && isnan(nothing.low) && isnan(nothing.high));
	assert_int_equal(nothing.flags, JOULES_INVALID);
	joules_trace_unref(trace);
}

static void what_is_no_trace_is_an_error(void **state)
{
	(void)state;
	joules_trace *trace = one_domain(), *made;
	joules_sample *sample = NULL;
	assert_int_equal(joules_trace_count(NULL), 0);
	assert_int_equal(joules_trace_domain_count(NULL), 0);
	assert_null(joules_trace_domain(trace, 1));
	assert_int_equal(joules_trace_find(NULL, "x", 0), 0);
	assert_int_equal(joules_trace_sample(NULL, 0, &sample), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_trace_sum(NULL, NULL, &sample), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_trace_sum(trace, "nowhere", &sample), JOULES_INVALID_ARGUMENT);
	assert_non_null(strstr(joules_error_message(), "nowhere"));
	assert_int_equal(joules_trace_add(trace, NULL, &made), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_trace_clean(NULL, NULL, NULL, &made), JOULES_INVALID_ARGUMENT);
	assert_string_equal(joules_trace_id(NULL), "");
	assert_null(joules_trace_ref(NULL));
	joules_trace_unref(NULL);
	joules_sample_free(NULL);
	joules_trace_unref(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_column_comes_back_across_chunks),
		cmocka_unit_test(ends_of_traces_are_errors_not_samples),
		cmocka_unit_test(a_doubt_never_shrinks_by_being_stored),
		cmocka_unit_test(a_partial_end_stays_open),
		cmocka_unit_test(a_hundred_thousand_distinct_tags),
		cmocka_unit_test(tags_are_copied_and_told_apart),
		cmocka_unit_test(bounds_close_over_neighbours),
		cmocka_unit_test(a_gap_opens_the_bounds_again),
		cmocka_unit_test(what_is_missing_in_between_makes_a_sum_partial),
		cmocka_unit_test(a_joined_sample_after_a_missing_one_brings_its_own_doubts),
		cmocka_unit_test(an_estimates_bands_add_up),
		cmocka_unit_test(sums_of_units_are_exact),
		cmocka_unit_test(many_short_samples_are_not_short_together),
		cmocka_unit_test(adding_keeps_order_and_joins_nothing_across),
		cmocka_unit_test(cleaning_drops_what_is_invalid_and_what_the_guard_refuses),
		cmocka_unit_test(cleaning_keeps_neighbours_joined),
		cmocka_unit_test(removing_idle_is_all_or_nothing),
		cmocka_unit_test(the_rest_above_idle_has_both_doubts),
		cmocka_unit_test(a_partial_value_stays_partial_above_idle),
		cmocka_unit_test(above_idle_a_value_may_be_negative),
		cmocka_unit_test(energies_and_differences_go_together),
		cmocka_unit_test(an_idle_trace_has_the_exact_durations),
		cmocka_unit_test(what_is_likely_is_known_of_single_values_only),
		cmocka_unit_test(what_is_likely_of_a_total_of_two_nobody_says),
		cmocka_unit_test(what_is_likely_must_hold_the_value),
		cmocka_unit_test(a_sample_owns_its_energies),
		cmocka_unit_test(ids_are_uuids_of_their_own),
		cmocka_unit_test(labels_stay_in_their_order_and_are_copied),
		cmocka_unit_test(names_of_labels_are_plain_words),
		cmocka_unit_test(traces_made_of_others_have_the_labels_that_hold_for_them),
		cmocka_unit_test(a_sample_is_refilled_where_it_has_room),
		cmocka_unit_test(not_measured_is_not_zero),
		cmocka_unit_test(what_is_no_trace_is_an_error),
	};
	return cmocka_run_group_tests(tests, describe, NULL);
}
