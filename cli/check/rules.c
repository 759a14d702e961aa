/* SPDX-License-Identifier: MIT */
#include "check/rules.h"

#include <stdlib.h>
#include <string.h>

#include "quantity.h"

#define TAG "tag:"

static enum budget_metric metric_called(const char *name)
{
	static const struct {
		const char *name;
		enum budget_metric metric;
	} known[] = { { "total", BUDGET_TOTAL }, { "time", BUDGET_TIME }, { "power", BUDGET_POWER } };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(name, known[i].name) == 0)
			return known[i].metric;
	return strncmp(name, TAG, strlen(TAG)) == 0 ? BUDGET_TAG : BUDGET_DOMAIN;
}

/* What a limit of each is in, and how to say that. */
static const struct {
	const char *base, *wrong;
} units[] = {
	[BUDGET_TOTAL] = { "J", "an energy is in J, mJ, kJ or Wh, e.g. total<=120J" },
	[BUDGET_TIME] = { "s", "a time is in s, ms, us or min, e.g. time<=2s" },
	[BUDGET_POWER] = { "W", "a power is in W, e.g. power<=60W" },
	[BUDGET_TAG] = { "J", "an energy is in J, mJ, kJ or Wh, e.g. tag:solve<=5J" },
	[BUDGET_DOMAIN] = { "J", "an energy is in J, mJ, kJ or Wh, e.g. package_0<=80J" },
};

/* The last one: a tag may hold it too. */
static const char *find_sign(const char *text)
{
	const char *found = NULL;
	for (const char *at = text; (at = strstr(at, "<=")); at++)
		found = at;
	return found;
}

bool budget_parse(struct budget *budget, const char *text, const char **why)
{
	const char *sign = find_sign(text);
	*budget = (struct budget){ .text = text };
	*why = "a rule is NAME<=LIMIT, e.g. total<=120J, time<=2s, power<=60W, package_0<=80J or tag:solve<=5J";
	if (!sign || sign == text)
		return false;
	size_t length = (size_t)(sign - text);
	while (length > 1 && text[length - 1] == ' ')
		length--;
	budget->name = strndup(text, length);
	*why = NULL;
	if (!budget->name)
		return false;
	budget->metric = metric_called(budget->name);
	const char *limit = sign + strlen("<=");
	const struct unit *unit = quantity_parse(limit + strspn(limit, " "), &budget->limit);
	if (!unit || strcmp(unit->base, units[budget->metric].base) != 0) {
		*why = units[budget->metric].wrong;
		return false;
	}
	budget->unit = unit->name;
	return true;
}

void budget_free(struct budget *budget)
{
	free(budget->name);
	budget->name = NULL;
}

bool budget_is_known(const struct budget *budget, const struct session *session)
{
	const struct results *results = &session->results[0];
	for (size_t i = 0; budget->metric == BUDGET_DOMAIN && i < results->domain_count; i++)
		if (strcmp(results->domains[i]->name, budget->name) == 0)
			return true;
	return budget->metric != BUDGET_DOMAIN;
}
