/* SPDX-License-Identifier: MIT */
#include "run/curve.h"

#include <math.h>
#include <stdlib.h>

#include "layout.h"
#include "run/rows.h"

enum { INDENT = 2, MOST_CELLS = 256 };

/* ---- the peak ---- */

struct peak {
	joules_energy energy; /* of the sample with the highest power; NAN: there is none */
	double seconds, begin_s, watts;
	size_t run; /* from 1 */
};

/* A rest between a mark and the next step is too short for its power to mean much. */
static bool is_comparable(const joules_sample *sample, const joules_energy *total, double every_s)
{
	return sample->duration_s >= 0.5 * every_s &&
	    !(total->flags & (JOULES_BELOW_TICK | JOULES_PARTIAL | JOULES_INVALID));
}

static void find_peak(struct peak *peak, const joules_trace *trace, double every_s, size_t run)
{
	joules_sample *sample = NULL;
	double begin_s = 0.0;
	for (size_t i = 0; i < joules_trace_count(trace) && joules_trace_sample(trace, i, &sample) == JOULES_OK; i++) {
		const joules_energy *total = joules_sample_total(sample, NULL);
		double watts = total->joules / sample->duration_s;
		if (is_comparable(sample, total, every_s) && !(watts <= peak->watts))
			*peak = (struct peak){ *total, sample->duration_s, begin_s, watts, run };
		begin_s += sample->duration_s;
	}
	joules_sample_free(sample);
}

static void add_peak(struct text *text, const struct peak *peak, bool names_run, const struct page *page)
{
	struct text line = TEXT_INIT;
	text_add(&line, "peak ");
	row_add_watts(&line, &peak->energy, peak->seconds);
	text_add(&line, ", in the ");
	layout_time(&line, peak->seconds);
	text_add(&line, " from ");
	layout_time(&line, peak->begin_s);
	text_add(&line, " on");
	if (names_run)
		text_addf(&line, " of run %zu", peak->run);
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

void report_curve(struct text *text, const struct results *results, double every_s, const struct page *page)
{
	struct peak peak = { JOULES_ENERGY_NONE, 0.0, 0.0, (double)NAN, 0 };
	const struct run_result *only = &results->runs[0];
	for (size_t i = 0; i < results->count; i++)
		find_peak(&peak, results->runs[i].trace, every_s, i + 1);
	text_addf(text, "\n  power over time, in steps of ");
	layout_time(text, every_s);
	text_add(text, "\n");
	if (results->count == 1 && joules_trace_count(only->trace) > 1)
		add_curve(text, only, page);
	if (peak.run > 0)
		add_peak(text, &peak, results->count > 1, page);
	else
		text_add(text, "  no step is long enough for a peak\n");
}
