/* SPDX-License-Identifier: MIT */
#include "measure/reports.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

static const struct report_wish *wish_of(const struct reports *reports, size_t i)
{
	return &reports->plan->reports[i];
}

/* ---- opening ---- */

static bool is_same_file(int a, int b)
{
	struct stat one, other;
	return a >= 0 && b >= 0 && fstat(a, &one) == 0 && fstat(b, &other) == 0 && S_ISREG(one.st_mode) &&
	    one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static bool is_taken(const struct reports *reports, int fd)
{
	bool taken = reports->own.path && is_same_file(reports->own.fd, fd);
	for (size_t i = 0; i < reports->count; i++)
		taken |= is_same_file(reports->more[i].fd, fd);
	return taken;
}

static bool open_one(struct reports *reports, const struct report_wish *wish)
{
	struct destination *to = &reports->more[reports->count];
	if (!destination_open(to, wish->file, -1))
		return false;
	bool taken = is_taken(reports, to->fd);
	reports->count++;
	if (taken)
		cli_error(cli_verb, 0, "two --report name the same file, %s: give each its own", wish->file);
	return !taken;
}

bool reports_open(struct reports *reports, const struct plan *plan, int stream)
{
	reports->plan = plan;
	if (!destination_open(&reports->own, plan->report, stream))
		return false;
	reports->more = calloc(plan->report_count + 1, sizeof *reports->more);
	if (!reports->more) {
		cli_error(cli_verb, 0, "out of memory");
		return false;
	}
	for (size_t i = 0; i < plan->report_count; i++)
		if (!open_one(reports, wish_of(reports, i)))
			return false;
	return true;
}

bool reports_are_apart(const struct reports *reports, const struct outputs *outputs)
{
	for (size_t i = 0; i < reports->count; i++) {
		if (!outputs_have(outputs, reports->more[i].fd))
			continue;
		cli_error(cli_verb, 0, "-o and --report %s:%s name the same file: give each its own",
		    report_format_name(wish_of(reports, i)->format), wish_of(reports, i)->file);
		return false;
	}
	return true;
}

bool reports_are_wanted(const struct reports *reports)
{
	return reports->own.fd >= 0 || reports->count > 0;
}

bool reports_hold_notes(const struct reports *reports)
{
	return destination_holds_notes(&reports->own, reports->plan->json);
}

/* ---- writing ---- */

static struct page page_for(enum report_format format, int fd)
{
	struct page page = term_page(fd);
	page.markdown = format == REPORT_MARKDOWN;
	page.color = page.color && format == REPORT_TEXT;
	return page;
}

static void write_one(const struct destination *to, enum report_format format, report_composer compose, void *context,
    struct notes *notes)
{
	struct text text = TEXT_INIT;
	struct page page = page_for(format, to->fd);
	text.failed |= !compose(&text, format, &page, context);
	destination_write(to, &text, format == REPORT_JSON, notes);
	text_free(&text);
}

void reports_write(const struct reports *reports, report_composer compose, void *context, struct notes *notes)
{
	for (size_t i = 0; i < reports->count; i++) {
		size_t told = notes->told;
		write_one(&reports->more[i], wish_of(reports, i)->format, compose, context, notes);
		notes->told = told; /* people read them beside the verb's own */
	}
	if (reports->own.fd >= 0)
		write_one(&reports->own, reports->plan->json ? REPORT_JSON : REPORT_TEXT, compose, context, notes);
}

void reports_spare_people(struct reports *reports)
{
	if (!reports->plan->json && !reports->own.path)
		reports->own.fd = -1;
}

void reports_close(struct reports *reports)
{
	for (size_t i = 0; i < reports->count; i++)
		destination_close(&reports->more[i]);
	free(reports->more);
	destination_close(&reports->own);
	*reports = (struct reports)REPORTS_NONE;
}
