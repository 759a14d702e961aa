/* SPDX-License-Identifier: MIT */
#include "compare/summary.h"

#include <math.h>
#include <stdlib.h>

#include <joules/joules.h>

#include "base/json.h"
#include "measure/parts_json.h"

/* Runs that `joules run` did not measure have no status, and did not fail. */
static size_t count_statuses(const struct json_value *runs, size_t statuses[EXIT_CODES])
{
	size_t failed = 0;
	for (size_t i = 0; i < json_count(runs); i++) {
		double status = json_real(json_member(json_item(runs, i), "exit_status"));
		if (!(status >= 0 && status < EXIT_CODES))
			continue;
		statuses[(size_t)status]++;
		failed += status > 0;
	}
	return failed;
}

static void add_metric(struct text *out, const char *name, const struct earlier *earlier, const char *metric)
{
	size_t count = earlier_values(earlier, metric, NULL);
	struct bounded *runs = calloc(count + 1, sizeof *runs);
	double *values = calloc(count + 1, sizeof *values);
	joules_statistics statistics = JOULES_STATISTICS_INIT;
	if (runs && values)
		(void)earlier_values(earlier, metric, runs);
	for (size_t i = 0; runs && values && i < count; i++)
		values[i] = runs[i].value;
	if (!runs || !values || joules_statistics_of(values, count, &statistics) != JOULES_OK)
		out->failed = true;
	json_statistics(out, name, &statistics);
	free(runs);
	free(values);
}

static void add_domains(struct text *out, const struct earlier *earlier)
{
	const struct json_value *domains = json_member(json_item(earlier->runs, 0), "domains");
	json_begin_object(out, "domains");
	for (size_t i = 0; i < json_count(domains); i++) {
		const char *name = json_text(json_member(json_item(domains, i), "domain"));
		if (name)
			add_metric(out, name, earlier, name);
	}
	json_end_object(out);
}

void earlier_summary(struct text *out, const struct earlier *earlier)
{
	size_t statuses[EXIT_CODES] = { 0 };
	if (!earlier->is_kept) {
		json_again(out, "summary", json_member(&earlier->report, "summary"));
		return;
	}
	json_begin_object(out, "summary");
	json_unsigned(out, "runs", json_count(earlier->runs));
	json_unsigned(out, "failed", count_statuses(earlier->runs, statuses));
	json_statuses(out, statuses);
	add_metric(out, "duration_s", earlier, "time");
	add_metric(out, "total", earlier, "total");
	add_domains(out, earlier);
	json_end_object(out);
}
