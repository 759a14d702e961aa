/* SPDX-License-Identifier: MIT */
#include "compare/findings.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const struct metric always[] = { { METRIC_TOTAL, "total", 0 }, { METRIC_TIME, "time", 0 },
	{ METRIC_POWER, "power", 0 } };
enum { ALWAYS = sizeof always / sizeof *always };

/* The one that decides, then the others. */
static size_t list_metrics(const struct metric *decides, struct metric metrics[ALWAYS + 1])
{
	size_t count = 0;
	metrics[count++] = *decides;
	for (size_t i = 0; i < ALWAYS; i++)
		if (always[i].kind != decides->kind)
			metrics[count++] = always[i];
	return count;
}

/* One metric of all commands, as one family: Holm's correction is over them. */
static bool compare_metric(struct findings *findings, size_t metric, size_t others)
{
	struct pairs *pairs = calloc(others, sizeof *pairs);
	struct comparison *comparisons = calloc(others, sizeof *comparisons);
	bool ok = pairs && comparisons;
	for (size_t i = 0; ok && i < others; i++) {
		struct finding *finding = &findings->list[i * findings->metrics + metric];
		ok = pairs_of(&findings->basis, &finding->metric, finding->reference, finding->command, &pairs[i]);
	}
	ok = ok && compare_all(pairs, others, findings->alpha, comparisons);
	for (size_t i = 0; i < others && pairs && comparisons; i++) {
		findings->list[i * findings->metrics + metric].comparison = comparisons[i];
		pairs_free(&pairs[i]);
	}
	free(pairs);
	free(comparisons);
	return ok;
}

bool comparisons_of(struct findings *findings, const struct session *session, size_t reference,
    const struct metric *decides, double alpha)
{
	struct metric metrics[ALWAYS + 1];
	size_t others = session->plan->command_count - 1;
	*findings = (struct findings){ .alpha = alpha };
	findings->metrics = list_metrics(decides, metrics);
	findings->list = calloc(others * findings->metrics, sizeof *findings->list);
	if (!findings->list || !basis_of(&findings->basis, session))
		return false;
	for (size_t command = 0; command <= others; command++) {
		if (command == reference)
			continue;
		double seconds =
		    (results_mean_time(&session->results[reference]) + results_mean_time(&session->results[command])) / 2;
		for (size_t m = 0; m < findings->metrics; m++)
			findings->list[findings->count++] = (struct finding){
				.metric = metrics[m], .command = command, .reference = reference, .seconds = seconds
			};
	}
	bool ok = true;
	for (size_t m = 0; ok && m < findings->metrics; m++)
		ok = compare_metric(findings, m, others);
	return ok;
}

int comparisons_status(const struct findings *findings, const char *fail_if)
{
	int status = EXIT_DONE;
	for (size_t i = 0; fail_if && i < findings->count; i += findings->metrics) {
		enum verdict verdict = findings->list[i].comparison.verdict;
		if (strcmp(verdict_name(verdict), fail_if) == 0)
			return EXIT_EXCEEDED;
		if (verdict == VERDICT_COARSE || verdict == VERDICT_TOO_FEW)
			status = EXIT_UNDECIDED;
	}
	return status;
}

void comparisons_free(struct findings *findings)
{
	basis_free(&findings->basis);
	free(findings->list);
	findings->list = NULL;
}
