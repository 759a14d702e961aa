/* SPDX-License-Identifier: MIT */
#include "run/report.h"

#include "measure/figures.h"
#include "measure/remarks.h"
#include "run/report_json.h"
#include "run/report_text.h"
#include "term.h"

static bool compose_once(struct text *text, int fd, struct session *session)
{
	const struct plan *plan = session->plan;
	const struct results *results = session->results;
	struct figures figures;
	bool ok = figures_of(results, &figures);
	if (ok)
		remarks_of_results(results, &figures, &session->notes);
	if (ok && plan->json)
		report_json(text, session, &figures);
	if (ok && !plan->json) {
		struct page page = term_page(fd);
		report_text(text, plan, results, &figures, &page);
	}
	figures_free(&figures);
	return ok && !text->failed;
}

/* Hundreds of thousands of marks may take all memory: then the whole is told without its samples. */
static bool compose(struct text *text, int fd, struct session *session)
{
	if (compose_once(text, fd, session))
		return true;
	text_free(text);
	results_drop_samples(session->results);
	notes_add_error(&session->notes, "out of memory: the samples between marks are not in the report");
	return compose_once(text, fd, session);
}

void report_write(const struct destination *report, struct session *session)
{
	struct text text = TEXT_INIT;
	text.failed = !compose(&text, report->fd, session);
	destination_write(report, &text, session->plan->json, &session->notes);
	text_free(&text);
}
