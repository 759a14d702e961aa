/* SPDX-License-Identifier: MIT */
#include "check/report.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "layout.h"
#include "markup.h"
#include "measure/parts_json.h"
#include "quote.h"
#include "reports/csv.h"
#include "reports/github.h"
#include "reports/junit.h"

struct context {
	const struct check_arguments *arguments;
	struct session *session;
	const struct rulings *rulings;
};

static const struct {
	enum term_style style;
	const char *mark; /* in Markdown */
} looks[] = {
	[RULED_WITHIN] = { TERM_GOOD, "✅" },
	[RULED_UNDECIDED] = { TERM_WARN, "❔" },
	[RULED_EXCEEDED] = { TERM_BAD, "❌" },
	[RULED_NOTHING] = { TERM_BAD, "❌" },
};

/* ---- for people ---- */

static void add_how(struct text *out, const struct ruling *ruling)
{
	bool compares = !ruling->base;
	text_addf(out, "%zu %s%s, by %s", ruling->count, compares ? "round" : "run", ruling->count == 1 ? "" : "s",
	    ruling->judgement.decided_by);
}

static const char *words_of(enum ruled ruled)
{
	return ruled == RULED_NOTHING ? "no verdict" : ruled_name(ruled);
}

enum { VERDICT = 2 + 11, GAP = 3 }; /* where the rule begins, and what is between columns */

/* The three cells. */
struct cells {
	struct text rule, value, how;
};

static void fill(struct cells *cells, const struct ruling *ruling)
{
	text_add_escaped(&cells->rule, text_string(&ruling->rule));
	ruling_add_value(&cells->value, ruling);
	add_how(&cells->how, ruling);
}

static void empty(struct cells *cells)
{
	text_free(&cells->rule);
	text_free(&cells->value);
	text_free(&cells->how);
}

/* As wide as the widest of their cells, of rules only those that leave room for the others. */
struct columns {
	size_t rule, value, how;
};

static void widen(size_t *column, const struct text *cell, size_t most)
{
	size_t width = term_columns(text_string(cell));
	if (width > *column && width <= most)
		*column = width;
}

static struct columns columns_of(const struct rulings *rulings, const struct page *page)
{
	struct columns columns = { 0, 0, 0 };
	for (size_t i = 0; i < rulings->count; i++) {
		struct cells cells = { TEXT_INIT, TEXT_INIT, TEXT_INIT };
		fill(&cells, &rulings->list[i]);
		widen(&columns.value, &cells.value, SIZE_MAX);
		widen(&columns.how, &cells.how, SIZE_MAX);
		empty(&cells);
	}
	size_t taken = VERDICT + GAP + columns.value + GAP + columns.how;
	for (size_t i = 0; i < rulings->count; i++) {
		struct cells cells = { TEXT_INIT, TEXT_INIT, TEXT_INIT };
		fill(&cells, &rulings->list[i]);
		widen(&columns.rule, &cells.rule, page->width > taken ? page->width - taken : 0);
		empty(&cells);
	}
	return columns;
}

/* A rule that is too long has a line of its own. */
static void add_ruling(
    struct text *out, const struct ruling *ruling, const struct columns *columns, const struct page *page)
{
	const struct judgement *judgement = &ruling->judgement;
	struct cells cells = { TEXT_INIT, TEXT_INIT, TEXT_INIT };
	fill(&cells, ruling);
	text_add(out, "  ");
	term_add_styled(out, page->color, looks[judgement->ruled].style, words_of(judgement->ruled));
	layout_blanks(out, VERDICT - term_column(out));
	if (term_columns(text_string(&cells.rule)) > columns->rule) {
		layout_wrap(out, text_string(&cells.rule), VERDICT, page->width);
		layout_blanks(out, VERDICT + (columns->rule > 0 ? columns->rule + GAP : 0));
	} else {
		term_add_left(out, text_string(&cells.rule), columns->rule + GAP);
	}
	term_add_left(out, text_string(&cells.value), columns->value + GAP);
	text_add(out, text_string(&cells.how));
	text_add(out, "\n");
	if (judgement->why)
		layout_paragraph(out, judgement->why, VERDICT, page, TERM_DIM);
	out->failed |= cells.rule.failed || cells.value.failed || cells.how.failed;
	empty(&cells);
}

static bool is_decided_by(const struct rulings *rulings, const char *way)
{
	for (size_t i = 0; i < rulings->count; i++) {
		const struct judgement *judgement = &rulings->list[i].judgement;
		if (!isnan(judgement->shown.value) && strcmp(judgement->decided_by, way) == 0)
			return true;
	}
	return false;
}

/* What the range beside a value is. */
static const struct {
	const char *way, *line;
} legends[] = {
	{ "bounds", "by bounds: each run certainly lies in the range" },
	{ "median", "by median: the true median lies in the range; each end is wrong at most 5 times in 100" },
	{ "baseline", "by baseline: the true median lies in the range; each end is wrong at most 5 times in 100" },
	{ "comparison",
	    "by comparison: × is the ratio to the other command; in 95 of 100 such comparisons the range contains the "
	    "true ratio" },
};
enum { LEGENDS = sizeof legends / sizeof *legends };

static void add_legends(struct text *out, const struct rulings *rulings, const struct page *page)
{
	size_t count = 0;
	for (size_t i = 0; i < LEGENDS; i++) {
		if (!is_decided_by(rulings, legends[i].way))
			continue;
		text_add(out, count++ == 0 ? "\n" : "");
		layout_paragraph(out, legends[i].line, 2, page, TERM_DIM);
	}
}

static void markdown_add_legends(struct text *out, const struct rulings *rulings)
{
	for (size_t i = 0; i < LEGENDS; i++)
		if (is_decided_by(rulings, legends[i].way))
			text_addf(out, "\n%s\n", legends[i].line);
}

static void add_people(struct text *out, const struct context *context, const struct page *page)
{
	const struct rulings *rulings = context->rulings;
	struct columns columns = columns_of(rulings, page);
	struct text command = TEXT_INIT;
	quote_command(&command, context->session->plan->commands[0].argv);
	if (command.length > 0)
		layout_cut(command.bytes, page->width > 40 ? page->width - 14 : 26);
	term_add_styled(out, page->color, TERM_BOLD, text_string(&command));
	text_add(out, ": ");
	term_add_styled(out, page->color, looks[rulings->all].style, words_of(rulings->all));
	text_add(out, "\n\n");
	if (rulings->all == RULED_NOTHING)
		layout_paragraph(out, rulings->list[0].judgement.why, 2, page, TERM_DIM);
	for (size_t i = 0; i < rulings->count && rulings->all != RULED_NOTHING; i++)
		add_ruling(out, &rulings->list[i], &columns, page);
	if (rulings->all != RULED_NOTHING)
		add_legends(out, rulings, page);
	out->failed |= command.failed;
	text_free(&command);
}

static void add_markdown(struct text *out, const struct context *context)
{
	const struct rulings *rulings = context->rulings;
	struct text command = TEXT_INIT;
	quote_command(&command, context->session->plan->commands[0].argv);
	text_addf(out, "%s ", looks[rulings->all].mark);
	markdown_add_code(out, text_string(&command));
	text_addf(out, ": **%s**", words_of(rulings->all));
	if (rulings->all == RULED_NOTHING) {
		text_add(out, ": ");
		markdown_add(out, rulings->list[0].judgement.why);
		text_add(out, "\n");
		text_free(&command);
		return;
	}
	text_add(out, "\n\n|  | rule | value |  |\n|---|---|---:|---|\n");
	for (size_t i = 0; i < rulings->count; i++) {
		const struct ruling *ruling = &rulings->list[i];
		text_addf(out, "| %s %s | ", looks[ruling->judgement.ruled].mark, words_of(ruling->judgement.ruled));
		markdown_add_code(out, text_string(&ruling->rule));
		text_add(out, " | ");
		ruling_add_value(out, ruling);
		text_add(out, " | ");
		add_how(out, ruling);
		if (ruling->judgement.why)
			text_addf(out, ": %s", ruling->judgement.why);
		text_add(out, " |\n");
	}
	markdown_add_legends(out, rulings);
	text_free(&command);
}

/* ---- for programs ---- */

static void json_ruling(struct text *out, const struct ruling *ruling)
{
	const struct judgement *judgement = &ruling->judgement;
	json_begin_object(out, NULL);
	json_string(out, "rule", text_string(&ruling->rule));
	json_string(out, "metric", ruling->metric);
	json_number(out, "limit", ruling->limit);
	json_string(out, "unit", ruling->unit);
	json_number(out, "value", judgement->shown.value);
	json_number(out, "low", judgement->shown.low);
	json_number(out, "high", judgement->shown.high);
	json_string(out, "decided_by", judgement->decided_by);
	json_string(out, "verdict", ruled_name(judgement->ruled));
	json_string(out, "why", judgement->why);
	json_end_object(out);
}

static void add_json(struct text *out, const struct context *context)
{
	json_begin_object(out, NULL);
	json_string(out, "format", "joules.check.1");
	json_string(out, "version", joules_version());
	json_string(out, "verdict", ruled_name(context->rulings->all));
	json_begin_array(out, "rules");
	for (size_t i = 0; i < context->rulings->count; i++)
		json_ruling(out, &context->rulings->list[i]);
	json_end_array(out);
	json_warnings(out, &context->session->notes);
	json_end_object(out);
	text_add(out, "\n");
}

static const char *or_nothing(const char *word)
{
	return word ? word : "";
}

/* A line for each rule: a check has no statistics of its own. */
static void add_csv(struct text *out, const struct rulings *rulings)
{
	text_add(out, "rule,metric,limit,unit,value,low,high,decided_by,verdict\n");
	for (size_t i = 0; i < rulings->count; i++) {
		const struct ruling *ruling = &rulings->list[i];
		csv_add_string(out, text_string(&ruling->rule));
		text_add(out, ",");
		csv_add_string(out, ruling->metric);
		csv_add_number(out, ruling->limit);
		text_addf(out, ",%s", or_nothing(ruling->unit));
		csv_add_number(out, ruling->judgement.shown.value);
		csv_add_number(out, ruling->judgement.shown.low);
		csv_add_number(out, ruling->judgement.shown.high);
		text_addf(
		    out, ",%s,%s\n", or_nothing(ruling->judgement.decided_by), or_nothing(ruled_name(ruling->judgement.ruled)));
	}
}

/* ---- JUnit ---- */

static enum junit_outcome outcome_of(enum ruled ruled, bool undecided_passes)
{
	if (ruled == RULED_WITHIN)
		return JUNIT_PASSED;
	if (ruled == RULED_NOTHING)
		return JUNIT_ERROR;
	return ruled == RULED_UNDECIDED && undecided_passes ? JUNIT_SKIPPED : JUNIT_FAILED;
}

static bool add_junit(struct text *out, const struct context *context)
{
	const struct rulings *rulings = context->rulings;
	const struct page page = { .width = 80 };
	struct junit_suite suite;
	bool ok = junit_begin(&suite, "joules check", session_begun(context->session), rulings->count);
	for (size_t i = 0; ok && i < rulings->count; i++) {
		const struct ruling *ruling = &rulings->list[i];
		struct junit_case *one = &suite.cases[i];
		text_add(&one->name, text_string(&ruling->rule));
		ruling_add_sentence(&one->message, ruling);
		one->seconds = results_mean_time(&context->session->results[0]);
		one->outcome = outcome_of(ruling->judgement.ruled, context->arguments->undecided_passes);
		one->type = words_of(ruling->judgement.ruled);
	}
	add_people(&suite.output, context, &page);
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
		add_json(out, context);
		break;
	case REPORT_MARKDOWN:
		add_markdown(out, context);
		break;
	case REPORT_CSV:
		add_csv(out, context->rulings);
		break;
	case REPORT_JUNIT:
		return add_junit(out, context);
	case REPORT_TEXT:
	case REPORT_HYPERFINE: /* refused in the command line */
	default:
		add_people(out, context, page);
	}
	return !out->failed;
}

static void tell_github(struct context *context, struct notes *notes)
{
	struct text summary = TEXT_INIT;
	add_markdown(&summary, context);
	github_summary(&summary, notes);
	text_free(&summary);
	if (context->rulings->all == RULED_NOTHING) {
		github_error("joules check", context->rulings->list[0].judgement.why);
		return;
	}
	for (size_t i = 0; i < context->rulings->count; i++) {
		const struct ruling *ruling = &context->rulings->list[i];
		struct text message = TEXT_INIT;
		text_addf(&message, "%s: ", text_string(&ruling->rule));
		ruling_add_sentence(&message, ruling);
		if (outcome_of(ruling->judgement.ruled, context->arguments->undecided_passes) == JUNIT_FAILED)
			github_error("joules check", text_string(&message));
		text_free(&message);
	}
}

void check_report(const struct reports *reports, const struct check_arguments *arguments, struct session *session,
    const struct rulings *rulings)
{
	struct context context = { arguments, session, rulings };
	if (!arguments->no_ci && github_is_here())
		tell_github(&context, &session->notes);
	reports_write(reports, compose, &context, &session->notes);
}
