/* SPDX-License-Identifier: MIT */
#include "doctor/findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/why.h"
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
	text_free(&finding->about);
	text_free(&finding->what);
	text_free(&finding->cure);
	text_free(&finding->command);
}

void findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		finding_clear(&findings->items[i]);
	finding_clear(&findings->lost);
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

struct finding *findings_add(struct findings *findings, enum finding_level level, const char *about)
{
	bool has_room = make_room(findings);
	struct finding *finding = has_room ? &findings->items[findings->count++] : &findings->lost;
	findings->failed |= !has_room;
	if (!has_room)
		finding_clear(finding);
	*finding = (struct finding){ level, TEXT_INIT, TEXT_INIT, TEXT_INIT, TEXT_INIT };
	text_add(&finding->about, about);
	return finding;
}

bool findings_failed(const struct findings *findings)
{
	bool failed = findings->failed;
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];
		failed |= finding->about.failed || finding->what.failed || finding->cure.failed || finding->command.failed;
	}
	return failed;
}

static void json_words(struct text *out, const char *name, const struct text *words)
{
	json_string(out, name, words->length ? text_string(words) : NULL);
}

void findings_json(const struct findings *findings, struct text *out)
{
	json_begin_array(out, "findings");
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];
		json_begin_object(out, NULL);
		json_string(out, "level", levels[finding->level].name);
		json_words(out, "about", &finding->about);
		json_words(out, "what", &finding->what);
		json_words(out, "cure", &finding->cure);
		json_words(out, "command", &finding->command);
		json_end_object(out);
	}
	json_end_array(out);
}

/* The same cure for several findings in a row stands once, below the last of them. */
static bool cure_is_due(const struct findings *findings, size_t i)
{
	const struct finding *finding = &findings->items[i];
	return i + 1 == findings->count || strcmp(text_string(&finding->cure), text_string(&finding[1].cure)) != 0 ||
	    strcmp(text_string(&finding->command), text_string(&finding[1].command)) != 0;
}

static void text_finding(
    struct text *out, const struct finding *finding, bool with_cure, size_t indent, const struct page *page)
{
	struct text words = TEXT_INIT;
	why_add(&words, text_string(&finding->what), with_cure && finding->cure.length ? text_string(&finding->cure) : NULL,
	    NULL);
	layout_wrap(out, text_string(&words), indent, page->width);
	out->failed |= words.failed;
	text_free(&words);
	if (!with_cure || !finding->command.length)
		return;
	layout_blanks(out, LEVEL_COLUMNS + 2);
	text_add(out, "$ ");
	layout_command(out, text_string(&finding->command), LEVEL_COLUMNS + 4);
}

void findings_text(const struct findings *findings, const struct page *page, struct text *out)
{
	size_t about = 0;
	for (size_t i = 0; i < findings->count; i++) {
		size_t columns = term_columns(text_string(&findings->items[i].about));
		if (columns > about && columns <= ABOUT_MAX)
			about = columns;
	}
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];
		const char *level = levels[finding->level].name;
		term_add_styled(out, page->color, levels[finding->level].style, level);
		layout_blanks(out, LEVEL_COLUMNS - strlen(level) + 2);
		layout_cell(out, text_string(&finding->about), about);
		text_finding(out, finding, cure_is_due(findings, i), LEVEL_COLUMNS + 2 + about + 2, page);
	}
}
