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
static bool compare_metric(struct findings *findings, const struct measurements *from, size_t metric, size_t others)
{
	struct pairs *pairs = calloc(others + 1, sizeof *pairs);
	struct comparison *comparisons = calloc(others + 1, sizeof *comparisons);
	bool ok = pairs && comparisons;
	for (size_t i = 0; ok && i < others; i++)
		ok = from->pairs(from->context, &findings->list[i * findings->metrics + metric], &pairs[i]);
	ok = ok && compare_all(pairs, others, findings->alpha, comparisons);
	for (size_t i = 0; i < others && pairs && comparisons; i++) {
		findings->list[i * findings->metrics + metric].comparison = comparisons[i];
		pairs_free(&pairs[i]);
	}
	free(pairs);
	free(comparisons);
	return ok;
}

bool comparisons_make(struct findings *findings, const struct measurements *from, size_t commands, size_t reference,
    const struct metric *decides, double alpha)
{
	struct metric metrics[ALWAYS + 1];
	findings->alpha = alpha;
	findings->metrics = list_metrics(decides, metrics);
	findings->list = calloc(commands * findings->metrics, sizeof *findings->list);
	for (size_t command = 0; findings->list && command < commands; command++) {
		if (command == reference)
			continue;
		double seconds = (from->seconds(from->context, reference) + from->seconds(from->context, command)) / 2;
		for (size_t m = 0; m < findings->metrics; m++)
			findings->list[findings->count++] = (struct finding){
				.metric = metrics[m], .command = command, .reference = reference, .seconds = seconds
			};
	}
	bool ok = findings->list;
	for (size_t m = 0; ok && m < findings->metrics; m++)
		ok = compare_metric(findings, from, m, commands - 1);
	return ok;
}

/* ---- of a session ---- */

static bool pairs_of_basis(const void *context, const struct finding *finding, struct pairs *pairs)
{
	return pairs_of(context, &finding->metric, finding->reference, finding->command, pairs);
}

static double mean_time(const void *context, size_t command)
{
	const struct basis *basis = context;
	return results_mean_time(&basis->session->results[command]);
}

bool comparisons_of(struct findings *findings, const struct session *session, size_t reference,
    const struct metric *decides, double alpha)
{
	const struct measurements from = { &findings->basis, pairs_of_basis, mean_time };
	*findings = (struct findings){ .alpha = alpha };
	return basis_of(&findings->basis, session) &&
	    comparisons_make(findings, &from, session->plan->command_count, reference, decides, alpha);
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
