/* SPDX-License-Identifier: MIT */
/* "timestamp;tag;duration;package_0" in seconds and microjoules, quoted by RFC 4180. csv-full appends each domain's
 * low, high, source and flags; several flags in one field stand apart by a space, as in "below_tick wrapped". */
#include "handlers/writer.h"

#include <math.h>

#define SEPARATOR ';'

static void add_separator(struct text *text)
{
	text_add_bytes(text, (const char[]){ SEPARATOR }, 1);
}

static void add_energy(struct text *text, double joules)
{
	double energy = microjoules(joules);
	add_separator(text);
	if (isfinite(energy))
		text_add_number(text, energy);
}

static void add_flags(struct text *text, unsigned flags)
{
	const char *joint = "";
	for (unsigned flag = 1; flag && flag <= flags; flag <<= 1) {
		const char *name = flags & flag ? joules_flag_name(flag) : NULL;
		if (!name)
			continue;
		text_add(text, joint);
		text_add(text, name);
		joint = " ";
	}
}

/* A name with a suffix as one field. */
static void add_column(struct text *text, const char *name, const char *suffix)
{
	add_separator(text);
	text_add_csv_field(text, name, SEPARATOR);
	bool quoted = !text->failed && text->bytes[text->length - 1] == '"';
	text->length -= quoted;
	text_add(text, suffix);
	if (quoted)
		text_add(text, "\"");
}

static void csv_header(struct text *text, const struct columns *columns)
{
	text_add(text, "timestamp;tag;duration");
	for (size_t d = 0; d < columns->count; d++)
		add_column(text, column_name(columns, d), "");
}

static void csv_full_header(struct text *text, const struct columns *columns)
{
	static const char *const suffixes[] = { "_low", "_high", "_source", "_flags" };
	csv_header(text, columns);
	for (size_t d = 0; d < columns->count; d++)
		for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
			add_column(text, column_name(columns, d), suffixes[i]);
}

static void add_documented(struct text *text, const joules_sample *sample)
{
	text_add_number(text, sample->timestamp);
	add_separator(text);
	text_add_csv_field(text, sample->tag, SEPARATOR);
	add_separator(text);
	text_add_number(text, sample->duration_s);
	for (size_t d = 0; d < sample->domain_count; d++)
		add_energy(text, joules_sample_energy(sample, d)->joules);
}

static void csv_sample(struct text *text, const joules_sample *sample)
{
	add_documented(text, sample);
	text_add_bytes(text, "\n", 1);
}

static void csv_full_sample(struct text *text, const joules_sample *sample)
{
	add_documented(text, sample);
	for (size_t d = 0; d < sample->domain_count; d++) {
		const joules_energy *energy = joules_sample_energy(sample, d);
		add_energy(text, energy->low);
		add_energy(text, energy->high);
		add_separator(text);
		text_add(text, joules_source_name(sample->domains[d]->source));
		add_separator(text);
		add_flags(text, energy->flags);
	}
	text_add_bytes(text, "\n", 1);
}

static const struct format csv_format = { .header = csv_header, .sample = csv_sample, .invalid_as = "an empty field" };

static joules_status open_csv(void *context, const char *target, void **state)
{
	(void)context;
	return writer_open(&csv_format, target, state);
}

static joules_status csv_text(void *context, joules_trace *trace, const char *name, char **header, char **text)
{
	(void)context;
	return render_text(&csv_format, trace, name, header, text);
}

/* Its columns say what is an estimate, below_tick or invalid: no notice is owed. */
static const struct format csv_full_format = { .header = csv_full_header, .sample = csv_full_sample };

static joules_status open_csv_full(void *context, const char *target, void **state)
{
	(void)context;
	return writer_open(&csv_full_format, target, state);
}

static joules_status csv_full_text(void *context, joules_trace *trace, const char *name, char **header, char **text)
{
	(void)context;
	return render_text(&csv_full_format, trace, name, header, text);
}

const joules_handler_ops csv_handler = { WRITER_OPS, .name = "csv", .extensions = (const char *const[]){ ".csv", NULL },
	.open = open_csv, .text = csv_text };
const joules_handler_ops csv_full_handler = { WRITER_OPS, .name = "csv-full", .open = open_csv_full,
	.text = csv_full_text };
