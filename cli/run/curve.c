/* SPDX-License-Identifier: MIT */
#include "run/curve.h"

#include <math.h>
#include <stdlib.h>

#include "layout.h"
#include "measure/peak.h"
#include "run/rows.h"

enum { INDENT = 2, MOST_CELLS = 256 };

/* ---- the peak ---- */

/* Of several runs the highest; which of them has it, from 1 (0: none). */
static size_t highest(const struct results *results, struct peak *peak)
{
	size_t run = 0;
	for (size_t i = 0; i < results->count; i++) {
		struct peak own;
		if (!peak_of(results->runs[i].trace, results->every_s, &own))
			continue;
		if (run > 0 && own.watts <= peak->watts)
			continue;
		*peak = own;
		run = i + 1;
	}
	return run;
}

static void add_peak(struct text *text, const struct results *results, const struct page *page)
{
	struct peak peak;
	size_t run = highest(results, &peak);
	if (run == 0) {
		text_add(text, "  no step is long enough for a peak\n");
		return;
	}
	struct text line = TEXT_INIT;
	text_add(&line, "peak ");
	row_add_watts(&line, &peak.energy, peak.duration_s);
	text_add(&line, " over ");
	layout_time(&line, peak.duration_s);
	text_add(&line, ", beginning ");
	layout_time(&line, peak.begin_s);
	text_add(&line, " after the start");
	if (results->count > 1)
		text_addf(&line, " of run %zu", run);
	layout_paragraph(text, text_string(&line), INDENT, page, TERM_BOLD);
	text_free(&line);
}

/* ---- the curve ---- */

/* The energy of a sample goes to the cells that it lasts in. */
static void spread_out(double joules[], size_t cells, double begin, double end, double energy)
{
	for (size_t i = (size_t)begin; i < cells && (double)i < end; i++) {
		double from = fmax(begin, (double)i), to = fmin(end, (double)i + 1);
		joules[i] += energy * (to - from) / (end - begin);
	}
}

static void fill_cells(double joules[], size_t cells, const joules_trace *trace, double whole_s)
{
	joules_sample *sample = NULL;
	double scale = (double)cells / whole_s, begin = 0.0;
	for (size_t i = 0; i < joules_trace_count(trace) && joules_trace_sample(trace, i, &sample) == JOULES_OK; i++) {
		double end = begin + sample->duration_s * scale;
		spread_out(joules, cells, begin, end, joules_sample_total(sample, NULL)->joules);
		begin = end;
	}
	joules_sample_free(sample);
}

static void add_cells(struct text *text, const double joules[], size_t cells)
{
	static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	enum { LEVELS = sizeof blocks / sizeof *blocks };
	double most = 0.0;
	for (size_t i = 0; i < cells; i++)
		most = fmax(most, joules[i]);
	layout_blanks(text, INDENT);
	for (size_t i = 0; i < cells; i++) {
		double level = most > 0 ? joules[i] / most * LEVELS : 0.0;
		text_add(text, isnan(joules[i]) ? " " : blocks[level >= LEVELS ? LEVELS - 1 : level > 0 ? (int)level : 0]);
	}
	text_add(text, "\n");
}

static void add_curve(struct text *text, const struct run_result *run, const struct page *page)
{
	double joules[MOST_CELLS] = { 0 };
	size_t samples = joules_trace_count(run->trace), cells = page->width > 20 ? page->width - INDENT - INDENT : 16;
	cells = cells < samples ? cells : samples;
	cells = cells < MOST_CELLS ? cells : MOST_CELLS;
	fill_cells(joules, cells, run->trace, run->whole->duration_s);
	add_cells(text, joules, cells);
}

void report_curve(struct text *text, const struct results *results, const struct page *page)
{
	const struct run_result *only = &results->runs[0];
	text_addf(text, "\n  power over time, in steps of ");
	layout_time(text, results->every_s);
	text_add(text, "\n");
	if (results->count == 1 && joules_trace_count(only->trace) > 1)
		add_curve(text, only, page);
	add_peak(text, results, page);
}
