/* SPDX-License-Identifier: MIT */
#include "run/report.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/write.h"
#include "cli.h"
#include "measure/figures.h"
#include "measure/remarks.h"
#include "run/report_json.h"
#include "run/report_text.h"
#include "term.h"

/* No O_TRUNC: what an earlier run left stays until there is something to replace it. */
bool report_open(struct report *report, const struct plan *plan)
{
	const char *path = report->path = plan->report;
	if (!path) {
		report->fd = plan->quiet ? -1 : STDERR_FILENO;
		return true;
	}
	if (strcmp(path, "-") == 0) {
		report->fd = STDOUT_FILENO;
		if (!(fcntl(STDOUT_FILENO, F_GETFL) & O_PATH)) /* it is closed: see main.c */
			return true;
		cli_error("run", 0, "--report -: standard output is closed");
		return false;
	}
	report->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	if (report->fd >= 0)
		return true;
	cli_error("run", 0, "--report %s: %s", path, strerror(errno));
	return false;
}

bool report_holds_notes(const struct report *report, const struct plan *plan)
{
	return plan->json && (report->fd == STDERR_FILENO || report->fd == STDOUT_FILENO);
}

static bool compose_once(struct text *text, const struct report *report, struct session *session)
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
		struct page page = term_page(report->fd);
		report_text(text, plan, results, &figures, &page);
	}
	figures_free(&figures);
	errno = ENOMEM;
	return ok && !text->failed;
}

/* Hundreds of thousands of marks may take all memory: then the whole is told without its samples. */
static bool compose(struct text *text, const struct report *report, struct session *session)
{
	if (compose_once(text, report, session))
		return true;
	text_free(text);
	results_drop_samples(session->results);
	notes_add_error(&session->notes, "out of memory: the samples between marks are not in the report");
	return compose_once(text, report, session);
}

static bool is_file(const struct report *report)
{
	struct stat info;
	return report->path && report->fd != STDOUT_FILENO && fstat(report->fd, &info) == 0 && S_ISREG(info.st_mode);
}

/* Whole, or not at all: half an object of JSON is of no use to anybody. */
static bool replace(const struct report *report, const struct text *text)
{
	bool to_file = is_file(report);
	if (to_file && ftruncate(report->fd, 0) != 0)
		return false;
	if (write_all(report->fd, text_string(text), text->length) == text->length)
		return true;
	int error = errno;
	if (to_file)
		(void)!ftruncate(report->fd, 0);
	errno = error;
	return false;
}

/* Also where it can only be shown: what was measured is not measured again for a full disk. */
static void write_elsewhere(const struct report *report, const struct text *text)
{
	if (report->fd > STDERR_FILENO)
		write_all(STDERR_FILENO, text_string(text), text->length);
}

void report_write(const struct report *report, struct session *session)
{
	struct text text = TEXT_INIT;
	struct notes *notes = &session->notes;
	bool composed = compose(&text, report, session);
	if (!composed || !replace(report, &text)) {
		notes_add_error(notes, "the report could not be written%s%s: %s", report->path ? " to " : "",
		    report->path ? report->path : "", strerror(errno));
		if (composed)
			write_elsewhere(report, &text);
	} else if (report_holds_notes(report, session->plan)) {
		notes->told = notes->count;
	}
	text_free(&text);
}

void report_close(struct report *report)
{
	if (report->fd > STDERR_FILENO)
		close(report->fd);
	*report = (struct report)REPORT_NONE;
}
