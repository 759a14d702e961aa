/* SPDX-License-Identifier: MIT */
#include "check/baseline.h"

#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cpu.h"
#include "base/json.h"
#include "base/write.h"
#include "cli.h"
#include "quote.h"
#include "read.h"

#define FORMAT "joules.baseline.1"

enum { FEWEST_SESSIONS = 3, FEWEST_RUNS = 5, MOST_BYTES = 16 * 1024 * 1024 };

static bool refuse(const struct baseline *baseline, const char *what)
{
	cli_error("check", 0, "--baseline %s: %s", baseline->path, what);
	return false;
}

/* ---- the machine ---- */

static joules_source source_of(const struct results *results)
{
	for (size_t i = 0; i < results->domain_count; i++)
		if (results->domains[i]->source == JOULES_MEASURED)
			return JOULES_MEASURED;
	return JOULES_ESTIMATED;
}

/* What must be the same for joules to be compared. */
static void add_machine(struct text *out, const struct session *session)
{
	const struct results *results = &session->results[0];
	struct cpu cpu;
	cpu_identify(&cpu, session->plan->meter.sysroot);
	json_begin_object(out, "machine");
	json_string(out, "cpu", cpu.name);
	json_unsigned(out, "threads", cpu.threads);
	json_string(out, "source", joules_source_name(source_of(results)));
	json_begin_array(out, "domains");
	for (size_t i = 0; i < results->domain_count; i++)
		if (results->domains[i]->in_total)
			json_string(out, NULL, results->domains[i]->name);
	json_end_array(out);
	json_end_object(out);
}

static bool same_value(const struct json_value *a, const struct json_value *b)
{
	if (!a || !b || a->kind != b->kind || a->count != b->count)
		return false;
	bool same = a->kind != JSON_STRING || strcmp(a->string, b->string) == 0;
	same = same && (a->kind != JSON_NUMBER || !(a->number < b->number || a->number > b->number));
	for (size_t i = 0; same && i < a->count; i++)
		same = same_value(&a->items[i], &b->items[i]);
	return same;
}

static void show(struct text *out, const struct json_value *value)
{
	for (size_t i = 0; i < json_count(value); i++)
		text_addf(out, "%s%s", i > 0 ? "," : "", json_text(json_item(value, i)) ? json_text(json_item(value, i)) : "?");
	if (value && value->kind == JSON_STRING)
		text_add(out, value->string);
	else if (value && value->kind == JSON_NUMBER)
		text_addf(out, "%.0f", value->number);
}

static bool is_of(const struct baseline *baseline, const struct json_value *here, const char *name)
{
	const struct json_value *then = json_member(json_member(&baseline->file, "machine"), name);
	const struct json_value *now = json_member(json_member(here, "machine"), name);
	struct text words = TEXT_INIT;
	bool same = same_value(then, now);
	text_addf(&words, "it was saved on another machine: %s is ", name);
	show(&words, then);
	text_add(&words, " there, and ");
	show(&words, now);
	text_add(&words, " here");
	if (!same)
		refuse(baseline, text_string(&words));
	text_free(&words);
	return same;
}

static bool is_of_this_machine(const struct baseline *baseline, const struct session *session)
{
	static const char *const names[] = { "cpu", "threads", "source", "domains" };
	struct text text = TEXT_INIT;
	struct json_value here = { .kind = JSON_NULL };
	size_t line;
	json_begin_object(&text, NULL);
	add_machine(&text, session);
	json_end_object(&text);
	bool ok = json_read(&here, text_string(&text), text.length, &line);
	if (!ok)
		refuse(baseline, "out of memory");
	for (size_t i = 0; ok && i < sizeof names / sizeof *names; i++)
		ok = is_of(baseline, &here, names[i]);
	json_free(&here);
	text_free(&text);
	return ok;
}

/* ---- reading ---- */

static bool parse(struct baseline *baseline, const struct text *content)
{
	size_t line;
	if (json_read(&baseline->file, text_string(content), content->length, &line)) {
		const char *format = json_text(json_member(&baseline->file, "format"));
		return (format && strcmp(format, FORMAT) == 0) ||
		    refuse(baseline, "it is not a baseline that --save has written");
	}
	struct text words = TEXT_INIT;
	text_addf(
	    &words, "line %zu is not JSON; restore the file as it was committed, or begin a new one with --save", line);
	refuse(baseline, text_string(&words));
	text_free(&words);
	return false;
}

static bool take_sessions(struct baseline *baseline)
{
	const struct json_value *sessions = json_member(&baseline->file, "sessions");
	baseline->medians = calloc(json_count(sessions) + 1, sizeof *baseline->medians);
	if (!baseline->medians)
		return refuse(baseline, "out of memory");
	for (; baseline->count < json_count(sessions); baseline->count++) {
		double median = json_real(json_member(json_item(sessions, baseline->count), "median"));
		if (!(median > 0) || !isfinite(median))
			return refuse(baseline, "a session in it has no median above 0; remove that session");
		baseline->medians[baseline->count] = median;
	}
	return true;
}

bool baseline_open(struct baseline *baseline, const char *path, bool may_begin, const struct session *session)
{
	struct text content = TEXT_INIT;
	baseline->path = path;
	bool ok = false;
	if (read_whole(path, MOST_BYTES, &content))
		ok = parse(baseline, &content) && is_of_this_machine(baseline, session) && take_sessions(baseline);
	else if (errno != ENOENT)
		refuse(baseline, strerror(errno));
	else
		ok = may_begin || refuse(baseline, "there is no such file; --save begins one");
	text_free(&content);
	return ok;
}

/* ---- the ruling ---- */

static bool summarise(const struct baseline *baseline, double *median, double *largest)
{
	joules_statistics statistics = JOULES_STATISTICS_INIT;
	if (joules_statistics_of(baseline->medians, baseline->count, &statistics) != JOULES_OK)
		return false;
	*median = statistics.median;
	*largest = statistics.max;
	return true;
}

static const char *why_not_yet(const struct baseline *baseline, size_t runs)
{
	if (baseline->count < FEWEST_SESSIONS)
		return "the baseline has fewer than three sessions; --save adds one each time";
	return runs < FEWEST_RUNS ? "with fewer than five runs the median has no limits; use -r 10" : NULL;
}

bool baseline_judge(const struct baseline *baseline, double allow, const struct measured *runs, size_t count,
    double *limit, struct judgement *judgement)
{
	double median, largest;
	if (!summarise(baseline, &median, &largest) || !judge_budget(runs, count, DBL_MAX, judgement))
		return false;
	const char *dependent = judgement->ruled == RULED_UNDECIDED ? judgement->why : NULL;
	const char *why = why_not_yet(baseline, count);
	*limit = (1 + allow) * median;
	judgement->decided_by = "baseline";
	judgement->ruled = RULED_UNDECIDED;
	judgement->why = why ? why : dependent;
	if (judgement->why)
		return true;
	if (judgement->shown.low > (1 + allow) * largest)
		judgement->ruled = RULED_EXCEEDED;
	else if (judgement->shown.high <= *limit)
		judgement->ruled = RULED_WITHIN;
	else
		judgement->why = "the sessions of the baseline differ by as much; compare in turns with --against";
	return true;
}

/* ---- saving ---- */

static void add_session(struct text *out, double saved, const char *command, double runs, const struct measured *of)
{
	json_begin_object(out, NULL);
	json_number(out, "saved", saved);
	json_string(out, "command", command);
	json_unsigned(out, "runs", runs > 0 ? (uint64_t)runs : 0);
	json_number(out, "median", of->value);
	json_number(out, "low", of->low);
	json_number(out, "high", of->high);
	json_end_object(out);
}

static void add_earlier(struct text *out, const struct json_value *session)
{
	struct measured of = { json_real(json_member(session, "median")), json_real(json_member(session, "low")),
		json_real(json_member(session, "high")) };
	add_session(out, json_real(json_member(session, "saved")), json_text(json_member(session, "command")),
	    json_real(json_member(session, "runs")), &of);
}

static void add_file(struct text *out, const struct baseline *baseline, const struct session *session, size_t runs,
    const struct measured *today)
{
	const struct json_value *earlier = json_member(&baseline->file, "sessions");
	struct text command = TEXT_INIT;
	quote_command(&command, session->plan->commands[0].argv);
	json_begin_object(out, NULL);
	json_string(out, "format", FORMAT);
	add_machine(out, session);
	json_begin_array(out, "sessions");
	for (size_t i = 0; i < json_count(earlier); i++)
		add_earlier(out, json_item(earlier, i));
	add_session(out, session_begun(session), text_string(&command), (double)runs, today);
	json_end_array(out);
	json_end_object(out);
	text_add(out, "\n");
	out->failed |= command.failed;
	text_free(&command);
}

/* Whole, or as it was: it is written beside and takes the old one's place. False and errno. */
static bool write_file(const char *path, const struct text *text)
{
	char *beside;
	if (asprintf(&beside, "%s.%d", path, (int)getpid()) < 0)
		return false;
	int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0666);
	bool ok = fd >= 0 && write_all(fd, text_string(text), text->length) == text->length;
	int error = errno;
	if (fd >= 0)
		close(fd);
	ok = ok && rename(beside, path) == 0;
	error = ok ? 0 : error ? error : errno;
	if (!ok && fd >= 0)
		unlink(beside);
	free(beside);
	errno = error;
	return ok;
}

void baseline_save(const struct baseline *baseline, struct session *session, size_t runs, const struct measured *today)
{
	struct text text = TEXT_INIT;
	errno = ENOMEM;
	if (isnan(today->value)) {
		notes_add_error(&session->notes, "--save: nothing was measured, so the baseline stays as it was");
		return;
	}
	add_file(&text, baseline, session, runs, today);
	if (text.failed || !write_file(baseline->path, &text))
		notes_add_error(&session->notes, "--save: %s stays as it was: %s", baseline->path, strerror(errno));
	text_free(&text);
}

void baseline_free(struct baseline *baseline)
{
	json_free(&baseline->file);
	free(baseline->medians);
	*baseline = (struct baseline)BASELINE_NONE;
}
