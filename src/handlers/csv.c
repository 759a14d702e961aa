/* SPDX-License-Identifier: MIT */
/* "timestamp;tag;duration;package_0" in seconds and microjoules, quoted by RFC 4180. csv-full appends each domain's low, high, source and
 * flags; several flags in one field stand apart by a space, as in "below_tick wrapped". */
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

static void csv_header(struct text *text, const joules_domain *const *domains, size_t count)
{
	text_add(text, "timestamp;tag;duration");
	for (size_t d = 0; d < count; d++) {
		add_separator(text);
		text_add_csv_field(text, domains[d]->name, SEPARATOR);
	}
}

static void add_documented(struct text *text, const joules_sample *sample)
{
	text_add_number(text, sample->timestamp);
	add_separator(text);
	text_add_csv_field(text, sample->tag, SEPARATOR);
	add_separator(text);
	text_add_number(text, sample->duration_s);
	for (size_t d = 0; d < sample->domain_count; d++)
		add_energy(text, sample->energy[d].joules);
}

static void csv_sample(struct text *text, const joules_sample *sample, size_t index)
{
	(void)index;
	add_documented(text, sample);
	text_add_bytes(text, "\n", 1);
}

static void csv_full_header(struct text *text, const joules_domain *const *domains, size_t count)
{
	static const char *const columns[] = { "_low", "_high", "_source", "_flags" };
	csv_header(text, domains, count);
	struct text name = TEXT_INIT;
	for (size_t d = 0; d < count; d++) {
		for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
			text_clear(&name);
			text_add(&name, domains[d]->name);
			text_add(&name, columns[i]);
			add_separator(text);
			text_add_csv_field(text, text_string(&name), SEPARATOR);
			text->failed |= name.failed;
		}
	}
	text_free(&name);
}

static void csv_full_sample(struct text *text, const joules_sample *sample, size_t index)
{
	(void)index;
	add_documented(text, sample);
	for (size_t d = 0; d < sample->domain_count; d++) {
		const joules_energy *energy = &sample->energy[d];
		add_energy(text, energy->low);
		add_energy(text, energy->high);
		add_separator(text);
		text_add(text, joules_source_name(sample->domains[d]->source));
		add_separator(text);
		add_flags(text, energy->flags);
	}
	text_add_bytes(text, "\n", 1);
}

const struct format format_csv = { .name = "csv", .header = csv_header, .sample = csv_sample, .invalid_as = "an empty field" };
/* Its columns say what is an estimate, below_tick or invalid: no notice is owed. */
const struct format format_csv_full = { .name = "csv-full", .header = csv_full_header, .sample = csv_full_sample };
