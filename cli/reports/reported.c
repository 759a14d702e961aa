/* SPDX-License-Identifier: MIT */
#include "reports/reported.h"

#include <math.h>

#include "measure/child.h"

struct usage reported_usage(const struct results *results)
{
	struct usage sum = { 0.0, 0.0, 0.0 };
	double runs = (double)results->count;
	for (size_t i = 0; i < results->count; i++) {
		const struct rusage *used = &results->runs[i].usage;
		sum.user_s += timeval_s(used->ru_utime);
		sum.system_s += timeval_s(used->ru_stime);
		sum.memory_bytes = fmax(sum.memory_bytes, (double)used->ru_maxrss * 1024);
	}
	return (struct usage){ sum.user_s / runs, sum.system_s / runs, sum.memory_bytes };
}
