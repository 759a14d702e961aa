/* SPDX-License-Identifier: MIT */
#include "quantity.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* A name that ends as another one does stands before it. */
static const struct unit units[] = {
	{ "ms", "s", 1e-3 },
	{ "us", "s", 1e-6 },
	{ "µs", "s", 1e-6 },
	{ "min", "s", 60 },
	{ "s", "s", 1 },
	{ "mJ", "J", 1e-3 },
	{ "kJ", "J", 1e3 },
	{ "J", "J", 1 },
	{ "Wh", "J", 3600 },
	{ "W", "W", 1 },
	{ "GB", "B", 1e9 },
	{ "MB", "B", 1e6 },
	{ "kB", "B", 1e3 },
	{ "KB", "B", 1e3 },
	{ "B", "B", 1 },
};

static bool ends_with(const char *word, const char *end)
{
	size_t length = strlen(word), tail = strlen(end);
	return length >= tail && strcmp(word + length - tail, end) == 0;
}

/* The number before its unit, and before a blank between them. */
static bool parse_before(const char *word, size_t unit, double *value)
{
	char number[64];
	size_t length = strlen(word) - unit;
	if (length > 0 && word[length - 1] == ' ')
		length--;
	if (length >= sizeof number)
		return false;
	memcpy(number, word, length);
	number[length] = '\0';
	return number_parse_double(number, value);
}

const struct unit *quantity_parse(const char *word, double *value)
{
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (!ends_with(word, units[i].name))
			continue;
		if (!parse_before(word, strlen(units[i].name), value))
			return NULL;
		*value *= units[i].factor;
		return &units[i];
	}
	return NULL;
}

bool quantity_parse_time(const char *word, double *seconds)
{
	double value;
	const struct unit *unit = quantity_parse(word, &value);
	if (unit ? strcmp(unit->base, "s") != 0 : !number_parse_double(word, &value))
		return false;
	*seconds = value;
	return true;
}

bool quantity_parse_percent(const char *word, double *part)
{
	double percent;
	bool ok = ends_with(word, "%") ? parse_before(word, 1, &percent) : number_parse_double(word, &percent);
	if (!ok || percent >= 100)
		return false;
	*part = percent / 100;
	return true;
}
