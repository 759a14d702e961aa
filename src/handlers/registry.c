/* SPDX-License-Identifier: MIT */
#include "handlers/registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/named.h"
#include "base/sized.h"
#include "base/status.h"
#include "base/text.h"
#include "handlers/formats.h"

/* The one list: every error text, and what an output means, comes from it. */
static const joules_handler_ops *const built_in[] = { &print_handler, &csv_handler, &csv_full_handler, &json_handler,
	&sqlite_handler, &mongodb_handler };
#define BUILT_IN (sizeof built_in / sizeof *built_in)

struct registered {
	struct named named;
	joules_handler_ops ops; /* a copy, its newer members NULL where the program was compiled before they came */
	void *context;
};

static struct named *_Atomic registered_handlers; /* in the order of registration */

bool known_handler_at(size_t index, struct known_handler *known)
{
	if (index < BUILT_IN) {
		*known = (struct known_handler){ .ops = built_in[index] };
		return true;
	}
	const struct named *at = registered_handlers;
	for (index -= BUILT_IN; at && index > 0; index--)
		at = at->next;
	if (!at)
		return false;
	const struct registered *entry = (const struct registered *)at;
	*known = (struct known_handler){ &entry->ops, entry->context };
	return true;
}

const char *joules_handler_format(size_t index)
{
	struct known_handler known;
	return known_handler_at(index, &known) ? known.ops->name : NULL;
}

static bool is_built_in(const char *name)
{
	for (size_t i = 0; i < BUILT_IN; i++)
		if (strcmp(built_in[i]->name, name) == 0)
			return true;
	return false;
}

/* What stands before the colon of "FORMAT:TARGET". */
static bool is_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
	return length > 0 && !name[length];
}

joules_status joules_handler_register(const joules_handler_ops *ops, void *context)
{
	joules_handler_ops known = { .size = 0 };
	joules_status status = ops ? sized_take(&known, sizeof known, ops, "joules_handler_ops") : JOULES_OK;
	if (status)
		return status;
	if (!known.name || !is_name(known.name) || !known.open || !known.process)
		return joules_fail(JOULES_INVALID_ARGUMENT,
		    "joules_handler_register: open, process, and a name of letters, digits, - and _ must all be set");
	struct registered *entry = calloc(1, sizeof *entry);
	if (!entry)
		return fail_memory();
	entry->named.name = known.name;
	entry->ops = known;
	entry->context = context;
	if (!is_built_in(known.name) && named_add(&registered_handlers, &entry->named))
		return JOULES_OK;
	free(entry);
	return joules_fail(JOULES_INVALID_ARGUMENT,
	    "joules_handler_register: there is a format '%s' already; choose another name", known.name);
}

/* ---- a trace as text ---- */

static joules_status fail_no_text(const char *format)
{
	struct text names = TEXT_INIT;
	struct known_handler known;
	for (size_t i = 0; known_handler_at(i, &known); i++)
		if (known.ops->text)
			text_addf(&names, "%s%s", i ? " " : "", known.ops->name);
	joules_status status = joules_fail(JOULES_UNKNOWN_FORMAT,
	    "joules_trace_text: there is no format '%s' of plain text; the formats of plain text are %s", format,
	    text_string(&names));
	text_free(&names);
	return status;
}

static joules_status text_of(joules_trace *trace, const char *format, const char *name, char **header, char **text)
{
	struct known_handler known;
	for (size_t i = 0; known_handler_at(i, &known); i++)
		if (known.ops->text && strcmp(known.ops->name, format) == 0)
			return known.ops->text(known.context, trace, name, header, text);
	return fail_no_text(format);
}

joules_status joules_trace_text(joules_trace *trace, const char *format, const char *name, char **header, char **text)
{
	if (header)
		*header = NULL;
	if (text)
		*text = NULL;
	if (!trace || !format || !text)
		return joules_fail(
		    JOULES_INVALID_ARGUMENT, "joules_trace_text: trace, format and the place for the text must not be NULL");
	char *line = NULL;
	joules_status status = text_of(trace, format, name, &line, text);
	if (!status && header)
		*header = line;
	else
		free(line);
	return status;
}
