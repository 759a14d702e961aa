/* SPDX-License-Identifier: MIT */
#include "run/report_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/report_table.h"
#include "run/rows.h"
#include "term.h"

/* ---- the first line ---- */

static void add_outcome(struct text *text, const struct results *results, const struct figures *figures, uint64_t runs)
{
	const struct run_result *run = &results->runs[0];
	struct text time = TEXT_INIT;
	if (results->count == 1) {
		row_add_time(&time, run->whole ? run->whole->duration_s : (double)NAN);
		int code = exit_code(run->status);
		if (code > 128 && (run->status & 0x7f))
			text_addf(text, "ended by signal %d after %s", run->status & 0x7f, text_string(&time));
		else
			text_addf(text, "exit %d after %s", code, text_string(&time));
	} else {
		text_addf(text, "%zu runs", results->count);
		if (figures->failed > 0)
			text_addf(text, ", %zu failed", figures->failed);
	}
	if (results->count < runs)
		text_addf(text, " (%llu runs were asked for)", (unsigned long long)runs);
	text_free(&time);
}

static void add_command(struct text *text, char *const *command, bool color)
{
	enum { COLUMNS = 72, MOST = 4 * COLUMNS };
	struct text line = TEXT_INIT;
	for (size_t i = 0; command[i] && line.length < MOST; i++) {
		text_add(&line, i > 0 ? " " : "");
		text_add_escaped(&line, command[i]);
	}
	char *string = strdup(text_string(&line));
	if (string)
		row_cut(string, COLUMNS);
	term_add_styled(text, color, TERM_BOLD, string ? string : "");
	free(string);
	text_free(&line);
}

/* ---- what stands below ---- */

static void add_attributed(struct text *text, const struct results *results, const struct figures *figures)
{
	double cpu = 0.0;
	joules_energy energy = figures_attributed(results, figures, &cpu);
	if (isnan(energy.joules))
		return;
	text_add(text, "  this command  about ");
	row_add_rough(text, energy.joules);
	text_add(text, " J (");
	row_add_rough(text, energy.low);
	text_add(text, " … ");
	if (isnan(energy.high))
		text_add(text, "?");
	else
		row_add_rough(text, energy.high);
	text_addf(text, " J%s): %.0f %% of the busy CPU time\n", results->count > 1 ? " a run" : "", 100.0 * cpu);
}

static void add_outliers(struct text *text, const char *what, const joules_statistics *statistics, bool color)
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
	text_add(text, "  ");
	term_add_styled(text, color, TERM_WARN, text_string(&line));
	text_add(text, "\n");
	text_free(&line);
}

static void add_last_line(struct text *text, const struct results *results, const struct figures *figures, bool color)
{
	bool estimated = figures->source == JOULES_ESTIMATED;
	struct text line = TEXT_INIT;
	if (results->count > 1) {
		double half = figures_half(&figures->total.mean);
		text_add(&line, "± is σ, the spread of the runs");
		if (!isnan(half)) {
			text_add(&line, estimated ? "; the band of each estimate is ± " : "; the bound of each run is ± ");
			row_add_rough(&line, half);
			text_add(&line, " J");
		}
		text_add(
		    &line, estimated ? ", likely but not certain" : ", without the counters' calibration (see joules doctor)");
	} else if (estimated) {
		text_add(
		    &line, "± is the band of the estimate: likely, but not certain (joules doctor says how to measure here)");
	} else {
		text_add(&line,
		    "± is a bound: what the steps of the counters can hide. Their calibration is not included (see joules "
		    "doctor)");
	}
	text_add(text, "  ");
	term_add_styled(text, color, TERM_DIM, text_string(&line));
	text_add(text, "\n");
	text_free(&line);
}

void report_text(struct text *text, const struct plan *plan, const struct results *results,
    const struct figures *figures, bool color)
{
	add_command(text, plan->commands[0].argv, color);
	text_add(text, ": ");
	add_outcome(text, results, figures, plan->rounds);
	text_add(text, "\n");
	if (!figures->example)
		return;
	text_add(text, "\n");
	report_table(text, results, figures, color);
	text_add(text, "\n");
	add_attributed(text, results, figures);
	if (results->count > 1) {
		add_outliers(text, "time", &figures->duration, color);
		add_outliers(text, "energy", &figures->total.spread, color);
	}
	add_last_line(text, results, figures, color);
}
