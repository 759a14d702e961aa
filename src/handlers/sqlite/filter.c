/* SPDX-License-Identifier: MIT */
#include "handlers/sqlite/filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/status.h"
#include "base/words.h"
#include "handlers/sqlite/moment.h"

#define LABEL "label."

enum kind {
	WORDS, /* the value, as often as it stands in the condition */
	SINCE, /* a moment: the first that it means … */
	UNTIL  /* … and the last */
};

/* What is matched whole is compared; a command is searched for a part. A number written as a text is equal to it only
 * by way of CAST. */
static const struct {
	const char *key;
	enum kind kind;
	unsigned values;
	const char *condition;
} keys[] = {
	{ "id", WORDS, 2, "(CAST(id AS TEXT) = ? OR uuid = ?)" },
	{ "name", WORDS, 2, "(name = ? OR EXISTS(SELECT 1 FROM sample WHERE run = id AND sample.number = 0 AND tag = ?))" },
	{ "command", WORDS, 1, "EXISTS(SELECT 1 FROM label WHERE run = id AND key = 'command' AND instr(value, ?) > 0)" },
	{ "host", WORDS, 1, "host = ?" },
	{ "since", SINCE, 1, "begin >= ?" },
	{ "until", UNTIL, 1, "begin < ?" },
};

#define KEYS (sizeof keys / sizeof *keys)

void filter_free(struct filter *filter)
{
	for (size_t i = 0; i < filter->count; i++)
		free(filter->values[i].text);
	free(filter->values);
	text_free(&filter->condition);
	*filter = (struct filter)FILTER_NONE;
}

void filter_put(const struct filter *filter, struct statement *statement)
{
	for (size_t i = 0; i < filter->count; i++) {
		if (filter->values[i].text)
			put_text(statement, (int)i + 1, filter->values[i].text);
		else
			put_number(statement, (int)i + 1, filter->values[i].number);
	}
}

static bool add_value(struct filter *filter, const char *text, double number)
{
	struct filter_value *values = realloc(filter->values, (filter->count + 1) * sizeof *values);
	if (!values)
		return false;
	filter->values = values;
	values[filter->count] = (struct filter_value){ text ? strdup(text) : NULL, number };
	if (text && !values[filter->count].text)
		return false;
	filter->count++;
	return true;
}

static joules_status add_condition(struct filter *filter, const char *condition)
{
	text_addf(&filter->condition, "%s%s", filter->condition.length ? " AND " : "", condition);
	return filter->condition.failed ? fail_memory() : JOULES_OK;
}

static joules_status take_words(struct filter *filter, const char *value, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		if (!add_value(filter, value, 0.0))
			return fail_memory();
	return JOULES_OK;
}

static joules_status take_moment(struct filter *filter, const char *key, const char *value, bool last)
{
	int64_t now_ns = clock_wall_ns();
	double moment;
	if (!moment_parse(value, last, (double)now_ns * 1e-9, &moment))
		return joules_fail(JOULES_INVALID_ARGUMENT,
		    "%s=%s: this is not a time; write one like 2026-11-25 or 2026-11-25T18:30, or how long ago it was, like 2h "
		    "or 3d",
		    key, value);
	return add_value(filter, NULL, moment) ? JOULES_OK : fail_memory();
}

static joules_status take_label(struct filter *filter, const char *key, const char *value)
{
	if (!add_value(filter, key, 0.0) || !add_value(filter, value, 0.0))
		return fail_memory();
	return add_condition(filter, "EXISTS(SELECT 1 FROM label WHERE run = id AND key = ? AND value = ?)");
}

static joules_status fail_key(const char *key)
{
	const char *nearest = NULL;
	for (size_t i = 0; i < KEYS; i++)
		nearest = words_nearer(key, strlen(key), nearest, keys[i].key);
	return joules_fail(JOULES_INVALID_ARGUMENT,
	    "runs cannot be chosen by '%s'%s%s%s; use id, name, command, host, since, until or label.KEY", key,
	    nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

static joules_status take(struct filter *filter, const char *key, const char *value)
{
	if (strncmp(key, LABEL, strlen(LABEL)) == 0 && key[strlen(LABEL)])
		return take_label(filter, key + strlen(LABEL), value);
	size_t i = 0;
	while (i < KEYS && strcmp(key, keys[i].key) != 0)
		i++;
	if (i == KEYS)
		return fail_key(key);
	joules_status status = keys[i].kind == WORDS ? take_words(filter, value, keys[i].values)
	                                             : take_moment(filter, key, value, keys[i].kind == UNTIL);
	return status ? status : add_condition(filter, keys[i].condition);
}

/* Up to the next comma that has no backslash before it; backslashes of commas are taken out. The rest of the string. */
static const char *cut_part(struct text *part, const char *string)
{
	text_clear(part);
	text_add(part, "");
	for (; *string && *string != ','; string++) {
		string += string[0] == '\\' && string[1] == ',';
		text_add_bytes(part, string, 1);
	}
	return *string ? string + 1 : string;
}

joules_status filter_parse(struct filter *filter, const char *string)
{
	joules_status status = JOULES_OK;
	struct text part = TEXT_INIT;
	for (const char *rest = string ? string : ""; *rest && !status;) {
		rest = cut_part(&part, rest);
		char *value = part.failed ? NULL : strchr(part.bytes, '=');
		if (part.failed)
			status = fail_memory();
		else if (!value)
			status = joules_fail(JOULES_INVALID_ARGUMENT,
			    "'%s' is not a filter; write KEY=VALUE, e.g. command=xz or since=2h, and separate several by commas",
			    part.bytes);
		else {
			*value = '\0';
			status = take(filter, part.bytes, value + 1);
		}
	}
	text_free(&part);
	if (!status && filter->condition.length == 0)
		status = add_condition(filter, "1");
	return status;
}
