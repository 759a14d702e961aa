/* SPDX-License-Identifier: MIT */
/* The runs as a table that fits the terminal, and as JSON. */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cli.h"
#include "history/parts.h"
#include "history/run.h"
#include "layout.h"
#include "run/rows.h"
#include "term.h"

/* ---- for programs ---- */

static void json_list(struct text *out, const joules_runs *runs)
{
	json_begin_object(out, NULL);
	json_string(out, "format", "joules.history.1");
	json_string(out, "version", joules_version());
	json_begin_array(out, "runs");
	for (size_t i = 0; i < joules_runs_count(runs); i++) {
		json_begin_run(out, joules_runs_at(runs, i));
		json_end_object(out);
	}
	json_end_array(out);
	json_end_object(out);
	text_add(out, "\n");
}

/* ---- for people ---- */

enum { GAP = 2, COMMAND_LEAST = 10 };

enum { ID, WHEN, COMMAND, ENERGY, TIME, COLUMNS };

/* The words of one run, the last column apart, which is not aligned. */
struct cells {
	struct text cell[COLUMNS];
};

static void fill(struct cells *cells, const joules_run *run)
{
	for (size_t i = 0; i < COLUMNS; i++)
		text_clear(&cells->cell[i]);
	const char *command = run_label(run, "command");
	text_addf(&cells->cell[ID], "%lld", (long long)run->id);
	run_add_when(&cells->cell[WHEN], run->begin);
	text_add_escaped(&cells->cell[COMMAND], command ? command : run->name);
	row_add_energy(&cells->cell[ENERGY], run->total);
	row_add_time(&cells->cell[TIME], run->duration_s);
}

static void widen(size_t widths[COLUMNS], const struct cells *cells)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		size_t columns = term_columns(text_string(&cells->cell[i]));
		if (columns > widths[i])
			widths[i] = columns;
	}
}

/* The command takes what the others leave. */
static void fit(size_t widths[COLUMNS], size_t width)
{
	size_t taken = strlen("estimated");
	for (size_t i = 0; i < COLUMNS; i++)
		taken += GAP + (i == COMMAND ? 0 : widths[i]);
	size_t left = width > taken + COMMAND_LEAST ? width - taken : COMMAND_LEAST;
	if (widths[COMMAND] > left)
		widths[COMMAND] = left;
}

static void add_line(struct text *out, struct cells *cells, const size_t widths[COLUMNS])
{
	for (size_t i = 0; i < COLUMNS; i++) {
		struct text *cell = &cells->cell[i];
		out->failed |= cell->failed;
		if (i == COMMAND && cell->bytes)
			layout_cut(cell->bytes, widths[i]);
		if (i == WHEN || i == COMMAND)
			term_add_left(out, text_string(cell), widths[i]);
		else
			term_add_right(out, text_string(cell), widths[i]);
		text_add(out, "  ");
	}
}

static void add_heads(struct text *out, struct cells *cells, size_t widths[COLUMNS], bool color)
{
	static const char *const heads[] = { "ID", "WHEN", "COMMAND", "ENERGY", "TIME" };
	struct text line = TEXT_INIT;
	for (size_t i = 0; i < COLUMNS; i++) {
		text_clear(&cells->cell[i]);
		text_add(&cells->cell[i], heads[i]);
	}
	add_line(&line, cells, widths);
	text_add(&line, "SOURCE");
	term_add_styled(out, color, TERM_BOLD, text_string(&line));
	text_add(out, "\n");
	out->failed |= line.failed;
	text_free(&line);
}

static const char *source_of(const joules_run *run)
{
	return isnan(run->total->joules) ? "-" : joules_source_name(run->source);
}

static void text_list(struct text *out, const joules_runs *runs, const struct page *page)
{
	bool has[] = { [JOULES_MEASURED] = false, [JOULES_ESTIMATED] = false };
	struct cells cells = { 0 };
	size_t widths[COLUMNS] = { strlen("ID"), strlen("WHEN"), strlen("COMMAND"), strlen("ENERGY"), strlen("TIME") };
	for (size_t i = 0; i < joules_runs_count(runs); i++) {
		fill(&cells, joules_runs_at(runs, i));
		widen(widths, &cells);
	}
	fit(widths, page->width);
	add_heads(out, &cells, widths, page->color);
	for (size_t i = 0; i < joules_runs_count(runs); i++) {
		const joules_run *run = joules_runs_at(runs, i);
		fill(&cells, run);
		add_line(out, &cells, widths);
		term_add_styled(out, page->color && run->source == JOULES_ESTIMATED, TERM_WARN, source_of(run));
		text_add(out, "\n");
		has[run->source] |= !isnan(run->total->joules);
	}
	text_add(out, has[JOULES_MEASURED] || has[JOULES_ESTIMATED] ? "\n" : "");
	run_add_legend(out, has[JOULES_MEASURED], has[JOULES_ESTIMATED], page);
	for (size_t i = 0; i < COLUMNS; i++)
		text_free(&cells.cell[i]);
}

static void text_nothing(struct text *out, const struct request *request)
{
	text_add(out, request->filter.length ? "no run matches\n" : "no runs yet: `joules run COMMAND` keeps each run\n");
}

int history_list(const struct request *request)
{
	joules_store *store = NULL;
	joules_runs *runs = NULL;
	struct text out = TEXT_INIT;
	int status = request_open(request, JOULES_STORE_READ, &store);
	if (status == EXIT_DONE)
		status = request_runs(request, store, &runs);
	joules_store_close(store);
	if (status != EXIT_DONE)
		return status;
	struct page page = term_page(STDOUT_FILENO);
	if (request->json)
		json_list(&out, runs);
	else if (joules_runs_count(runs) == 0)
		text_nothing(&out, request);
	else
		text_list(&out, runs, &page);
	joules_runs_free(runs);
	return cli_print("history", &out);
}
