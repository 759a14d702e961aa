/* SPDX-License-Identifier: MIT */
/* JSON Lines: one document a trace, in seconds and microjoules, spaced as Python's json.dumps does. */
#include "handlers/writer.h"

#include <math.h>
#include <unistd.h>

#include <joules/version.h>

/* "package_0": */
static void add_key(struct text *text, const char *name, bool first)
{
	if (!first)
		text_add(text, ", ");
	text_add_json_string(text, name);
	text_add(text, ": ");
}

static void add_bounds(struct text *text, const joules_energy *energy)
{
	double low = microjoules(energy->low), high = microjoules(energy->high);
	if (!isfinite(low) && !isfinite(high)) {
		text_add(text, "null");
		return;
	}
	text_add(text, "[");
	text_add_json_number(text, low);
	text_add(text, ", ");
	text_add_json_number(text, high);
	text_add(text, "]");
}

static void add_flags(struct text *text, unsigned flags)
{
	const char *joint = "[";
	for (unsigned flag = 1; flag && flag <= flags; flag <<= 1) {
		const char *name = flags & flag ? joules_flag_name(flag) : NULL;
		if (!name)
			continue;
		text_add(text, joint);
		text_add_json_string(text, name);
		joint = ", ";
	}
	text_add(text, "]");
}

static void json_begin(struct text *text, size_t number)
{
	text_addf(text, "{\"name\": \"trace_%zu\", \"trace\": [", number);
}

static void json_sample(struct text *text, const joules_sample *sample, size_t index)
{
	const joules_domain *const *domains = sample->domains;
	text_add(text, index ? ", {\"timestamp\": " : "{\"timestamp\": ");
	text_add_json_number(text, sample->timestamp);
	text_add(text, ", \"tag\": ");
	text_add_json_string(text, sample->tag);
	text_add(text, ", \"duration\": ");
	text_add_json_number(text, sample->duration_s);
	text_add(text, ", \"energy\": {");
	for (size_t d = 0; d < sample->domain_count; d++) {
		add_key(text, domains[d]->name, d == 0);
		text_add_json_number(text, microjoules(joules_sample_energy(sample, d)->joules));
	}
	text_add(text, "}, \"bounds_uj\": {");
	for (size_t d = 0; d < sample->domain_count; d++) {
		add_key(text, domains[d]->name, d == 0);
		add_bounds(text, joules_sample_energy(sample, d));
	}
	text_add(text, "}, \"source\": {");
	for (size_t d = 0; d < sample->domain_count; d++) {
		add_key(text, domains[d]->name, d == 0);
		text_add_json_string(text, joules_source_name(domains[d]->source));
	}
	text_add(text, "}, \"method\": {");
	for (size_t d = 0; d < sample->domain_count; d++) {
		add_key(text, domains[d]->name, d == 0);
		text_add_json_string(text, joules_method_name(domains[d]->method));
	}
	text_add(text, "}, \"flags\": {");
	bool first = true;
	for (size_t d = 0; d < sample->domain_count; d++) {
		unsigned flags = joules_sample_energy(sample, d)->flags;
		if (!flags)
			continue;
		add_key(text, domains[d]->name, first);
		add_flags(text, flags);
		first = false;
	}
	text_add(text, "}}");
}

static void json_end(struct text *text, joules_trace *trace)
{
	char host[256] = "";
	(void)gethostname(host, sizeof host - 1);
	const char *id = joules_trace_id(trace);
	text->failed |= !id;
	text_add(text, "], \"id\": ");
	text_add_json_string(text, id ? id : "");
	text_add(text, ", \"host\": ");
	text_add_json_string(text, host);
	text_add(text, ", \"version\": ");
	text_add_json_string(text, joules_version());
	text_add(text, "}\n");
}

const struct format format_json = {
	.name = "json",
	.begin = json_begin,
	.sample = json_sample,
	.end = json_end,
	.without_samples = true,
};
