/* SPDX-License-Identifier: MIT */
#include "compare/report.h"

#include <stdlib.h>
#include <string.h>

#include "compare/report_json.h"
#include "compare/report_text.h"
#include "reports/csv.h"
#include "reports/github.h"
#include "reports/hyperfine.h"
#include "reports/junit.h"

struct context {
	const struct arguments *arguments;
	struct session *session;
	const struct findings *findings;
};

/* ---- commands ---- */

static const char **parameter_names(const struct subjects *subjects)
{
	const char **names = calloc(subjects->parameter_count + 1, sizeof *names);
	for (size_t i = 0; names && i < subjects->parameter_count; i++)
		names[i] = subjects->parameters[i].name;
	return names;
}

/* False without memory. */
static bool add_commands(
    struct text *out, const struct context *context, void (*add)(struct text *, const struct reported *, size_t))
{
	const struct session *session = context->session;
	const struct subjects *subjects = &context->arguments->subjects;
	size_t count = session->plan->command_count, filled = 0;
	struct figures *figures = calloc(count, sizeof *figures);
	struct reported *commands = calloc(count, sizeof *commands);
	const char **names = parameter_names(subjects);
	bool ok = figures && commands && names;
	for (; ok && filled < count; filled++) {
		ok = figures_of(&session->results[filled], &figures[filled]);
		commands[filled] = (struct reported){ session->plan->commands[filled].name, &session->results[filled],
			&figures[filled], names, subjects->list[filled].values, subjects->parameter_count };
	}
	if (ok)
		add(out, commands, count);
	for (size_t i = 0; i < filled; i++)
		figures_free(&figures[i]);
	free(figures);
	free(commands);
	free(names);
	return ok;
}

/* ---- JUnit ---- */

/* With --fail-if a test is what it would make of the exit status; else nothing fails. */
static enum junit_outcome outcome_of(enum verdict verdict, const char *fail_if)
{
	if (verdict == VERDICT_COARSE || verdict == VERDICT_TOO_FEW)
		return fail_if ? JUNIT_FAILED : JUNIT_SKIPPED;
	return fail_if && strcmp(verdict_name(verdict), fail_if) == 0 ? JUNIT_FAILED : JUNIT_PASSED;
}

/* Then the exit status is no verdict's. */
static bool broke_off(const struct context *context, struct text *why)
{
	bool ended = session_broke_off(context->session, why);
	if (ended || context->findings->basis.measured)
		return ended;
	text_add(why, "nothing was measured");
	return true;
}

static void describe(struct junit_case *one, const struct context *context, size_t number)
{
	const struct findings *findings = context->findings;
	const struct finding *finding = &findings->list[number];
	const struct command *commands = context->session->plan->commands;
	enum verdict verdict = finding->comparison.verdict;
	text_addf(&one->name, "%s: %s against %s", finding->metric.name, commands[finding->command].name,
	    commands[finding->reference].name);
	one->seconds = finding->seconds;
	if (broke_off(context, &one->message)) {
		one->outcome = JUNIT_ERROR;
		one->type = "broken off";
		return;
	}
	compare_sentence(&one->message, findings, finding);
	one->outcome = outcome_of(verdict, context->arguments->fail_if);
	one->type = verdict == VERDICT_COARSE || verdict == VERDICT_TOO_FEW ? "undecided" : verdict_name(verdict);
}

static bool add_junit(struct text *out, const struct context *context)
{
	const struct findings *findings = context->findings;
	const struct page page = { .width = 80 };
	struct junit_suite suite;
	bool ok = junit_begin(&suite, "joules compare", session_begun(context->session),
	              findings->metrics > 0 ? findings->count / findings->metrics : 0) &&
	    compare_text(&suite.output, context->arguments, context->session, findings, &page);
	for (size_t i = 0; ok && i < suite.count; i++)
		describe(&suite.cases[i], context, i * findings->metrics);
	if (ok)
		report_junit(out, &suite);
	junit_free(&suite);
	return ok;
}

/* ---- all ---- */

static bool compose(struct text *out, enum report_format format, const struct page *page, void *given)
{
	const struct context *context = given;
	switch (format) {
	case REPORT_JSON:
		return compare_json(out, context->arguments, context->session, context->findings);
	case REPORT_CSV:
		return add_commands(out, context, report_csv);
	case REPORT_HYPERFINE:
		return add_commands(out, context, report_hyperfine);
	case REPORT_JUNIT:
		return add_junit(out, context);
	case REPORT_TEXT:
	case REPORT_MARKDOWN:
	default:
		return compare_text(out, context->arguments, context->session, context->findings, page);
	}
}

static void tell_github(const struct context *context, struct notes *notes)
{
	const struct findings *findings = context->findings;
	struct page page = { .markdown = true };
	struct text summary = TEXT_INIT;
	if (compare_text(&summary, context->arguments, context->session, findings, &page))
		github_summary(&summary, notes);
	text_free(&summary);
	for (size_t i = 0; i < findings->count; i += findings->metrics) {
		struct junit_case one = { .name = TEXT_INIT };
		describe(&one, context, i);
		text_addf(&one.name, ": %s", text_string(&one.message));
		if (one.outcome == JUNIT_FAILED || one.outcome == JUNIT_ERROR)
			github_error("joules compare", text_string(&one.name));
		junit_case_free(&one);
	}
}

void compare_report(const struct reports *reports, const struct arguments *arguments, struct session *session,
    const struct findings *findings)
{
	struct context context = { arguments, session, findings };
	if (!arguments->no_ci && github_is_here())
		tell_github(&context, &session->notes);
	reports_write(reports, compose, &context, &session->notes);
}
