/* SPDX-License-Identifier: MIT */
#include "measure/results.h"

#include <stdlib.h>
#include <sys/wait.h>

void run_result_clear(struct run_result *result)
{
	joules_sample_free(result->whole);
	joules_trace_unref(result->trace);
	*result = (struct run_result){ .status = 0 };
}

bool results_begin(struct results *results, joules_meter *meter)
{
	size_t count = joules_meter_domain_count(meter);
	results->domains = calloc(count + 1, sizeof *results->domains);
	if (!results->domains)
		return false;
	for (size_t i = 0; i < count; i++)
		results->domains[i] = joules_meter_domain(meter, i);
	results->domain_count = count;
	results->meter = meter;
	return true;
}

bool results_add(struct results *results, struct run_result *result)
{
	struct run_result *runs = reallocarray(results->runs, results->count + 1, sizeof *runs);
	if (!runs) {
		run_result_clear(result);
		return false;
	}
	results->runs = runs;
	runs[results->count++] = *result;
	return true;
}

void results_drop_samples(struct results *results)
{
	for (size_t i = 0; i < results->count; i++) {
		joules_trace_unref(results->runs[i].trace);
		results->runs[i].trace = NULL;
	}
}

void results_free(struct results *results)
{
	for (size_t i = 0; i < results->count; i++)
		run_result_clear(&results->runs[i]);
	free(results->runs);
	free(results->domains);
	*results = (struct results){ .count = 0 };
}

double results_mean_time(const struct results *results)
{
	double sum = 0.0;
	size_t count = 0;
	for (size_t i = 0; i < results->count; i++) {
		if (!results->runs[i].whole)
			continue;
		sum += results->runs[i].whole->duration_s;
		count++;
	}
	return sum / (double)count;
}

int exit_code(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}
