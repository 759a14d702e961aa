/* SPDX-License-Identifier: MIT */
#include "run/rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "markup.h"
#include "measure/figures.h"

enum { CELL = 64 };

/* ---- numbers ---- */

/* Decimals that show `doubt` with two digits when it begins with 1, else with one: 0.06 → 2, 0.012 → 3, 4.2 → 1, 40 →
 * 0. */
static int decimals_of(double doubt)
{
	if (!(doubt > 0))
		return 2;
	double places = ceil(-log10(doubt));
	int decimals = (int)places;
	if (doubt * pow(10.0, decimals) < 2.0)
		decimals++;
	return decimals < 0 ? 0 : decimals > 6 ? 6 : decimals;
}

/* Decimals for a value of which no doubt is known: four digits. */
static int plain_decimals(double value)
{
	return fabs(value) > 0.0 ? decimals_of(fabs(value) * 2e-3) : 2;
}

/* Decimals that show so many digits of the value. */
static int digits_decimals(double value, int digits)
{
	if (!(fabs(value) > 0.0))
		return 0;
	double decimals = digits - 1 - floor(log10(fabs(value)));
	return decimals > 0 ? (int)decimals : 0;
}

static int energy_decimals(const joules_energy *energy)
{
	double doubt = figures_doubt(energy);
	return doubt > 0 ? decimals_of(doubt) : plain_decimals(energy->joules);
}

/* Two, as nobody reads more of a power; fewer where the bounds say less. */
static int watts_decimals(const joules_energy *energy, double seconds)
{
	double doubt = figures_doubt(energy);
	int decimals = doubt > 0 ? decimals_of(doubt / seconds) : 2;
	return decimals < 2 ? decimals : 2;
}

void row_add_time(struct text *text, double seconds)
{
	const struct time_unit *unit = layout_time_unit(seconds);
	double value = seconds / unit->seconds;
	if (isnan(seconds))
		text_add(text, "n/a");
	else
		text_addf(text, "%.*f %s", plain_decimals(value), value, unit->name);
}

void row_add_rough(struct text *text, double value)
{
	text_addf(text, "%.*f", digits_decimals(value, 2), value);
}

static void print_half(char *out, size_t size, const joules_energy *energy, int decimals)
{
	double half = figures_half(energy);
	out[0] = '\0';
	if (!isnan(half))
		snprintf(out, size, "± %.*f", decimals, half);
}

/* Less than none by less than half a digit is 0, not -0. */
static double rounded(double value, int decimals)
{
	return fabs(value) < 0.5 * pow(10.0, -decimals) ? 0.0 : value;
}

static void print_value(char *out, size_t size, const joules_energy *energy, int decimals)
{
	if (isnan(energy->joules))
		snprintf(out, size, "n/a");
	else
		snprintf(out, size, "%s%.*f", isnan(energy->high) ? "≥ " : "", decimals, rounded(energy->joules, decimals));
}

static void print_watts(char *out, size_t size, const joules_energy *energy, double seconds)
{
	double watts = energy->joules / seconds;
	int decimals = watts_decimals(energy, seconds);
	out[0] = '\0';
	if (isfinite(watts))
		snprintf(out, size, "%.*f", decimals, rounded(watts, decimals));
}

void row_add_watts(struct text *text, const joules_energy *energy, double seconds)
{
	char watts[CELL];
	print_watts(watts, sizeof watts, energy, seconds);
	text_addf(text, "%s%s", watts, *watts ? " W" : "");
}

void row_add_energy(struct text *text, const joules_energy *energy)
{
	char value[CELL], half[CELL];
	int decimals = energy_decimals(energy);
	print_value(value, sizeof value, energy, decimals);
	print_half(half, sizeof half, energy, decimals);
	text_addf(text, "%s%s%s%s", value, *half ? " " : "", half, isnan(energy->joules) ? "" : " J");
}

void note_add(struct text *note, const char *words)
{
	text_addf(note, "%s%s", note->length > 0 ? ", " : "", words);
}

/* ---- cells ---- */

static void add_name(struct text *text, const char *name, unsigned depth, size_t columns, bool bold, bool color)
{
	size_t used = 2 * (size_t)depth + term_columns(name);
	text_addf(text, "  %*s", (int)(2 * depth), "");
	if (bold)
		term_add_styled(text, color, TERM_BOLD, name);
	else
		text_add(text, name);
	for (; used < columns; used++)
		text_add(text, " ");
}

/* Right-aligned by the decimal point: what has fewer decimals than the column is followed by blanks. */
static void add_number(struct text *text, const char *number, size_t whole, size_t fraction)
{
	const char *point = strchr(number, '.');
	size_t before = term_columns(number) - (point ? strlen(point) : 0), after = point ? strlen(point) : 0;
	for (; before < whole; before++)
		text_add(text, " ");
	text_add(text, number);
	for (; after < fraction; after++)
		text_add(text, " ");
}

/* A note that is too long goes on below its own beginning; where that leaves too little room, all of it stands below
 * the name. */
static void end_line(struct text *text, const struct text *note, bool estimated, const struct page *page)
{
	enum { GAP = 3, ROOM = 24, BELOW = 6 };
	size_t column = term_column(text) + GAP;
	if (column + term_columns(text_string(note)) >= page->width && column + ROOM > page->width)
		column = BELOW;
	if (note->length == 0 || column == BELOW)
		layout_end_line(text);
	if (note->length == 0)
		return;
	layout_blanks(text, column == BELOW ? BELOW : GAP);
	layout_styled(text, text_string(note), column, page, estimated ? TERM_WARN : TERM_DIM);
}

struct column {
	size_t whole;    /* columns before the point */
	size_t fraction; /* the point and what follows */
};

static void widen(struct column *column, const char *number)
{
	const char *point = strchr(number, '.');
	size_t after = point ? strlen(point) : 0, before = term_columns(number) - after;
	column->whole = before > column->whole ? before : column->whole;
	column->fraction = after > column->fraction ? after : column->fraction;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* ---- one measurement ---- */

struct row *rows_add(struct rows *rows, const char *name, unsigned depth, const joules_energy *energy, double seconds)
{
	struct row *list = reallocarray(rows->list, rows->count + 1, sizeof *list);
	if (!list)
		return NULL;
	rows->list = list;
	char *copy = strdup(name);
	if (!copy)
		return NULL;
	struct row *row = &list[rows->count++];
	*row = (struct row){ .name = copy, .depth = depth, .energy = *energy, .seconds = seconds };
	return row;
}

struct row_cells {
	char joules[CELL];
	char half[CELL];
	char watts[CELL];
};

static void fill_cells(const struct row *row, struct row_cells *cells)
{
	int decimals = energy_decimals(&row->energy);
	print_value(cells->joules, sizeof cells->joules, &row->energy, decimals);
	print_half(cells->half, sizeof cells->half, &row->energy, decimals);
	print_watts(cells->watts, sizeof cells->watts, &row->energy, row->seconds);
}

static void print_row(const struct row *row, struct text *text, size_t names, const struct column columns[2],
    size_t halves, const struct page *page)
{
	struct row_cells cells;
	fill_cells(row, &cells);
	add_name(text, row->name, row->depth, names, row->total, page->color);
	text_add(text, "  ");
	add_number(text, cells.joules, columns[0].whole, columns[0].fraction);
	text_add(text, isnan(row->energy.joules) ? "    " : " J  ");
	term_add_left(text, cells.half, halves);
	text_add(text, "   ");
	add_number(text, cells.watts, columns[1].whole, columns[1].fraction);
	text_add(text, *cells.watts ? " W" : "  ");
	end_line(text, &row->note, row->estimated, page);
}

/* Cells of a table in Markdown; what they hold of names and notes is escaped. */
static void begin_row(struct text *text, const char *name, unsigned depth, bool bold)
{
	text_add(text, "| ");
	for (unsigned i = 0; i < depth; i++)
		text_add(text, "&nbsp;&nbsp;");
	text_add(text, bold ? "**" : "");
	markdown_add(text, name);
	text_add(text, bold ? "**" : "");
}

static void end_row(struct text *text, const struct text *note)
{
	text_add(text, " | ");
	markdown_add(text, text_string(note));
	text_add(text, " |\n");
}

static void rows_markdown(const struct rows *rows, struct text *text)
{
	text_add(text, "\n|  | energy |  | power |  |\n|---|---:|---|---:|---|\n");
	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->list[i];
		struct row_cells cells;
		fill_cells(row, &cells);
		begin_row(text, row->name, row->depth, row->total);
		text_addf(text, " | %s%s | %s | %s%s", cells.joules, isnan(row->energy.joules) ? "" : " J", cells.half,
		    cells.watts, *cells.watts ? " W" : "");
		end_row(text, &row->note);
	}
}

void rows_print(const struct rows *rows, struct text *text, const struct page *page)
{
	if (page->markdown) {
		rows_markdown(rows, text);
		return;
	}
	struct column columns[2] = { { 0, 0 }, { 0, 0 } };
	size_t names = 12, halves = 0;
	for (size_t i = 0; i < rows->count; i++) {
		struct row_cells cells;
		fill_cells(&rows->list[i], &cells);
		names = larger(names, 2 * (size_t)rows->list[i].depth + term_columns(rows->list[i].name));
		widen(&columns[0], cells.joules);
		widen(&columns[1], cells.watts);
		halves = larger(halves, term_columns(cells.half));
	}
	for (size_t i = 0; i < rows->count; i++)
		print_row(&rows->list[i], text, names, columns, halves, page);
}

void rows_free(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		free(rows->list[i].name);
		text_free(&rows->list[i].note);
	}
	free(rows->list);
	*rows = (struct rows)ROWS_INIT;
}

/* ---- several ---- */

struct spread *spreads_add(
    struct spreads *spreads, const char *name, unsigned depth, const joules_statistics *joules, double doubt)
{
	struct spread *list = reallocarray(spreads->list, spreads->count + 1, sizeof *list);
	if (!list)
		return NULL;
	spreads->list = list;
	char *copy = strdup(name);
	if (!copy)
		return NULL;
	struct spread *spread = &list[spreads->count++];
	*spread = (struct spread){ .name = copy, .depth = depth, .unit = "J", .statistics = *joules, .doubt = doubt };
	return spread;
}

struct spread *spreads_add_times(struct spreads *spreads, const char *name, const joules_statistics *seconds)
{
	const struct time_unit *unit = layout_time_unit(seconds->median);
	joules_statistics times = *seconds;
	times.mean /= unit->seconds;
	times.stddev /= unit->seconds;
	times.median /= unit->seconds;
	times.min /= unit->seconds;
	times.max /= unit->seconds;
	struct spread *spread = spreads_add(spreads, name, 0, &times, (double)NAN);
	if (spread)
		spread->unit = unit->name;
	return spread;
}

enum { MEAN, SIGMA, MEDIAN, MIN, MAX, SPREAD_CELLS };

/* Those of σ, or of a single value's doubt. One outlier that makes σ large takes none away: three digits of the median,
 * or two where the counters do not resolve the third, or none where they resolve nothing of it. */
static int spread_decimals(const joules_statistics *s, double doubt)
{
	int most = plain_decimals(s->mean) + 1;
	int decimals = s->stddev > 0 ? decimals_of(s->stddev) : doubt > 0 ? decimals_of(doubt) : most - 1;
	int digits = doubt > fabs(s->median) ? 0 : doubt > 0.05 * fabs(s->median) ? 2 : 3;
	int least = digits_decimals(s->median, digits);
	decimals = decimals < most ? decimals : most;
	return decimals > least ? decimals : least;
}

static void fill_spread(const struct spread *spread, char cells[SPREAD_CELLS][CELL])
{
	const joules_statistics *s = &spread->statistics;
	const double values[SPREAD_CELLS] = { s->mean, s->stddev, s->median, s->min, s->max };
	int decimals = spread_decimals(s, spread->doubt);
	for (size_t i = 0; i < SPREAD_CELLS; i++) {
		const char *sign = i == MEAN && spread->at_least ? "≥ " : "";
		if (isnan(values[i]))
			snprintf(cells[i], CELL, "%s", i == MEAN || s->count > 0 ? "n/a" : "");
		else
			snprintf(cells[i], CELL, "%s%.*f", sign, decimals, rounded(values[i], decimals));
	}
}

struct spread_columns {
	size_t names, units;
	struct column cells[SPREAD_CELLS];
};

static void add_cell(
    struct text *text, char cells[SPREAD_CELLS][CELL], const struct spread_columns *columns, size_t which)
{
	add_number(text, cells[which], columns->cells[which].whole, columns->cells[which].fraction);
}

static void print_spread(
    const struct spread *spread, struct text *text, const struct spread_columns *columns, const struct page *page)
{
	char cells[SPREAD_CELLS][CELL];
	bool known = spread->statistics.count > 0;
	fill_spread(spread, cells);
	add_name(text, spread->name, spread->depth, columns->names, spread->total, page->color);
	text_add(text, "  ");
	add_cell(text, cells, columns, MEAN);
	text_add(text, " ");
	term_add_left(text, known ? spread->unit : "", columns->units);
	text_add(text, known ? " ± " : "   ");
	add_cell(text, cells, columns, SIGMA);
	text_add(text, "   ");
	add_cell(text, cells, columns, MEDIAN);
	text_add(text, "   ");
	add_cell(text, cells, columns, MIN);
	text_add(text, known ? " … " : "   ");
	add_cell(text, cells, columns, MAX);
	end_line(text, &spread->note, spread->estimated, page);
}

static size_t columns_of(const struct spread_columns *columns, size_t which)
{
	return columns->cells[which].whole + columns->cells[which].fraction;
}

static void print_head(struct text *text, const struct spread_columns *columns, bool color)
{
	struct text line = TEXT_INIT;
	layout_blanks(&line, columns->names + 4);
	term_add_right(&line, "mean", columns_of(columns, MEAN));
	layout_blanks(&line, columns->units + 2);
	term_add_left(&line, "± σ", columns_of(columns, SIGMA) + 2);
	text_add(&line, "   ");
	term_add_right(&line, "median", columns_of(columns, MEDIAN));
	text_add(&line, "   ");
	term_add_right(&line, "min", columns_of(columns, MIN));
	text_add(&line, " … max");
	term_add_styled(text, color, TERM_DIM, text_string(&line));
	text_add(text, "\n");
	text_free(&line);
}

static void spreads_markdown(const struct spreads *spreads, struct text *text)
{
	text_add(text, "\n|  | mean | ± σ | median | min | max |  |\n|---|---:|---:|---:|---:|---:|---|\n");
	for (size_t i = 0; i < spreads->count; i++) {
		const struct spread *spread = &spreads->list[i];
		char cells[SPREAD_CELLS][CELL];
		fill_spread(spread, cells);
		begin_row(text, spread->name, spread->depth, spread->total);
		text_addf(
		    text, " | %s%s%s", cells[MEAN], *cells[MEAN] ? " " : "", spread->statistics.count > 0 ? spread->unit : "");
		for (size_t j = SIGMA; j < SPREAD_CELLS; j++)
			text_addf(text, " | %s", cells[j]);
		end_row(text, &spread->note);
	}
}

void spreads_print(const struct spreads *spreads, struct text *text, const struct page *page)
{
	if (page->markdown) {
		spreads_markdown(spreads, text);
		return;
	}
	/* Wide enough for the words above them. */
	struct spread_columns columns = { 12, 1, { { 4, 0 }, { 1, 0 }, { 6, 0 }, { 3, 0 }, { 3, 0 } } };
	for (size_t i = 0; i < spreads->count; i++) {
		const struct spread *spread = &spreads->list[i];
		char cells[SPREAD_CELLS][CELL];
		fill_spread(spread, cells);
		columns.names = larger(columns.names, 2 * (size_t)spread->depth + term_columns(spread->name));
		columns.units = larger(columns.units, term_columns(spread->unit));
		for (size_t j = 0; j < SPREAD_CELLS; j++)
			widen(&columns.cells[j], cells[j]);
	}
	print_head(text, &columns, page->color);
	for (size_t i = 0; i < spreads->count; i++)
		print_spread(&spreads->list[i], text, &columns, page);
}

void spreads_free(struct spreads *spreads)
{
	for (size_t i = 0; i < spreads->count; i++) {
		free(spreads->list[i].name);
		text_free(&spreads->list[i].note);
	}
	free(spreads->list);
	*spreads = (struct spreads)SPREADS_INIT;
}
