/* SPDX-License-Identifier: MIT */
/* What print, csv, csv-full and json share: traces in a queue, each turned into text and written at once. A format says
 * only how a sample looks. */
#ifndef JOULES_HANDLERS_WRITER_H
#define JOULES_HANDLERS_WRITER_H

#include "base/text.h"
#include "handlers/formats.h"

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
	/* Around the samples; NULL: nothing stands there. number counts the traces that this handler has written. */
	void (*begin)(struct text *text, size_t number);
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

/* The contract of a handler, as far as formats have it in common. */
joules_status writer_open(const struct format *format, const char *target, void **state);
joules_status writer_prepare(void *state, const joules_domain *const *domains, size_t count);
joules_status writer_process(void *state, joules_trace *trace);
joules_status writer_save(void *state);
void writer_close(void *state);
const char *writer_file(void *state);
void writer_notices_set(void *state, joules_notice_function function, void *context);

#define WRITER_OPS \
	.size = sizeof(joules_handler_ops), .prepare = writer_prepare, .process = writer_process, .save = writer_save, \
	.close = writer_close, .file = writer_file, .notices_set = writer_notices_set

#endif
