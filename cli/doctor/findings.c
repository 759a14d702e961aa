/* SPDX-License-Identifier: MIT */
#include "doctor/findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "layout.h"
#include "term.h"

static const struct {
	const char *name;
	enum term_style style;
} levels[] = {
	[FINDING_OK] = { "ok", TERM_GOOD },
	[FINDING_ADVICE] = { "advice", TERM_WARN },
	[FINDING_PROBLEM] = { "problem", TERM_BAD },
};

enum { LEVEL_COLUMNS = 7, ABOUT_MAX = 18 };

static void finding_clear(struct finding *finding)
{
	free(finding->about);
	free(finding->what);
	free(finding->cure);
}

void findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		finding_clear(&findings->items[i]);
	free(findings->items);
	*findings = (struct findings){ 0 };
}

static bool make_room(struct findings *findings)
{
	if (findings->count < findings->capacity)
		return true;
	size_t capacity = findings->capacity ? 2 * findings->capacity : 16;
	struct finding *items = reallocarray(findings->items, capacity, sizeof *items);
	if (!items)
		return false;
	findings->items = items;
	findings->capacity = capacity;
	return true;
}

void findings_add(
    struct findings *findings, enum finding_level level, const char *about, const char *what, const char *cure)
{
	if (findings->failed)
		return;
	struct finding finding = { level, strdup(about), strdup(what), cure ? strdup(cure) : NULL };
	if (!finding.about || !finding.what || (cure && !finding.cure) || !make_room(findings)) {
		finding_clear(&finding);
		findings->failed = true;
		return;
	}
	findings->items[findings->count++] = finding;
}

void findings_json(const struct findings *findings, struct text *out)
{
	json_begin_array(out, "findings");
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];
		json_begin_object(out, NULL);
		json_string(out, "level", levels[finding->level].name);
		json_string(out, "about", finding->about);
		json_string(out, "what", finding->what);
		json_string(out, "cure", finding->cure);
		json_end_object(out);
	}
	json_end_array(out);
}

/* The same cure for several findings in a row stands once, below the last of them. */
static bool cure_is_due(const struct findings *findings, size_t i)
{
	const char *cure = findings->items[i].cure;
	const char *next = i + 1 < findings->count ? findings->items[i + 1].cure : NULL;
	return cure && !(next && strcmp(cure, next) == 0);
}

void findings_text(const struct findings *findings, bool color, struct text *out)
{
	size_t about = 0;
	for (size_t i = 0; i < findings->count; i++) {
		size_t columns = term_columns(findings->items[i].about);
		if (columns > about && columns <= ABOUT_MAX)
			about = columns;
	}
	size_t indent = LEVEL_COLUMNS + 2 + about + 2;
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];
		const char *level = levels[finding->level].name;
		term_add_styled(out, color, levels[finding->level].style, level);
		layout_blanks(out, LEVEL_COLUMNS - strlen(level) + 2);
		layout_cell(out, finding->about, about);
		layout_wrap(out, finding->what, indent);
		if (cure_is_due(findings, i)) {
			layout_blanks(out, LEVEL_COLUMNS + 2);
			text_add(out, "$ ");
			layout_command(out, finding->cure, LEVEL_COLUMNS + 4);
		}
	}
}
