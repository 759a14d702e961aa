/* SPDX-License-Identifier: MIT */
#include "model/tick.h"

#include <stddef.h>

/*
 * Two moves that were both caught between two close reads give the tick, never too short a one. A counter that stood
 * still has a tick of at least that time, so a region in which it did is never long enough.
 */
void tick_moved(struct tick *tick, const struct move *last, const struct move *move)
{
	if (!last)
		return;
	int64_t longest_ns = move->ns - last->before_ns, shortest_ns = move->before_ns - last->ns;
	double gap_s = (double)longest_ns * 1e-9;
	bool close = longest_ns - shortest_ns <= longest_ns / 4;
	if (!close || (tick->learned && gap_s >= tick->seconds))
		return;
	tick->seconds = gap_s;
	tick->learned = true;
}

void tick_stood(struct tick *tick, int64_t since_ns, int64_t begin_ns)
{
	double stood_s = (double)(begin_ns - since_ns) * 1e-9;
	if (stood_s <= tick->seconds)
		return;
	tick->seconds = stood_s;
	tick->learned = false;
}
