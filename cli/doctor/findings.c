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
	text_free(&finding->common);
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
	*finding = (struct finding){ .level = level };
	text_add(&finding->about, about);
	return finding;
}

bool findings_failed(const struct findings *findings)
{
	bool failed = findings->failed;
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];
		failed |= finding->about.failed || finding->what.failed || finding->common.failed || finding->cure.failed ||
		    finding->command.failed;
	}
	return failed;
}

static void json_words(struct text *out, const char *name, const struct text *words)
{
	json_string(out, name, words->length ? text_string(words) : NULL);
}

static void json_what(struct text *out, const struct finding *finding)
{
	struct text words = TEXT_INIT;
	text_addf(&words, "%s%s%s", text_string(&finding->what), finding->common.length ? "; " : "",
	    text_string(&finding->common));
	json_words(out, "what", &words);
	out->failed |= words.failed;
	text_free(&words);
}

void findings_json(const struct findings *findings, struct text *out)
{
	json_begin_array(out, "findings");
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];
		json_begin_object(out, NULL);
		json_string(out, "level", levels[finding->level].name);
		json_words(out, "about", &finding->about);
		json_what(out, finding);
		json_words(out, "cure", &finding->cure);
		json_words(out, "command", &finding->command);
		json_end_object(out);
	}
	json_end_array(out);
}

/* ---- for people: what holds for several is said once ---- */

static bool same(const struct text *a, const struct text *b)
{
	return strcmp(text_string(a), text_string(b)) == 0;
}

static bool same_cure(const struct finding *a, const struct finding *b)
{
	return same(&a->cure, &b->cure) && same(&a->command, &b->command);
}

static bool same_finding(const struct finding *a, const struct finding *b)
{
	return a->level == b->level && same(&a->what, &b->what) && same(&a->common, &b->common) && same_cure(a, b);
}

static bool same_common(const struct finding *a, const struct finding *b)
{
	return a->level == b->level && a->common.length > 0 && same(&a->common, &b->common);
}

typedef bool (*sameness)(const struct finding *a, const struct finding *b);

/* The first or last of all that are the same as the i-th in this respect. */
static size_t first_of(const struct findings *findings, size_t i, sameness is_same)
{
	size_t first = 0;
	while (!is_same(&findings->items[first], &findings->items[i]) && first < i)
		first++;
	return first;
}

static size_t last_of(const struct findings *findings, size_t i, sameness is_same)
{
	size_t last = findings->count - 1;
	while (last > i && !is_same(&findings->items[last], &findings->items[i]))
		last--;
	return last;
}

static void add_names(struct text *out, const struct findings *findings, size_t i, sameness is_same)
{
	for (size_t j = 0; j < findings->count; j++)
		if (j == i || is_same(&findings->items[j], &findings->items[i]))
			text_addf(out, "%s%s", out->length ? ", " : "", text_string(&findings->items[j].about));
}

/* The same cure for several findings in a row stands once, below the last of them. */
static bool cure_is_due(const struct findings *findings, size_t i)
{
	return i + 1 == findings->count || !same_cure(&findings->items[i], &findings->items[i + 1]);
}

/* Names that are too long for their column have a line of their own. */
static void begin_finding(
    struct text *out, enum finding_level level, const char *names, size_t about, const struct page *page)
{
	const char *word = levels[level].name;
	term_add_styled(out, page->color, levels[level].style, word);
	layout_blanks(out, LEVEL_COLUMNS - strlen(word) + 2);
	if (term_columns(names) <= about) {
		layout_cell(out, names, about);
		return;
	}
	layout_wrap(out, names, LEVEL_COLUMNS + 2, page->width);
	layout_blanks(out, LEVEL_COLUMNS + 2 + about + 2);
}

static void text_finding(
    struct text *out, const struct findings *findings, size_t i, size_t about, const struct page *page)
{
	const struct finding *finding = &findings->items[i];
	bool with_cure = cure_is_due(findings, i),
	     is_only = first_of(findings, i, same_common) == last_of(findings, i, same_common);
	struct text words = TEXT_INIT, what = TEXT_INIT, names = TEXT_INIT;
	add_names(&names, findings, i, same_finding);
	text_add(&what, text_string(&finding->what));
	if (is_only && finding->common.length)
		text_addf(&what, "; %s", text_string(&finding->common));
	why_add(&words, text_string(&what), with_cure && finding->cure.length ? text_string(&finding->cure) : NULL, NULL);
	begin_finding(out, finding->level, text_string(&names), about, page);
	layout_wrap(out, text_string(&words), LEVEL_COLUMNS + 2 + about + 2, page->width);
	if (with_cure && finding->command.length) {
		layout_blanks(out, LEVEL_COLUMNS + 2);
		text_add(out, "$ ");
		layout_command(out, text_string(&finding->command), LEVEL_COLUMNS + 4);
	}
	out->failed |= words.failed || what.failed || names.failed;
	text_free(&words);
	text_free(&what);
	text_free(&names);
}

static void text_common(
    struct text *out, const struct findings *findings, size_t i, size_t about, const struct page *page)
{
	struct text names = TEXT_INIT;
	add_names(&names, findings, i, same_common);
	begin_finding(out, findings->items[i].level, text_string(&names), about, page);
	layout_wrap(out, text_string(&findings->items[i].common), LEVEL_COLUMNS + 2 + about + 2, page->width);
	out->failed |= names.failed;
	text_free(&names);
}

static size_t about_columns(const struct findings *findings)
{
	size_t about = 0;
	for (size_t i = 0; i < findings->count; i++) {
		size_t columns = term_columns(text_string(&findings->items[i].about));
		if (columns > about && columns <= ABOUT_MAX)
			about = columns;
	}
	return about;
}

void findings_text(const struct findings *findings, const struct page *page, struct text *out)
{
	size_t about = about_columns(findings);
	for (size_t i = 0; i < findings->count; i++) {
		size_t first = first_of(findings, i, same_common);
		if (first_of(findings, i, same_finding) == i)
			text_finding(out, findings, i, about, page);
		if (first < i && last_of(findings, i, same_common) == i)
			text_common(out, findings, i, about, page);
	}
}
