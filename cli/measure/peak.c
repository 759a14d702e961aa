/* SPDX-License-Identifier: MIT */
#include "measure/peak.h"

#include <math.h>

/* A rest between a mark and the next step is too short for its power to mean much. */
static bool is_comparable(const joules_sample *sample, const joules_energy *total, double every_s)
{
	return sample->duration_s >= 0.5 * every_s &&
	    !(total->flags & (JOULES_BELOW_TICK | JOULES_PARTIAL | JOULES_INVALID));
}

bool peak_of(const joules_trace *trace, double every_s, struct peak *peak)
{
	joules_sample *sample = NULL;
	double begin_s = 0.0;
	*peak = (struct peak){ .energy = JOULES_ENERGY_NONE, .watts = (double)NAN };
	for (size_t i = 0; trace && i < joules_trace_count(trace); i++) {
		if (joules_trace_sample(trace, i, &sample) != JOULES_OK)
			break;
		const joules_energy *total = joules_sample_total(sample, NULL);
		double watts = total->joules / sample->duration_s;
		if (is_comparable(sample, total, every_s) && !(watts <= peak->watts))
			*peak = (struct peak){ *total, begin_s, sample->duration_s, watts };
		begin_s += sample->duration_s;
	}
	joules_sample_free(sample);
	return !isnan(peak->watts);
}
