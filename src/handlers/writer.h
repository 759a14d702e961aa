/* SPDX-License-Identifier: MIT */
/* What print, csv, csv-full and json share: traces in a queue, each turned into text and written at once. */
#ifndef JOULES_HANDLERS_WRITER_H
#define JOULES_HANDLERS_WRITER_H

#include "handlers/formats.h"
#include "handlers/render.h"

#include <joules/joules.h>

/* The contract of a handler, as far as formats have it in common. */
joules_status writer_open(const struct format *format, const char *target, void **state);
joules_status writer_prepare(void *state, const joules_domain *const *domains, size_t count);
joules_status writer_process(void *state, joules_trace *trace);
joules_status writer_save(void *state);
void writer_close(void *state);
const char *writer_file(void *state);
joules_trace *writer_unsaved(void *state, size_t index, const char **name);
void writer_notices_set(void *state, joules_notice_function function, void *context);

#define WRITER_OPS \
	.size = sizeof(joules_handler_ops), .prepare = writer_prepare, .process = writer_process, .save = writer_save, \
	.close = writer_close, .file = writer_file, .notices_set = writer_notices_set, .unsaved = writer_unsaved

#endif
