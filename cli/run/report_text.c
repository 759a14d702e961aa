/* SPDX-License-Identifier: MIT */
#include "run/report_text.h"

#include <math.h>

#include "layout.h"
#include "markup.h"
#include "quote.h"
#include "reports/reported.h"
#include "run/curve.h"
#include "run/report_table.h"
#include "run/rows.h"

enum { INDENT = 2, TEXT_COLUMN = 16 }; /* of what stands below the tables, as their numbers do */

/* ---- the first line ---- */

static void add_outcome(struct text *text, const struct results *results, const struct figures *figures, uint64_t runs)
{
	struct text time = TEXT_INIT;
	if (results->count == 1) {
		const struct run_result *run = results->runs;
		row_add_time(&time, run->whole ? run->whole->duration_s : (double)NAN);
		int code = exit_code(run->status);
		if (code > 128 && (run->status & 0x7f))
			text_addf(text, ": ended by signal %d after %s", run->status & 0x7f, text_string(&time));
		else
			text_addf(text, ": exit %d after %s", code, text_string(&time));
	} else {
		text_addf(text, ": %zu runs", results->count);
		if (figures->failed > 0)
			text_addf(text, ", %zu failed", figures->failed);
	}
	if (results->count < runs)
		text_addf(text, " (%llu runs were asked for)", (unsigned long long)runs);
	text_add(text, "\n");
	text_free(&time);
}

/* As much of the command as fits on the line with its outcome. */
static void add_command(struct text *text, char *const *command, size_t outcome, const struct page *page)
{
	enum { LEAST = 20 };
	struct text line = TEXT_INIT;
	quote_command(&line, command);
	if (page->markdown) {
		markdown_add_code(text, text_string(&line));
		text_free(&line);
		return;
	}
	if (line.length > 0)
		layout_cut(line.bytes, page->width > outcome + LEAST ? page->width - outcome - 1 : LEAST);
	term_add_styled(text, page->color, TERM_BOLD, text_string(&line));
	text_free(&line);
}

static void add_first_line(struct text *text, const struct plan *plan, const struct results *results,
    const struct figures *figures, const struct page *page)
{
	struct text outcome = TEXT_INIT;
	add_outcome(&outcome, results, figures, plan->rounds);
	add_command(text, plan->commands[0].argv, term_columns(text_string(&outcome)), page);
	text_add(text, text_string(&outcome));
	text_free(&outcome);
}

/* ---- what stands below ---- */

static void add_attributed(struct text *text, const struct results *results, const struct figures *figures)
{
	double cpu = 0.0;
	joules_energy energy = figures_attributed(results, figures, &cpu);
	if (isnan(energy.joules))
		return;
	text_add(text, "about ");
	row_add_rough(text, energy.joules);
	text_add(text, " J (");
	row_add_rough(text, energy.low);
	text_add(text, " … ");
	if (isnan(energy.high))
		text_add(text, "?");
	else
		row_add_rough(text, energy.high);
	text_addf(text, " J%s): ", results->count > 1 ? " a run" : "");
	if (cpu < 0.005)
		text_add(text, "less than 1 %");
	else
		text_addf(text, "%.0f %%", 100.0 * cpu);
	text_add(text, " of the busy CPU time");
}

static void add_usage(struct text *text, const struct results *results)
{
	struct usage usage = reported_usage(results);
	text_add(text, "user ");
	layout_time(text, usage.user_s);
	text_add(text, ", system ");
	layout_time(text, usage.system_s);
	text_addf(text, "%s; peak memory ", results->count > 1 ? " a run" : "");
	layout_bytes(text, usage.memory_bytes);
}

static void add_this_command(
    struct text *text, const struct results *results, const struct figures *figures, const struct page *page)
{
	struct text share = TEXT_INIT, usage = TEXT_INIT;
	add_attributed(&share, results, figures);
	add_usage(&usage, results);
	if (page->markdown) {
		text_addf(
		    text, "\nThis command: %s%s%s\n", text_string(&share), share.length > 0 ? "; " : "", text_string(&usage));
		goto out;
	}
	layout_blanks(text, INDENT);
	term_add_left(text, "this command", TEXT_COLUMN - INDENT);
	if (share.length > 0) {
		layout_wrap(text, text_string(&share), TEXT_COLUMN, page->width);
		layout_blanks(text, TEXT_COLUMN);
	}
	layout_wrap(text, text_string(&usage), TEXT_COLUMN, page->width);
out:
	text_free(&share);
	text_free(&usage);
}

static bool same_outliers(const joules_statistics *a, const joules_statistics *b)
{
	return a->count == b->count && a->outliers == b->outliers && a->first_outlier == b->first_outlier;
}

static void add_outliers_in(
    struct text *text, const char *what, const joules_statistics *statistics, const struct page *page)
{
	if (statistics->outliers == 0)
		return;
	struct text line = TEXT_INIT;
	text_addf(&line, "%zu of %zu runs %s far from the others in %s: ", statistics->outliers, statistics->count,
	    statistics->outliers == 1 ? "is" : "are", what);
	text_add(&line,
	    statistics->first_outlier && statistics->outliers == 1
	        ? "it is the first one, so caches may have been cold (try --warmup 2)"
	        : "other programs may have been at work; end them and measure again");
	layout_paragraph(text, text_string(&line), INDENT, page, TERM_WARN);
	text_free(&line);
}

static void add_outliers(struct text *text, const struct figures *figures, const struct page *page)
{
	const joules_statistics *time = &figures->duration, *energy = &figures->total.spread;
	if (same_outliers(time, energy)) {
		add_outliers_in(text, "time and energy", time, page);
	} else {
		add_outliers_in(text, "time", time, page);
		add_outliers_in(text, "energy", energy, page);
	}
}

/* What ± is. */
static void add_last_line(
    struct text *text, const struct results *results, const struct figures *figures, const struct page *page)
{
	bool estimated = figures->source == JOULES_ESTIMATED;
	double half = figures_half(&figures->total.mean);
	struct text line = TEXT_INIT;
	if (results->count == 1) {
		text_add(
		    &line, estimated ? "± is the band of the estimate" : "± is a bound: what the counters' steps can hide");
	} else {
		text_add(&line, "± is σ, the spread of the runs");
		if (!isnan(half)) {
			text_add(&line, estimated ? "; the band of each estimate is ± " : "; the bound of each run is ± ");
			row_add_rough(&line, half);
			text_add(&line, " J");
		}
	}
	text_add(&line, estimated ? ", likely but not certain" : ", without calibration errors (see joules doctor)");
	layout_paragraph(text, text_string(&line), INDENT, page, TERM_DIM);
	text_free(&line);
}

void report_text(struct text *text, const struct plan *plan, const struct results *results,
    const struct figures *figures, const struct page *page)
{
	add_first_line(text, plan, results, figures, page);
	if (!figures->example)
		return;
	text_add(text, page->markdown ? "" : "\n");
	report_table(text, results, figures, plan->every_s > 0, page);
	if (plan->every_s > 0)
		report_curve(text, results, page);
	text_add(text, page->markdown ? "" : "\n");
	add_this_command(text, results, figures, page);
	if (results->count > 1)
		add_outliers(text, figures, page);
	add_last_line(text, results, figures, page);
}
