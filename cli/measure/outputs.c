/* SPDX-License-Identifier: MIT */
#include "measure/outputs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cli.h"
#include "measure/notes.h"
#include "measure/unsent.h"

/* Of an estimate `joules run` has a note of its own, with the way to measure: the handler's need not say it again. */
static void take_notice(void *context, const joules_notice *notice)
{
	if (notice->kind != JOULES_NOTICE_ESTIMATE)
		notes_add(context, "%s", notice->line);
}

/* A server is asked once, when the command has run, and nobody waits long for it. */
#define SERVER_TIMEOUT_S 5

/* Which file is behind an output, through links and standard output; false for what is no regular file. "-" always
 * counts. */
static bool identify(const struct output *output, struct stat *info)
{
	const char *file = joules_handler_file(output->handler);
	if (!file)
		return false;
	bool is_stdout = strcmp(file, "-") == 0;
	if ((is_stdout ? fstat(STDOUT_FILENO, info) : stat(file, info)) != 0)
		return false;
	return is_stdout || S_ISREG(info->st_mode);
}

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool outputs_have(const struct outputs *outputs, int fd)
{
	struct stat wanted, mine;
	bool found = false;
	for (size_t i = 0; fd >= 0 && fstat(fd, &wanted) == 0 && i < outputs->count; i++)
		found |= identify(&outputs->list[i], &mine) && same(&mine, &wanted);
	return found;
}

/* Does the output write where neither the report nor an earlier one does? */
static bool is_free(const struct outputs *outputs, const struct output *output, int report_fd)
{
	struct stat mine, other;
	if (!identify(output, &mine))
		return true;
	if (report_fd >= 0 && fstat(report_fd, &other) == 0 && (S_ISREG(other.st_mode) || report_fd == STDOUT_FILENO) &&
	    same(&mine, &other)) {
		cli_error(cli_verb, 0, "-o %s and --report name the same file: give each its own", output->shown);
		return false;
	}
	for (size_t i = 0; &outputs->list[i] != output; i++) {
		if (identify(&outputs->list[i], &other) && same(&mine, &other)) {
			cli_error(cli_verb, 0, "-o %s and -o %s name the same file: give each its own", outputs->list[i].shown,
			    output->shown);
			return false;
		}
	}
	return true;
}

static bool open_one(struct outputs *outputs, const char *argument, int report_fd, struct notes *notes)
{
	struct output *output = &outputs->list[outputs->count];
	*output = (struct output){ .shown = joules_output_shown(argument) };
	if (!output->shown) {
		cli_error(cli_verb, 0, "out of memory");
		return false;
	}
	outputs->count++;
	if (joules_handler_open(&output->handler, argument) != JOULES_OK) {
		cli_error(cli_verb, 0, "-o %s: %s", output->shown, joules_error_message());
		return false;
	}
	joules_handler_notices_set(output->handler, take_notice, notes);
	joules_handler_timeout_set(output->handler, SERVER_TIMEOUT_S);
	return is_free(outputs, output, report_fd);
}

static bool prepare_all(const struct outputs *outputs, const joules_meter *meter)
{
	for (size_t i = 0; i < outputs->count; i++) {
		if (joules_handler_prepare(outputs->list[i].handler, meter) != JOULES_OK) {
			cli_error(cli_verb, 0, "-o %s: %s", outputs->list[i].shown, joules_error_message());
			return false;
		}
	}
	return true;
}

bool outputs_open(struct outputs *outputs, const char *const *arguments, size_t count, const joules_meter *meter,
    int report_fd, struct notes *notes)
{
	if (count == 0)
		return true;
	outputs->list = calloc(count, sizeof *outputs->list);
	if (!outputs->list) {
		cli_error(cli_verb, 0, "out of memory");
		return false;
	}
	for (size_t i = 0; i < count; i++)
		if (!open_one(outputs, arguments[i], report_fd, notes))
			return false;
	return prepare_all(outputs, meter);
}

/* A failure is no news yet: the handler keeps the trace and saving tries again. */
void outputs_process(const struct outputs *outputs, joules_trace *trace)
{
	for (size_t i = 0; i < outputs->count; i++)
		joules_handler_process(outputs->list[i].handler, trace);
}

static void save(const struct output *output, joules_store *store, struct notes *notes)
{
	if (!output->handler || joules_handler_save(output->handler) == JOULES_OK)
		return;
	struct text line = TEXT_INIT;
	text_addf(&line, "-o %s: %s", output->shown, joules_error_message());
	if (joules_handler_address(output->handler))
		unsent_keep(output->handler, store, &line);
	notes_add_error(notes, "%s", text_string(&line));
	text_free(&line);
}

void outputs_close(struct outputs *outputs, struct notes *notes)
{
	for (size_t i = 0; i < outputs->count; i++) {
		save(&outputs->list[i], outputs->store, notes);
		joules_handler_discard(outputs->list[i].handler);
		free(outputs->list[i].shown);
	}
	free(outputs->list);
	*outputs = (struct outputs){ .count = 0 };
}
