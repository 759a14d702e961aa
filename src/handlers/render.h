/* SPDX-License-Identifier: MIT */
/* A trace as text. A format says only how a sample looks. */
#ifndef JOULES_HANDLERS_RENDER_H
#define JOULES_HANDLERS_RENDER_H

#include "base/text.h"
#include "handlers/notices.h"

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
	/* One line that names the columns, without its end; NULL: none, and traces of any domains go into one file. */
	void (*header)(struct text *text, const struct columns *columns);
	/* Around the samples; NULL: nothing stands there. name is the trace's. */
	void (*begin)(struct text *text, const char *name);
	void (*sample)(struct text *text, const joules_sample *sample);
	void (*end)(struct text *text, joules_trace *trace);
	bool without_samples;   /* a trace without samples is written too */
	const char *invalid_as; /* how it writes what is not measured; NULL: it says so itself and owes no notice */
};

/* The documented formats are in microjoules. One multiplication, so that Python gets the same double. */
static inline double microjoules(double joules)
{
	return joules * 1e6;
}

/* Appends the trace without the header; counts its samples in `notices` (begun; NULL: nobody asks). */
joules_status render_trace(
    struct text *text, const struct format *format, joules_trace *trace, const char *name, struct notices *notices);

/* As joules_handler_ops.text. */
joules_status render_text(
    const struct format *format, joules_trace *trace, const char *name, char **header, char **text);

#endif
