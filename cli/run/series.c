/* SPDX-License-Identifier: MIT */
#include "run/series.h"

#include <math.h>

#include "cli.h"
#include "run/measure.h"
#include "run/prepare.h"

/* False: it did not run. */
static bool measure(
    const struct plan *plan, struct machine *machine, bool warm_up, struct results *results, struct run_result *result)
{
	struct notes *notes = &results->notes;
	if (machine->signals.stop)
		return false;
	bool ready = prepare(plan->prepare, machine, results->count > 0, notes);
	if (machine->signals.stop)
		return false;
	int failed = ready ? measure_run(machine, &plan->command, warm_up, result, notes) : EXIT_RUN_FAILED;
	if (failed)
		results->exit_status = failed;
	return !failed;
}

static bool keep(struct results *results, struct run_result *result, const struct outputs *outputs)
{
	if (!results_add(results, result)) {
		notes_add_error(&results->notes, "out of memory: run %zu is not in the report", results->count + 1);
		return false;
	}
	if (result->trace)
		outputs_process(outputs, result->trace);
	return true;
}

static bool goes_on(
    const struct plan *plan, const struct machine *machine, bool warm_up, int code, struct results *results)
{
	bool is_last = results->done == plan->runs + plan->warmups;
	if (code == 0 || plan->ignore_failure || is_last)
		return true;
	if (!machine->signals.stop)
		notes_add(&results->notes, "%s %llu ended with %d, so no further run was started (--ignore-failure goes on)",
		    warm_up ? "warm-up" : "run", (unsigned long long)(warm_up ? results->done : results->count), code);
	return false;
}

/* Of the totals so far, for the progress line. */
static double mean_total(const struct results *results)
{
	double sum = 0.0;
	size_t count = 0;
	for (size_t i = 0; i < results->count; i++) {
		if (!results->runs[i].whole || isnan(results->runs[i].total.joules))
			continue;
		sum += results->runs[i].total.joules;
		count++;
	}
	return count > 0 ? sum / (double)count : (double)NAN;
}

/* False: the series ends here. */
static bool one(const struct plan *plan, struct machine *machine, bool warm_up, const struct outputs *outputs,
    struct results *results)
{
	struct run_result result;
	if (!measure(plan, machine, warm_up, results, &result))
		return false;
	results->done++;
	int code = exit_code(result.status);
	if (code != 0 && results->exit_status == 0)
		results->exit_status = code;
	if (!warm_up && !keep(results, &result, outputs))
		return false;
	progress_step(&machine->progress, results->done, mean_total(results));
	return goes_on(plan, machine, warm_up, code, results);
}

void series_run(
    const struct plan *plan, struct machine *machine, const struct outputs *outputs, struct results *results)
{
	if (plan->idle_s > 0 && !(results->idle = measure_idle(machine, plan->idle_s, &results->notes))) {
		results->exit_status = EXIT_RUN_FAILED;
		return;
	}
	bool go_on = true;
	for (uint64_t i = 0; go_on && i < plan->warmups; i++)
		go_on = one(plan, machine, true, outputs, results);
	for (uint64_t i = 0; go_on && i < plan->runs; i++)
		go_on = one(plan, machine, false, outputs, results);
	progress_close(&machine->progress);
	bool all_ran = results->done == plan->runs + plan->warmups;
	if (plan->ignore_failure && all_ran)
		results->exit_status = 0;
	int stop = machine->signals.stop;
	if (!all_ran && stop && (results->exit_status == 0 || plan->ignore_failure))
		results->exit_status = 128 + stop;
}
