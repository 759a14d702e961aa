/* SPDX-License-Identifier: MIT */
#include "run/report.h"

#include "measure/figures.h"
#include "measure/remarks.h"
#include "quote.h"
#include "reports/csv.h"
#include "reports/hyperfine.h"
#include "reports/junit.h"
#include "run/report_json.h"
#include "run/report_text.h"

/* One test: whether the command succeeds. Without a measured run, it could not be made. */
static void add_junit(struct text *out, const struct session *session, const struct reported *command)
{
	const struct results *results = command->results;
	size_t failed = command->figures->failed;
	const struct page page = { .width = 80 };
	struct junit_suite suite;
	if (junit_begin(&suite, "joules run", session_begun(session), 1)) {
		struct junit_case *only = &suite.cases[0];
		text_add(&only->name, command->command);
		if (results->count == 0)
			(void)session_broke_off(session, &only->message);
		else if (results->count == 1)
			text_addf(&only->message, "exit status %d", exit_code(results->runs[0].status));
		else
			text_addf(&only->message, "%zu of %zu runs failed", failed, results->count);
		only->seconds = command->figures->duration.mean;
		only->outcome = results->count == 0 ? JUNIT_ERROR : failed > 0 ? JUNIT_FAILED : JUNIT_PASSED;
		only->type = "exit";
		report_text(&suite.output, session->plan, results, command->figures, &page);
		report_junit(out, &suite);
	} else {
		out->failed = true;
	}
	junit_free(&suite);
}

static void add(struct text *out, enum report_format format, const struct page *page, const struct session *session,
    const struct figures *figures)
{
	struct text line = TEXT_INIT;
	quote_command(&line, session->plan->commands[0].argv);
	struct reported command = { text_string(&line), session->results, figures, NULL, NULL, 0 };
	switch (format) {
	case REPORT_JSON:
		report_json(out, session, figures);
		break;
	case REPORT_CSV:
		report_csv(out, &command, 1);
		break;
	case REPORT_JUNIT:
		add_junit(out, session, &command);
		break;
	case REPORT_HYPERFINE:
		report_hyperfine(out, &command, 1);
		break;
	case REPORT_TEXT:
	case REPORT_MARKDOWN:
	default:
		report_text(out, session->plan, session->results, figures, page);
	}
	out->failed |= line.failed;
	text_free(&line);
}

static bool compose_once(struct text *out, enum report_format format, const struct page *page, struct session *session)
{
	struct figures figures;
	bool ok = figures_of(session->results, &figures);
	if (ok)
		remarks_of_results(session->results, &figures, &session->notes);
	if (ok)
		add(out, format, page, session, &figures);
	figures_free(&figures);
	return ok && !out->failed;
}

/* Hundreds of thousands of marks may take all memory: then the whole is told without its samples. */
static bool compose(struct text *out, enum report_format format, const struct page *page, void *context)
{
	struct session *session = context;
	if (compose_once(out, format, page, session))
		return true;
	text_free(out);
	results_drop_samples(session->results);
	notes_add_error(&session->notes, "out of memory: the samples between marks are not in the report");
	return compose_once(out, format, page, session);
}

void report_write(const struct reports *reports, struct session *session)
{
	reports_write(reports, compose, session, &session->notes);
}
