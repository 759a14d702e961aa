/* SPDX-License-Identifier: MIT */
#include "measure/unsent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/write.h"

/* A line as the json handler writes it, with the _id in front. */
static bool add_document(struct text *documents, joules_trace *trace, const char *name)
{
	char *json = NULL;
	if (joules_trace_text(trace, "json", name, NULL, &json) != JOULES_OK)
		return false;
	text_add(documents, "{");
	json_string(documents, "_id", joules_trace_id(trace));
	text_addf(documents, ", %s", json + strlen("{"));
	free(json);
	return !documents->failed;
}

/* The store may have kept the first samples only. */
static bool is_whole(joules_store *store, int64_t id, const joules_trace *trace)
{
	joules_trace *kept = NULL;
	if (joules_store_trace(store, id, &kept) != JOULES_OK)
		return false;
	bool is_whole = joules_trace_count(kept) == joules_trace_count(trace);
	joules_trace_unref(kept);
	return is_whole;
}

static bool mark(joules_store *store, joules_trace *trace, const char *address)
{
	int64_t id = 0;
	return store && joules_store_add(store, trace, NULL, 0, &id) == JOULES_OK && is_whole(store, id, trace) &&
	    joules_store_unsent_add(store, id, address) == JOULES_OK;
}

/* A name that is free: another output may have kept the same runs. */
static int make_file(struct text *name, const char *id)
{
	int fd = -1;
	errno = EEXIST;
	for (int i = 1; fd < 0 && errno == EEXIST; i++) {
		text_clear(name);
		text_addf(name, "joules-unsent-%s", id);
		if (i > 1)
			text_addf(name, "-%d", i);
		text_add(name, ".jsonl");
		fd = open(text_string(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	}
	return fd;
}

/* 0, or an errno value. */
static int write_file(struct text *name, const char *id, const struct text *documents)
{
	int fd = make_file(name, id);
	if (fd < 0)
		return errno;
	int error = write_all(fd, text_string(documents), documents->length) < documents->length ? errno : 0;
	if (close(fd) != 0 && !error)
		error = errno;
	if (error)
		(void)unlink(text_string(name));
	return error;
}

/* Of those that could not be marked. */
static void say_file(struct text *line, const char *which, const struct text *name, int error)
{
	if (error)
		text_addf(line, "; %s are lost, as %s cannot be written: %s", which,
		    name->length ? text_string(name) : "a file for them", strerror(error));
	else
		text_addf(line, "; %s are kept in %s", which, text_string(name));
}

void unsent_keep(joules_handler *handler, joules_store *store, struct text *line)
{
	struct text documents = TEXT_INIT, name = TEXT_INIT;
	const char *trace_name, *address = joules_handler_address(handler);
	joules_trace *trace, *first = NULL; /* first: in the file */
	size_t marked = 0;
	int error = 0;
	for (size_t i = 0; (trace = joules_handler_unsaved(handler, i, &trace_name)); i++) {
		if (mark(store, trace, address)) {
			marked++;
			continue;
		}
		first = first ? first : trace;
		error = add_document(&documents, trace, trace_name) ? error : ENOMEM;
	}
	if (marked > 0)
		text_addf(line, "; `joules history push` sends %s", first ? "those that the history has" : "them");
	if (first && !error)
		error = write_file(&name, joules_trace_id(first), &documents);
	if (first)
		say_file(line, marked > 0 ? "the others" : "they", &name, error);
	text_free(&documents);
	text_free(&name);
}
