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

static bool add_documents(struct text *documents, joules_handler *handler)
{
	const char *name;
	joules_trace *trace;
	for (size_t i = 0; (trace = joules_handler_unsaved(handler, i, &name)); i++)
		if (!add_document(documents, trace, name))
			return false;
	return true;
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

void unsent_keep(joules_handler *handler, struct text *line)
{
	struct text documents = TEXT_INIT, name = TEXT_INIT;
	joules_trace *first = joules_handler_unsaved(handler, 0, NULL);
	if (!first)
		return;
	int error = add_documents(&documents, handler) ? write_file(&name, joules_trace_id(first), &documents) : ENOMEM;
	if (error)
		text_addf(line, "; they are lost, as %s cannot be written: %s",
		    name.length ? text_string(&name) : "a file for them", strerror(error));
	else
		text_addf(line, "; they are kept in %s", text_string(&name));
	text_free(&documents);
	text_free(&name);
}
