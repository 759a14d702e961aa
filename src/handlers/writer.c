/* SPDX-License-Identifier: MIT */
#include "handlers/writer.h"
#include "base/status.h"
#include "handlers/file.h"
#include "handlers/notices.h"
#include "handlers/origin.h"
#include "handlers/render.h"

#include <stdlib.h>
#include <string.h>

/* Taken when the handler is opened, so that later, without memory, a trace can still be taken and wait for a better
 * moment. */
#define QUEUE_ROOM 8
#define HEADER_ROOM 4096

struct writer {
	const struct format *format;
	struct file file;
	struct notices notices;
	struct text header;   /* the columns of this handler, once they are known */
	struct text line;     /* … and room to compare others with them */
	bool header_is_there; /* written or found: on a pipe once, in a file until it is emptied */
	joules_trace **queue; /* taken, and not yet written as a whole; oldest first */
	size_t queued;
	size_t room;
	struct text text; /* the header, an end of line, and the oldest one's text */
	size_t start;     /* from where on it is to be written … */
	size_t written;   /* … and how many bytes of that are out */
	size_t number;
	struct origin unsaved; /* of the one that was asked for last */
};

/* ---- one trace as text ---- */

static joules_status render(struct writer *w, joules_trace *trace)
{
	struct origin origin;
	origin_find(&origin, trace, w->number);
	text_clear(&w->text);
	text_add(&w->text, text_string(&w->header));
	text_add(&w->text, "\n");
	if (!notices_begin(&w->notices, joules_trace_domain_count(trace)))
		return fail_memory();
	return render_trace(&w->text, w->format, trace, origin.name, &w->notices);
}

/* ---- columns ---- */

/* Traces of one handler have the same columns; the first ones seen are kept. */
static joules_status agree_on_columns(struct writer *w, const struct columns *columns)
{
	bool first = w->header.length == 0;
	struct text *line = first ? &w->header : &w->line;
	text_clear(line);
	w->format->header(line, columns);
	if (line->failed) {
		text_clear(line);
		return fail_memory();
	}
	if (first || strcmp(text_string(&w->header), text_string(line)) == 0)
		return JOULES_OK;
	return joules_fail(JOULES_INCONSISTENT,
	    "this trace has the columns '%.300s', but those before it in %s have '%.300s'; give it a file of its own",
	    text_string(line), w->file.standard ? "standard output" : w->file.name, text_string(&w->header));
}

/* The file's header against ours. If it is another one and its file was moved away since, the file that has the name
 * now counts. */
static joules_status check_header(struct writer *w, size_t *size)
{
	joules_status status = file_size(&w->file, size);
	if (status || *size == 0)
		return status;
	status = file_check_first_line(&w->file, text_string(&w->header));
	if (status && file_reopen_moved(&w->file)) {
		status = file_size(&w->file, size);
		if (!status && *size > 0)
			status = file_check_first_line(&w->file, text_string(&w->header));
	}
	return status;
}

/* ---- writing ---- */

/* The text is written with its header in an empty file, and otherwise without; the end of line between the two comes
 * along where somebody else's last line has none. */
static joules_status find_start(struct writer *w)
{
	size_t header = w->header.length, body = header + 1, size = 0;
	bool needs_header = header > 0 && !w->header_is_there;
	w->start = needs_header ? 0 : body;
	if (!w->file.regular)
		return JOULES_OK;
	joules_status status = needs_header ? check_header(w, &size) : file_size(&w->file, &size);
	if (status)
		return status;
	w->start = size == 0 && header > 0 ? 0 : file_ends_line(&w->file, size) ? body : header;
	return JOULES_OK;
}

static joules_status write_oldest(struct writer *w)
{
	joules_status status = JOULES_OK;
	if (w->written == 0)
		status = render(w, w->queue[0]);
	if (status)
		return status;
	file_lock(&w->file);
	if (w->written == 0)
		status = find_start(w);
	if (!status)
		status = file_write(&w->file, text_string(&w->text) + w->start, w->text.length - w->start, &w->written);
	file_unlock(&w->file);
	return status;
}

joules_status writer_save(void *state)
{
	struct writer *w = state;
	while (w->queued > 0) {
		joules_status status = write_oldest(w);
		if (status)
			return status;
		w->header_is_there = true;
		w->written = 0;
		w->number++;
		joules_trace *trace = w->queue[0];
		w->queued--;
		memmove(w->queue, w->queue + 1, w->queued * sizeof(joules_trace *));
		if (w->notices.invalid_as)
			notices_tell(&w->notices, trace);
		joules_trace_unref(trace);
	}
	return JOULES_OK;
}

/* ---- the contract of a handler ---- */

joules_status writer_prepare(void *state, const joules_domain *const *domains, size_t count)
{
	struct writer *w = state;
	if (!w->format->header)
		return JOULES_OK;
	bool first = w->header.length == 0;
	joules_status status = agree_on_columns(w, &(struct columns){ .domains = domains, .count = count });
	if (status || !w->file.regular || w->header_is_there)
		return status;
	size_t size;
	status = check_header(w, &size);
	if (status && first)
		text_clear(&w->header);
	return status;
}

static bool make_room(struct writer *w)
{
	if (w->queued < w->room)
		return true;
	joules_trace **queue = realloc(w->queue, 2 * w->room * sizeof(joules_trace *));
	if (!queue)
		return false;
	w->queue = queue;
	w->room *= 2;
	return true;
}

/* A trace that never fits is refused and stays the caller's, and so is one for which there is no room; any other is
 * taken, whatever the writing says. */
joules_status writer_process(void *state, joules_trace *trace)
{
	struct writer *w = state;
	if (joules_trace_count(trace) == 0 && !w->format->without_samples)
		return writer_save(w);
	struct columns columns = { .trace = trace, .count = joules_trace_domain_count(trace) };
	joules_status status = w->format->header ? agree_on_columns(w, &columns) : JOULES_OK;
	if (!status && !make_room(w))
		status = fail_memory();
	if (status)
		return status;
	w->queue[w->queued++] = joules_trace_ref(trace);
	return writer_save(w);
}

void writer_close(void *state)
{
	struct writer *w = state;
	for (size_t i = 0; i < w->queued; i++)
		joules_trace_unref(w->queue[i]);
	free(w->queue);
	text_free(&w->header);
	text_free(&w->line);
	text_free(&w->text);
	notices_free(&w->notices);
	file_close(&w->file);
	free(w);
}

const char *writer_file(void *state)
{
	const struct writer *w = state;
	return w->file.name;
}

joules_trace *writer_unsaved(void *state, size_t index, const char **name)
{
	struct writer *w = state;
	if (index >= w->queued)
		return NULL;
	origin_find(&w->unsaved, w->queue[index], w->number + index);
	*name = w->unsaved.name;
	return w->queue[index];
}

void writer_notices_set(void *state, joules_notice_function function, void *context)
{
	struct writer *w = state;
	w->notices.receiver = function;
	w->notices.context = context;
}

static bool reserve(struct text *text)
{
	static const char room[HEADER_ROOM];
	text_add_bytes(text, room, sizeof room);
	bool done = !text->failed;
	text_clear(text);
	return done;
}

joules_status writer_open(const struct format *format, const char *target, void **state)
{
	if (!*target)
		return joules_fail(
		    JOULES_INVALID_ARGUMENT, "no file is named; write FORMAT:FILE, or FORMAT:- for standard output");
	struct writer *w = calloc(1, sizeof *w);
	if (!w)
		return fail_memory();
	w->format = format;
	w->notices.invalid_as = format->invalid_as;
	w->file.fd = -1;
	w->room = QUEUE_ROOM;
	w->queue = malloc(w->room * sizeof(joules_trace *));
	bool reserved = w->queue && reserve(&w->header) && reserve(&w->line);
	joules_status status = reserved ? file_open(&w->file, target) : fail_memory();
	if (status)
		writer_close(w);
	else
		*state = w;
	return status;
}
