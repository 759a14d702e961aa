/* SPDX-License-Identifier: MIT */
/* One line a sample: "begin timestamp : AAAA; tag : foo; duration : BBBB; package_0 : CCCC" (seconds and microjoules).
 */
#include "handlers/writer.h"

#include <math.h>

static void print_sample(struct text *text, const joules_sample *sample)
{
	text_add(text, "begin timestamp : ");
	text_add_number(text, sample->timestamp);
	text_add(text, "; tag : ");
	text_add_escaped(text, sample->tag);
	text_add(text, "; duration : ");
	text_add_number(text, sample->duration_s);
	for (size_t d = 0; d < sample->domain_count; d++) {
		double energy = microjoules(joules_sample_energy(sample, d)->joules);
		text_add(text, "; ");
		text_add_escaped(text, sample->domains[d]->name);
		text_add(text, " : ");
		if (isfinite(energy))
			text_add_number(text, energy);
		else
			text_add(text, "n/a");
	}
	text_add(text, "\n");
}

static const struct format print_format = { .sample = print_sample, .invalid_as = "n/a" };

static joules_status open_print(void *context, const char *target, void **state)
{
	(void)context;
	return writer_open(&print_format, *target ? target : "-", state);
}

static joules_status print_text(void *context, joules_trace *trace, const char *name, char **header, char **text)
{
	(void)context;
	return render_text(&print_format, trace, name, header, text);
}

const joules_handler_ops print_handler = { WRITER_OPS, .name = "print", .open = open_print, .text = print_text };
