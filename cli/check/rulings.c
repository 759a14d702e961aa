/* SPDX-License-Identifier: MIT */
#include "check/rulings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/findings.h"

/* ---- budgets ---- */

static const struct measured unknown = { (double)NAN, (double)NAN, (double)NAN };

static struct measured of_energy(const joules_energy *energy)
{
	return (struct measured){ energy->joules, energy->low, energy->high };
}

static struct measured of_domain(const struct run_result *run, const char *name)
{
	for (size_t i = 0; i < run->whole->domain_count; i++)
		if (strcmp(run->whole->domains[i]->name, name) == 0)
			return of_energy(joules_sample_energy(run->whole, i));
	return unknown;
}

static struct measured of_tag(const struct run_result *run, const char *tag)
{
	joules_sample *sum = NULL;
	struct measured measured = unknown;
	if (joules_trace_sum(run->trace, tag, &sum) == JOULES_OK)
		measured = of_energy(joules_sample_total(sum, NULL));
	joules_sample_free(sum);
	return measured;
}

static struct measured value_of(const struct budget *budget, const struct run_result *run)
{
	if (!run->whole)
		return unknown;
	struct measured total = of_energy(&run->total);
	double seconds = run->whole->duration_s;
	switch (budget->metric) {
	case BUDGET_TIME:
		return (struct measured){ seconds, seconds, seconds };
	case BUDGET_POWER:
		return (struct measured){ total.value / seconds, total.low / seconds, total.high / seconds };
	case BUDGET_DOMAIN:
		return of_domain(run, budget->name);
	case BUDGET_TAG:
		return of_tag(run, budget->name + strlen("tag:"));
	case BUDGET_TOTAL:
	default:
		return total;
	}
}

/* malloc'ed; NULL without memory. */
static struct measured *values_of(const struct budget *budget, const struct results *results)
{
	struct measured *runs = calloc(results->count + 1, sizeof *runs);
	for (size_t i = 0; runs && i < results->count; i++)
		runs[i] = value_of(budget, &results->runs[i]);
	return runs;
}

static struct ruling rule_of_budget(const struct budget *budget)
{
	struct ruling ruling = { .metric = budget->name,
		.limit = budget->limit,
		.unit = budget->unit,
		.base = budget->metric == BUDGET_TIME ? "s"
		    : budget->metric == BUDGET_POWER  ? "W"
		                                      : "J" };
	text_add(&ruling.rule, budget->text);
	return ruling;
}

static bool rule_on_budget(struct ruling *ruling, const struct budget *budget, const struct results *results)
{
	struct measured *runs = values_of(budget, results);
	ruling->count = results->count;
	bool ok = runs && judge_budget(runs, results->count, budget->limit, &ruling->judgement);
	free(runs);
	return ok;
}

/* ---- another command ---- */

static const char *why_undecided(const struct comparison *comparison)
{
	switch (comparison->verdict) {
	case VERDICT_TOO_FEW:
		return "too few rounds for a verdict; give a larger -r";
	case VERDICT_COARSE:
		return "the counters' steps are larger than the difference; make the runs longer";
	case VERDICT_LESS:
	case VERDICT_MORE:
	case VERDICT_NONE:
	default:
		return "the limit lies within the interval; more rounds (-r) make it narrower";
	}
}

/* What the counters cannot resolve is not exceeded; and nothing is known of an interval that is not there. */
static void judge_comparison(struct judgement *judgement, const struct comparison *comparison, double limit)
{
	judgement->shown = (struct measured){ comparison->estimate, comparison->low, comparison->high };
	judgement->decided_by = "comparison";
	judgement->ruled = judge_interval(comparison->low, comparison->high, limit);
	if (judgement->ruled == RULED_EXCEEDED && comparison->verdict == VERDICT_COARSE)
		judgement->ruled = RULED_UNDECIDED;
	if (judgement->ruled == RULED_UNDECIDED)
		judgement->why = why_undecided(comparison);
}

static struct ruling rule_of_comparison(const struct check_arguments *arguments)
{
	struct ruling ruling = { .metric = "total", .limit = 1 + arguments->allow };
	text_addf(&ruling.rule, "total<=%.6g%% of ", 100 * ruling.limit);
	text_add(&ruling.rule, arguments->against);
	return ruling;
}

static bool rule_on_comparison(struct ruling *ruling, const struct session *session)
{
	static const struct metric total = { METRIC_TOTAL, "total", 0 };
	struct findings findings;
	bool ok = comparisons_of(&findings, session, 1, &total, ALPHA_ONCE);
	ruling->count = findings.basis.rounds;
	if (ok && findings.count > 0)
		judge_comparison(&ruling->judgement, &findings.list[0].comparison, ruling->limit);
	else
		ruling->judgement = (struct judgement){ unknown, "comparison", RULED_UNDECIDED, "it was not measured" };
	comparisons_free(&findings);
	return ok;
}

/* ---- earlier sessions ---- */

static struct ruling rule_of_baseline(const struct check_arguments *arguments)
{
	struct ruling ruling = { .metric = "total", .limit = (double)NAN, .unit = "J", .base = "J" };
	text_addf(&ruling.rule, "total<=%.6g%% of %s", 100 * (1 + arguments->allow), arguments->baseline);
	return ruling;
}

static bool rule_on_baseline(
    struct ruling *ruling, const struct baseline *baseline, double allow, const struct results *results)
{
	static const struct budget total = { .metric = BUDGET_TOTAL };
	struct measured *runs = values_of(&total, results);
	ruling->count = results->count;
	bool ok = runs && baseline_judge(baseline, allow, runs, results->count, &ruling->limit, &ruling->judgement);
	free(runs);
	return ok;
}

/* ---- all ---- */

/* Budgets first, in the order of the command line. */
static bool list_rules(struct rulings *rulings, const struct check_arguments *arguments)
{
	rulings->list = calloc(arguments->budget_count + 2, sizeof *rulings->list);
	if (!rulings->list)
		return false;
	for (size_t i = 0; i < arguments->budget_count; i++)
		rulings->list[rulings->count++] = rule_of_budget(&arguments->budgets[i]);
	if (arguments->against)
		rulings->list[rulings->count++] = rule_of_comparison(arguments);
	if (arguments->baseline)
		rulings->list[rulings->count++] = rule_of_baseline(arguments);
	return true;
}

static bool judge_all(struct rulings *rulings, const struct check_arguments *arguments, const struct baseline *baseline,
    const struct session *session)
{
	const struct results *results = &session->results[0];
	struct ruling *ruling = rulings->list;
	bool ok = true;
	for (size_t i = 0; ok && i < arguments->budget_count; i++)
		ok = rule_on_budget(ruling++, &arguments->budgets[i], results);
	if (ok && arguments->against)
		ok = rule_on_comparison(ruling++, session);
	if (ok && arguments->baseline) {
		ok = rule_on_baseline(ruling, baseline, arguments->allow, results);
		rulings->energy = ruling->judgement.shown;
	}
	return ok;
}

bool rulings_of(struct rulings *rulings, const struct check_arguments *arguments, const struct baseline *baseline,
    const struct session *session, const char *why_not)
{
	*rulings = (struct rulings){ .all = RULED_WITHIN, .energy = unknown };
	bool ok = list_rules(rulings, arguments);
	for (size_t i = 0; why_not && i < rulings->count; i++)
		rulings->list[i].judgement = (struct judgement){ unknown, NULL, RULED_NOTHING, why_not };
	if (ok && !why_not)
		ok = judge_all(rulings, arguments, baseline, session);
	for (size_t i = 0; i < rulings->count; i++)
		if (rulings->list[i].judgement.ruled > rulings->all)
			rulings->all = rulings->list[i].judgement.ruled;
	return ok;
}

void rulings_free(struct rulings *rulings)
{
	for (size_t i = 0; i < rulings->count; i++)
		text_free(&rulings->list[i].rule);
	free(rulings->list);
}

/* ---- in words ---- */

static void add_number(struct text *out, double value)
{
	double digits = fabs(value) > 0 ? 3 - floor(log10(fabs(value))) : 0;
	if (isnan(value))
		text_add(out, "?");
	else
		text_addf(out, "%.*f", digits < 0 ? 0 : digits > 9 ? 9 : (int)digits, value);
}

void ruling_add_value(struct text *out, const struct ruling *ruling)
{
	const struct measured *shown = &ruling->judgement.shown;
	if (isnan(shown->value)) {
		text_add(out, "n/a");
		return;
	}
	text_add(out, ruling->base ? "" : "× ");
	add_number(out, shown->value);
	text_addf(out, "%s%s", ruling->base ? " " : "", ruling->base ? ruling->base : "");
	if (!(shown->low < shown->high) && !isnan(shown->low) && !isnan(shown->high))
		return;
	text_add(out, " (");
	add_number(out, shown->low);
	text_add(out, " … ");
	add_number(out, shown->high);
	text_add(out, ")");
}

void ruling_add_sentence(struct text *out, const struct ruling *ruling)
{
	if (ruling->judgement.ruled == RULED_NOTHING) {
		text_add(out, ruling->judgement.why);
		return;
	}
	text_addf(out, "%s: ", ruled_name(ruling->judgement.ruled));
	ruling_add_value(out, ruling);
	if (ruling->judgement.why)
		text_addf(out, "; %s", ruling->judgement.why);
}
