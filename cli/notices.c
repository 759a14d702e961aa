/* SPDX-License-Identifier: MIT */
#include "notices.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static bool is_known(const struct notices *notices, const char *line)
{
	for (size_t i = 0; i < notices->count; i++)
		if (strcmp(notices->list[i].line, line) == 0)
			return true;
	return false;
}

__attribute__((format(printf, 3, 0))) static void add(struct notices *notices, bool is_error, const char *format, va_list arguments)
{
	char *line;
	if (vasprintf(&line, format, arguments) < 0)
		return;
	struct notice *list = NULL;
	if (!is_known(notices, line))
		list = reallocarray(notices->list, notices->count + 1, sizeof *list);
	if (!list) {
		free(line);
		return;
	}
	notices->list = list;
	list[notices->count++] = (struct notice){ line, is_error };
}

void notices_note(struct notices *notices, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add(notices, false, format, arguments);
	va_end(arguments);
}

void notices_error(struct notices *notices, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add(notices, true, format, arguments);
	va_end(arguments);
}

void notices_print(const struct notices *notices)
{
	for (size_t i = 0; i < notices->count; i++) {
		const struct notice *notice = &notices->list[i];
		if (notice->is_error || !notices->quiet)
			cli_error("run", 0, "%s%s", notice->is_error ? "" : "note: ", notice->line);
	}
}

void notices_free(struct notices *notices)
{
	for (size_t i = 0; i < notices->count; i++)
		free(notices->list[i].line);
	free(notices->list);
	*notices = (struct notices){ 0 };
}
