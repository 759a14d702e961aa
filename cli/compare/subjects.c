/* SPDX-License-Identifier: MIT */
#include "compare/subjects.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "base/text.h"
#include "compare/words.h"

enum { MOST_VALUES = 1000 };
static const char no_memory[] = "out of memory";

/* ---- parameters ---- */

static struct parameter *add_parameter(struct subjects *subjects, const char *name, const char **why)
{
	*why = no_memory;
	if (!*name || strpbrk(name, "{}")) {
		*why = "give it a name, e.g. -L level 1,6,9";
		return NULL;
	}
	for (size_t i = 0; i < subjects->parameter_count; i++) {
		if (strcmp(subjects->parameters[i].name, name) == 0) {
			*why = "that name is given twice";
			return NULL;
		}
	}
	struct parameter *list =
	    reallocarray(subjects->parameters, subjects->parameter_count + 1, sizeof *subjects->parameters);
	if (!list)
		return NULL;
	subjects->parameters = list;
	struct parameter *parameter = &list[subjects->parameter_count];
	*parameter = (struct parameter){ .name = strdup(name) };
	subjects->parameter_count += parameter->name != NULL;
	return parameter->name ? parameter : NULL;
}

/* Takes the value. */
static bool add_value(struct parameter *parameter, char *value)
{
	char **values = value ? reallocarray(parameter->values, parameter->count + 1, sizeof *values) : NULL;
	if (!values) {
		free(value);
		return false;
	}
	parameter->values = values;
	values[parameter->count++] = value;
	return true;
}

bool subjects_list(struct subjects *subjects, const char *name, const char *values, const char **why)
{
	struct parameter *parameter = add_parameter(subjects, name, why);
	if (!parameter)
		return false;
	for (const char *value = values;; value++) {
		size_t length = strcspn(value, ",");
		if (!add_value(parameter, strndup(value, length)))
			return false;
		value += length;
		if (!*value)
			return true;
	}
}

bool subjects_range(
    struct subjects *subjects, const char *name, const char *min, const char *max, const char *step, const char **why)
{
	double from, to, by = 1.0;
	if (!number_parse_double(min, &from) || !number_parse_double(max, &to) || from > to) {
		*why = "give two numbers, the smaller first, e.g. -P threads 1 8";
		return false;
	}
	if ((step && !number_parse_double(step, &by)) || !(by > 0)) {
		*why = "give a step above 0, e.g. -P threads 1 8 -D 2";
		return false;
	}
	double steps = floor((to - from) / by * (1 + 1e-12));
	if (!(steps < MOST_VALUES)) {
		*why = "these are more than 1000 values: give a larger step with -D";
		return false;
	}
	struct parameter *parameter = add_parameter(subjects, name, why);
	for (size_t i = 0; parameter && i <= (size_t)steps; i++) {
		char *value;
		if (asprintf(&value, "%.12g", from + (double)i * by) < 0 || !add_value(parameter, value))
			return false;
	}
	return parameter != NULL;
}

const char *subjects_unused(const struct subjects *subjects)
{
	for (size_t i = 0; i < subjects->parameter_count; i++)
		if (!subjects->parameters[i].is_used)
			return subjects->parameters[i].name;
	return NULL;
}

/* ---- lines ---- */

/* The parameter whose {NAME} stands here. */
static struct parameter *named_here(struct subjects *subjects, const char *here)
{
	for (size_t i = 0; i < subjects->parameter_count; i++) {
		struct parameter *parameter = &subjects->parameters[i];
		size_t length = strlen(parameter->name);
		if (strncmp(here + 1, parameter->name, length) == 0 && here[1 + length] == '}')
			return parameter;
	}
	return NULL;
}

static char *filled(struct subjects *subjects, const char *line, const char *const *values)
{
	struct text text = TEXT_INIT;
	while (*line) {
		struct parameter *parameter = *line == '{' ? named_here(subjects, line) : NULL;
		if (!parameter) {
			text_add_bytes(&text, line++, 1);
			continue;
		}
		parameter->is_used = true;
		text_add(&text, values[parameter - subjects->parameters]);
		line += strlen(parameter->name) + 2;
	}
	char *result = text.failed ? NULL : strdup(text_string(&text));
	text_free(&text);
	return result;
}

static char **shell_words(const char *shell, const char *line)
{
	char **words = calloc(4, sizeof *words);
	const char *const parts[] = { shell, "-c", line };
	for (size_t i = 0; words && i < 3; i++) {
		words[i] = strdup(parts[i]);
		if (!words[i]) {
			words_free(words);
			return NULL;
		}
	}
	return words;
}

static bool add_one(
    struct subjects *subjects, const char *line, const char *shell, const char **values, const char **why)
{
	struct subject *list = reallocarray(subjects->list, subjects->count + 1, sizeof *list);
	*why = no_memory;
	if (!list) {
		free(values);
		return false;
	}
	subjects->list = list;
	struct subject *subject = &list[subjects->count++];
	*subject = (struct subject){ .line = filled(subjects, line, values), .values = values };
	if (!subject->line)
		return false;
	if (!*subject->line || strspn(subject->line, " \t\n") == strlen(subject->line)) {
		*why = "the command is empty; is a variable not set?";
		return false;
	}
	subject->words = shell ? shell_words(shell, subject->line) : words_split(subject->line, why);
	mask_passwords(subject->line); /* from here on it is only shown */
	return subject->words != NULL;
}

bool subjects_add(struct subjects *subjects, const char *line, const char *shell, const char **why)
{
	size_t combinations = 1;
	for (size_t i = 0; i < subjects->parameter_count; i++)
		combinations *= subjects->parameters[i].count;
	if (combinations > MOST_VALUES) {
		*why = "the parameters turn it into more than 1000 commands";
		return false;
	}
	for (size_t c = 0; c < combinations; c++) {
		const char **values = calloc(subjects->parameter_count + 1, sizeof *values);
		*why = no_memory;
		if (!values)
			return false;
		size_t rest = c;
		for (size_t i = 0; i < subjects->parameter_count; i++) {
			values[i] = subjects->parameters[i].values[rest % subjects->parameters[i].count];
			rest /= subjects->parameters[i].count;
		}
		if (!add_one(subjects, line, shell, values, why))
			return false;
	}
	return true;
}

void subjects_free(struct subjects *subjects)
{
	for (size_t i = 0; i < subjects->count; i++) {
		free(subjects->list[i].line);
		words_free(subjects->list[i].words);
		free(subjects->list[i].values);
	}
	for (size_t i = 0; i < subjects->parameter_count; i++) {
		for (size_t v = 0; v < subjects->parameters[i].count; v++)
			free(subjects->parameters[i].values[v]);
		free(subjects->parameters[i].values);
		free(subjects->parameters[i].name);
	}
	free(subjects->list);
	free(subjects->parameters);
	*subjects = (struct subjects){ .count = 0 };
}
