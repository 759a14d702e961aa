/* SPDX-License-Identifier: MIT */
/* One run: what it was, and what each domain used, as `joules run` has reported it. */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cli.h"
#include "history/parts.h"
#include "history/run.h"
#include "run/rows.h"
#include "term.h"

/* ---- for programs ---- */

static void json_show(struct text *out, const joules_run *run, const joules_sample *whole)
{
	json_begin_object(out, NULL);
	json_string(out, "format", "joules.history.1");
	json_string(out, "version", joules_version());
	json_begin_array(out, "runs");
	json_begin_run(out, run);
	json_domains(out, whole);
	json_end_object(out);
	json_end_array(out);
	json_end_object(out);
	text_add(out, "\n");
}

/* ---- for people ---- */

static void add_domain(struct rows *rows, const joules_domain *domain, const joules_energy *energy)
{
	struct row *row = rows_add(rows, domain->name, domain->parent ? 1 : 0, energy, energy->seen_s);
	if (!row)
		return;
	row->estimated = domain->source == JOULES_ESTIMATED;
	note_add(&row->note, joules_source_name(domain->source));
	if (domain->parent) {
		note_add(&row->note, "part of ");
		text_add(&row->note, domain->parent);
	} else if (!domain->in_total) {
		note_add(&row->note, "not in the total");
	}
	for (unsigned flag = 1; joules_flag_name(flag); flag <<= 1)
		if (energy->flags & flag & ~(unsigned)JOULES_WRAPPED)
			note_add(&row->note, joules_flag_name(flag));
}

static void add_table(struct text *out, const joules_sample *whole, const struct page *page)
{
	struct rows rows = ROWS_INIT;
	for (size_t d = 0; d < whole->domain_count; d++)
		add_domain(&rows, whole->domains[d], joules_sample_energy(whole, d));
	joules_source source;
	const joules_energy *total = joules_sample_total(whole, &source);
	struct row *row = rows_add(&rows, "total", 0, total, whole->duration_s);
	if (row) {
		row->total = true;
		note_add(&row->note, joules_source_name(source));
	}
	rows_print(&rows, out, page);
	rows_free(&rows);
}

/* The samples between marks, by their totals. */
static joules_status add_samples(struct text *out, const joules_trace *trace)
{
	joules_sample *sample = NULL;
	joules_status status = JOULES_OK;
	for (size_t i = 0; joules_trace_count(trace) > 1 && i < joules_trace_count(trace) && !status; i++) {
		status = joules_trace_sample(trace, i, &sample);
		if (status)
			break;
		text_add(out, "  ");
		row_add_time(out, sample->duration_s);
		text_add(out, "  ");
		row_add_energy(out, joules_sample_total(sample, NULL));
		text_add(out, "  ");
		text_add_escaped(out, sample->tag);
		text_add(out, "\n");
	}
	joules_sample_free(sample);
	return status;
}

static void add_head(struct text *out, const joules_run *run)
{
	const char *command = run_label(run, "command"), *exit_status = run_label(run, "exit_status");
	text_add_escaped(out, command ? command : run->name);
	text_addf(out, ": %s%s%sin ", exit_status ? "exit " : "", exit_status ? exit_status : "", exit_status ? " " : "");
	row_add_time(out, run->duration_s);
	text_add(out, "\n  ");
	run_add_when(out, run->begin);
	text_add(out, " on ");
	text_add_escaped(out, run->host);
	text_addf(out, ", run %lld, %s\n", (long long)run->id, run->uuid);
}

static void add_labels(struct text *out, const joules_run *run)
{
	for (size_t i = 0; i < run->label_count; i++) {
		text_addf(out, "  %s: ", run->label_keys[i]);
		text_add_escaped(out, run->label_values[i]);
		text_add(out, "\n");
	}
	for (size_t i = 0; i < run->unsent_count; i++) {
		text_add(out, "  not sent yet to ");
		text_add_escaped(out, run->unsent[i]);
		text_add(out, "\n");
	}
	if (run->truncated)
		text_add(out, "  only the first samples are kept; the table above covers all of them\n");
}

static void add_legend(struct text *out, const joules_sample *whole, const struct page *page)
{
	bool has[] = { [JOULES_MEASURED] = false, [JOULES_ESTIMATED] = false };
	for (size_t d = 0; whole && d < whole->domain_count; d++)
		if (!isnan(joules_sample_energy(whole, d)->joules))
			has[whole->domains[d]->source] = true;
	run_add_legend(out, has[JOULES_MEASURED], has[JOULES_ESTIMATED], page);
}

static joules_status text_show(struct text *out, const joules_run *run, const joules_trace *trace,
    const joules_sample *whole, const struct page *page)
{
	add_head(out, run);
	text_add(out, "\n");
	if (whole)
		add_table(out, whole, page);
	add_legend(out, whole, page);
	text_add(out, "\n");
	joules_status status = add_samples(out, trace);
	text_add(out, joules_trace_count(trace) > 1 ? "\n" : "");
	add_labels(out, run);
	return status;
}

/* ---- */

static joules_status show(const struct request *request, joules_store *store, const joules_run *run, struct text *out)
{
	joules_trace *trace = NULL;
	joules_sample *whole = NULL;
	joules_status status = joules_store_trace(store, run->id, &trace);
	if (!status && joules_trace_count(trace) > 0)
		status = joules_trace_sum(trace, NULL, &whole);
	if (!status && request->json)
		json_show(out, run, whole);
	struct page page = term_page(STDOUT_FILENO);
	if (!status && !request->json)
		status = text_show(out, run, trace, whole, &page);
	joules_sample_free(whole);
	joules_trace_unref(trace);
	return status;
}

static int show_one(const struct request *request, joules_store *store, const char *id)
{
	struct request one = { .file = request->file };
	joules_runs *runs = NULL;
	struct text out = TEXT_INIT;
	text_addf(&one.filter, "id=%s", id);
	int status =
	    one.filter.failed ? cli_error("history", EXIT_UNABLE, "out of memory") : request_runs(&one, store, &runs);
	text_free(&one.filter);
	if (status == EXIT_DONE && joules_runs_count(runs) != 1)
		status = cli_error("history", EXIT_UNABLE, "there is no run %s: `joules history` lists them", id);
	joules_status failed = status == EXIT_DONE ? show(request, store, joules_runs_at(runs, 0), &out) : JOULES_OK;
	joules_runs_free(runs);
	if (failed || status != EXIT_DONE) {
		text_free(&out);
		return failed ? history_error(failed) : status;
	}
	return cli_print("history", &out);
}

int history_show(const struct request *request, const char *id)
{
	if (!id || request->filter.length || strpbrk(id, ",="))
		return cli_error(
		    "history", EXIT_USAGE, "show takes one run: joules history show ID, e.g. joules history show 7");
	joules_store *store = NULL;
	int status = request_open(request, JOULES_STORE_READ, &store);
	if (status == EXIT_DONE)
		status = show_one(request, store, id);
	joules_store_close(store);
	return status;
}
