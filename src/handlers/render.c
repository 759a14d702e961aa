/* SPDX-License-Identifier: MIT */
#include "handlers/render.h"

#include "base/status.h"
#include "handlers/origin.h"

joules_status render_trace(
    struct text *text, const struct format *format, joules_trace *trace, const char *name, struct notices *notices)
{
	joules_sample *sample = NULL;
	joules_status status = JOULES_OK;
	if (format->begin)
		format->begin(text, name);
	for (size_t i = 0; i < joules_trace_count(trace) && !status && !text->failed; i++) {
		status = joules_trace_sample(trace, i, &sample);
		if (status)
			break;
		format->sample(text, sample);
		if (notices)
			notices_count(notices, sample);
	}
	if (format->end)
		format->end(text, trace);
	if (!status && text->failed)
		status = fail_memory();
	joules_sample_free(sample);
	return status;
}

static joules_status compose(
    struct text *header, struct text *text, const struct format *format, joules_trace *trace, const char *name)
{
	text_add(header, "");
	text_add(text, "");
	if (format->header) {
		format->header(header, &(struct columns){ .trace = trace, .count = joules_trace_domain_count(trace) });
		text_add(header, "\n");
	}
	if (joules_trace_count(trace) == 0 && !format->without_samples)
		return header->failed || text->failed ? fail_memory() : JOULES_OK;
	joules_status status = render_trace(text, format, trace, name, NULL);
	return !status && header->failed ? fail_memory() : status;
}

joules_status render_text(
    const struct format *format, joules_trace *trace, const char *name, char **header, char **text)
{
	struct origin origin;
	origin_find(&origin, trace, 0);
	struct text line = TEXT_INIT, rest = TEXT_INIT;
	joules_status status = compose(&line, &rest, format, trace, name ? name : origin.name);
	if (status) {
		text_free(&line);
		text_free(&rest);
		return status;
	}
	*header = line.bytes;
	*text = rest.bytes;
	return JOULES_OK;
}
