/* SPDX-License-Identifier: MIT */
#include "measure/notes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mask.h"
#include "base/text.h"
#include "base/write.h"
#include "cli.h"
#include "layout.h"

static bool is_known(const struct notes *notes, const char *line)
{
	for (size_t i = 0; i < notes->count; i++)
		if (strcmp(notes->list[i].line, line) == 0)
			return true;
	return false;
}

__attribute__((format(printf, 3, 0))) static void add(
    struct notes *notes, enum note_kind kind, const char *format, va_list arguments)
{
	char *line;
	if (vasprintf(&line, format, arguments) < 0)
		return;
	mask_passwords(line);
	struct note *list = NULL;
	if (!is_known(notes, line))
		list = reallocarray(notes->list, notes->count + 1, sizeof *list);
	if (!list) {
		free(line);
		return;
	}
	notes->list = list;
	list[notes->count++] = (struct note){ line, kind };
}

void notes_add(struct notes *notes, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add(notes, NOTE_USUAL, format, arguments);
	va_end(arguments);
}

void notes_add_error(struct notes *notes, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add(notes, NOTE_ERROR, format, arguments);
	va_end(arguments);
}

void notes_add_shown(struct notes *notes, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add(notes, NOTE_SHOWN, format, arguments);
	va_end(arguments);
}

/* One line, for whoever looks for it in a log; on a terminal a paragraph. */
static void print_note(const char *line)
{
	struct text text = TEXT_INIT;
	if (!isatty(STDERR_FILENO)) {
		cli_error(cli_verb, 0, "note: %s", line);
		return;
	}
	text_addf(&text, "joules %s: note:", cli_verb);
	layout_wrap(&text, line, 2, term_width(STDERR_FILENO));
	write_all(STDERR_FILENO, text_string(&text), text.length);
	text_free(&text);
}

void notes_print(const struct notes *notes)
{
	for (size_t i = notes->told; i < notes->count; i++) {
		const struct note *note = &notes->list[i];
		if (note->kind == NOTE_ERROR)
			cli_error(cli_verb, 0, "%s", note->line);
		else if (note->kind == NOTE_USUAL && !notes->quiet)
			print_note(note->line);
	}
}

void notes_free(struct notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		free(notes->list[i].line);
	free(notes->list);
	*notes = (struct notes){ 0 };
}
