/* SPDX-License-Identifier: MIT */
/* What print, csv, csv-full and json share: traces in a queue, each turned into text and written at once. A format says
 * only how a sample looks. */
#ifndef JOULES_HANDLERS_WRITER_H
#define JOULES_HANDLERS_WRITER_H

#include "base/text.h"

#include <joules/joules.h>

/* Domains in order: a list's, or if there is none a trace's. Nothing is allocated to compare them. */
struct columns {
	const joules_domain *const *domains;
	const joules_trace *trace;
	size_t count;
};

static inline const char *column_name(const struct columns *columns, size_t index)
{
	return columns->domains ? columns->domains[index]->name : joules_trace_domain(columns->trace, index)->name;
}

struct format {
	const char *name;
	/* One line that names the columns, without its end; NULL: none, and traces of any domains go into one file. */
	void (*header)(struct text *text, const struct columns *columns);
	/* Around the samples; NULL: nothing stands there. number counts the traces that this handler has written. */
	void (*begin)(struct text *text, size_t number);
	void (*sample)(struct text *text, const joules_sample *sample);
	void (*end)(struct text *text, joules_trace *trace);
	bool without_samples;   /* a trace without samples is written too */
	const char *invalid_as; /* how it writes what is not measured; NULL: it says so itself and owes no notice */
};

extern const struct format format_print, format_csv, format_csv_full, format_json;

/* The documented formats are in microjoules. One multiplication, so that Python gets the same double. */
static inline double microjoules(double joules)
{
	return joules * 1e6;
}

joules_status writer_open(joules_handler **handler, const struct format *format, const char *target);

#endif
