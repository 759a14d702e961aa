/* SPDX-License-Identifier: MIT */
#include "measure/share.h"

#include <math.h>
#include <unistd.h>

#include "base/cputime.h"
#include "measure/child.h"

/* CPU-time shares are wrong by as much: the worst case that was published for them. */
static const double band_low = 0.65, band_high = 1.35;
/* Fewer busy ticks of the machine than this say nothing about who was busy. */
static const uint64_t fewest_ticks = 10;

struct share_moment share_begin(int busy_fd, const struct children *children)
{
	struct share_moment moment = { false, 0, 0.0 };
	char line[CPUTIME_LINE];
	struct cputime time;
	if (busy_fd < 0 || !cputime_read(busy_fd, line, sizeof line, &time))
		return moment;
	return (struct share_moment){ true, time.busy, children_cpu_s(children) };
}

static double at_most_1(double fraction)
{
	return fraction < 1.0 ? fraction : 1.0;
}

struct share share_end(
    int busy_fd, const struct children *children, const struct share_moment *begin, const struct rusage *child)
{
	struct share none = { false, 0.0, 0.0, 0.0, 0.0 };
	struct share_moment end = share_begin(busy_fd, children);
	if (!begin->known || !end.known || end.busy_ticks < begin->busy_ticks)
		return none;
	double busy = none.busy_ticks = (double)(end.busy_ticks - begin->busy_ticks);
	if (busy < (double)fewest_ticks)
		return none;
	long ticks = sysconf(_SC_CLK_TCK);
	double tree = (rusage_cpu_s(child) + end.tree_s - begin->tree_s) * (double)ticks;
	if (tree < 0)
		return none;
	return (
	    struct share){ true, at_most_1(tree / busy), at_most_1(tree / (busy + 1)), at_most_1(tree / (busy - 1)), busy };
}

static bool is_cpu_or_memory(joules_part part)
{
	return part == JOULES_PART_PACKAGE || part == JOULES_PART_CORE || part == JOULES_PART_UNCORE ||
	    part == JOULES_PART_DRAM || part == JOULES_PART_MACHINE;
}

joules_energy share_energy(const struct share *share, const joules_sample *sample, joules_source source)
{
	joules_energy sum = JOULES_ENERGY_ZERO;
	size_t counted = 0;
	for (size_t i = 0; i < sample->domain_count; i++) {
		const joules_domain *domain = sample->domains[i];
		const joules_energy *energy = joules_sample_energy(sample, i);
		if (!domain->in_total || domain->source != source || !is_cpu_or_memory(domain->part) || isnan(energy->joules))
			continue;
		sum.joules += energy->joules;
		sum.low += energy->low;
		sum.high += energy->high;
		counted++;
	}
	if (!share->known || counted == 0)
		return (joules_energy)JOULES_ENERGY_NONE;
	double high = sum.high * share->high * band_high;
	sum.joules *= share->cpu;
	sum.low *= share->low * band_low;
	sum.high = high > sum.high ? sum.high : high;
	return sum;
}
