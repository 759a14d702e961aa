/* SPDX-License-Identifier: MIT */
/* JSON Lines: one document a trace, in seconds and microjoules. */
#include "base/json.h"
#include "handlers/origin.h"
#include "handlers/writer.h"

#include <math.h>

static void add_bounds(struct text *out, const char *name, const joules_energy *energy)
{
	double low = microjoules(energy->low), high = microjoules(energy->high);
	if (!isfinite(low) && !isfinite(high)) {
		json_null(out, name);
		return;
	}
	json_begin_array(out, name);
	json_number(out, NULL, low);
	json_number(out, NULL, high);
	json_end_array(out);
}

static void add_flags(struct text *out, const char *name, unsigned flags)
{
	json_begin_array(out, name);
	for (unsigned flag = 1; flag && flag <= flags; flag <<= 1)
		if (flags & flag && joules_flag_name(flag))
			json_string(out, NULL, joules_flag_name(flag));
	json_end_array(out);
}

static void begin_document(struct text *out, const char *name)
{
	json_begin_object(out, NULL);
	json_string(out, "name", name);
	json_begin_array(out, "trace");
}

static void add_sample(struct text *out, const joules_sample *sample)
{
	const joules_domain *const *domains = sample->domains;
	json_begin_object(out, NULL);
	json_number(out, "timestamp", sample->timestamp);
	json_string(out, "tag", sample->tag);
	json_number(out, "duration", sample->duration_s);
	json_begin_object(out, "energy");
	for (size_t d = 0; d < sample->domain_count; d++)
		json_number(out, domains[d]->name, microjoules(joules_sample_energy(sample, d)->joules));
	json_end_object(out);
	json_begin_object(out, "bounds_uj");
	for (size_t d = 0; d < sample->domain_count; d++)
		add_bounds(out, domains[d]->name, joules_sample_energy(sample, d));
	json_end_object(out);
	json_begin_object(out, "source");
	for (size_t d = 0; d < sample->domain_count; d++)
		json_string(out, domains[d]->name, joules_source_name(domains[d]->source));
	json_end_object(out);
	json_begin_object(out, "method");
	for (size_t d = 0; d < sample->domain_count; d++)
		json_string(out, domains[d]->name, joules_method_name(domains[d]->method));
	json_end_object(out);
	json_begin_object(out, "flags");
	for (size_t d = 0; d < sample->domain_count; d++)
		if (joules_sample_energy(sample, d)->flags)
			add_flags(out, domains[d]->name, joules_sample_energy(sample, d)->flags);
	json_end_object(out);
	json_end_object(out);
}

static void add_labels(struct text *out, const joules_trace *trace)
{
	if (joules_trace_label_count(trace) == 0)
		return;
	json_begin_object(out, "labels");
	for (size_t i = 0; i < joules_trace_label_count(trace); i++) {
		const char *key = joules_trace_label_key(trace, i);
		json_string(out, key, joules_trace_label(trace, key));
	}
	json_end_object(out);
}

static void end_document(struct text *out, joules_trace *trace)
{
	struct origin origin;
	origin_find(&origin, trace, 0);
	const char *id = joules_trace_id(trace);
	out->failed |= !id;
	json_end_array(out);
	json_string(out, "id", id);
	json_string(out, "host", origin.host);
	json_string(out, "version", origin.version);
	add_labels(out, trace);
	json_end_object(out);
	text_add(out, "\n");
}

static const struct format json_format = {
	.begin = begin_document, .sample = add_sample, .end = end_document, .without_samples = true
};

static joules_status open_json(void *context, const char *target, void **state)
{
	(void)context;
	return writer_open(&json_format, target, state);
}

static joules_status json_text(void *context, joules_trace *trace, const char *name, char **header, char **text)
{
	(void)context;
	return render_text(&json_format, trace, name, header, text);
}

const joules_handler_ops json_handler = { WRITER_OPS, .name = "json",
	.extensions = (const char *const[]){ ".json", ".jsonl", NULL }, .open = open_json, .text = json_text };
