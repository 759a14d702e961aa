/* SPDX-License-Identifier: MIT */
/* Stores: what went in comes out, byte for byte; filters, limits, and the history's place. */
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "handlers/sqlite/moment.h"
#include "sqlite_common.h"

/* ---- what went in comes out ---- */

static joules_domain core = { .size = sizeof core,
	.name = "core_0",
	.device = "rapl",
	.part = JOULES_PART_CORE,
	.parent = "package_0",
	.unit_error = 0.0027,
	.available = true };
static joules_domain other_package = { .size = sizeof other_package,
	.name = "package_1",
	.device = "rapl",
	.part = JOULES_PART_PACKAGE,
	.reason_code = JOULES_REASON_PERMISSION };

/* Numbers that no float holds, neighbours that share a reading, a domain that is missing, and one without values. */
static joules_trace *difficult(void)
{
	const joules_domain *items[] = { &package, &core, &gpu }, *missing[] = { &other_package };
	struct domains *domains = domains_new(items, 3, missing, 1);
	joules_trace *trace = trace_new(domains);
	domains_unref(domains);
	const struct increment none = { .joules = NOTHING, .flags = JOULES_INVALID, .reason = JOULES_REASON_SLEPT };
	const struct increment first[] = { { 0.1, 0.03, 0.07, 0, NOTHING, NOTHING, JOULES_REASON_NONE, NOTHING },
		{ 1.0 / 3, 0.1, 0.2, JOULES_BELOW_TICK, NOTHING, NOTHING, JOULES_REASON_NONE, NOTHING }, none };
	const struct increment second[] = { { 0.2, 0.07, 0.01, JOULES_WRAPPED, NOTHING, NOTHING, JOULES_REASON_NONE,
		                                    NOTHING },
		{ 7.7, 0.2, (double)INFINITY, JOULES_PARTIAL, NOTHING, NOTHING, JOULES_REASON_UNREAD, 0.75 }, none };
	assert_true(trace_append(trace, "a\xff", 1732345678.123456, 0.1 + 0.2, false, first));
	assert_true(trace_append(trace, "", 1732345678.423456, 1e-9, true, second));
	assert_int_equal(joules_trace_label_set(trace, "z", "last\xfe"), JOULES_OK);
	assert_int_equal(joules_trace_label_set(trace, "a", ""), JOULES_OK);
	return trace;
}

static joules_store *opened_store(const char *path)
{
	joules_store *store = NULL;
	assert_int_equal(joules_store_open(&store, path, JOULES_STORE_CREATE), JOULES_OK);
	return store;
}

static joules_trace *through(const char *path, joules_trace *trace)
{
	joules_store *store = opened_store(path);
	joules_trace *back = NULL;
	int64_t id = 0;
	assert_int_equal(joules_store_add(store, trace, NULL, 0, &id), JOULES_OK);
	assert_int_equal(joules_store_trace(store, id, &back), JOULES_OK);
	joules_store_close(store);
	return back;
}

static void assert_same_text(joules_trace *a, joules_trace *b)
{
	static const char *const formats[] = { "print", "csv", "csv-full", "json" };
	for (size_t i = 0; i < COUNT(formats); i++) {
		char *header_a = NULL, *header_b = NULL, *text_a = NULL, *text_b = NULL;
		assert_int_equal(joules_trace_text(a, formats[i], NULL, &header_a, &text_a), JOULES_OK);
		assert_int_equal(joules_trace_text(b, formats[i], NULL, &header_b, &text_b), JOULES_OK);
		assert_string_equal(header_a, header_b);
		assert_string_equal(text_a, text_b);
		free(header_a);
		free(header_b);
		free(text_a);
		free(text_b);
	}
}

static void assert_same_energy(const joules_energy *a, const joules_energy *b)
{
	/* Padding is nobody's; NAN has one form here. */
	assert_memory_equal(&a->joules, &b->joules, sizeof a->joules);
	assert_memory_equal(&a->low, &b->low, sizeof a->low);
	assert_memory_equal(&a->high, &b->high, sizeof a->high);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->reason, b->reason);
	assert_true(a->seen_s == b->seen_s || (isnan(a->seen_s) && isnan(b->seen_s)));
}

static void what_comes_out_is_what_went_in(void **state)
{
	(void)state;
	joules_trace *trace = difficult(), *back = through("runs.db", trace), *again = through("copy.db", back);
	assert_same_text(trace, back);
	assert_same_text(trace, again);
	joules_sample *a = NULL, *b = NULL;
	for (size_t i = 0; i < joules_trace_count(trace); i++) {
		assert_int_equal(joules_trace_sample(trace, i, &a), JOULES_OK);
		assert_int_equal(joules_trace_sample(again, i, &b), JOULES_OK);
		for (size_t d = 0; d < a->domain_count; d++)
			assert_same_energy(joules_sample_energy(a, d), joules_sample_energy(b, d));
		assert_same_energy(joules_sample_total(a, NULL), joules_sample_total(b, NULL));
	}
	/* Bounds of neighbours close, and what is missing is so still. */
	assert_int_equal(joules_trace_sum(trace, NULL, &a), JOULES_OK);
	assert_int_equal(joules_trace_sum(again, NULL, &b), JOULES_OK);
	for (size_t d = 0; d < a->domain_count; d++)
		assert_same_energy(joules_sample_energy(a, d), joules_sample_energy(b, d));
	const char *before[4] = { NULL }, *after[4] = { NULL };
	size_t count = joules_sample_missing(a, before, 4);
	assert_int_equal(joules_sample_missing(b, after, 4), count);
	assert_string_equal(before[count - 1], "package_1");
	for (size_t i = 0; i < count; i++)
		assert_string_equal(after[i], before[i]);
	char *domains = strdup(ask("runs.db", "SELECT * FROM domain"));
	assert_answer("copy.db", "SELECT * FROM domain", domains);
	free(domains);
	joules_sample_free(a);
	joules_sample_free(b);
	joules_trace_unref(trace);
	joules_trace_unref(back);
	joules_trace_unref(again);
}

/* Where and by what it was measured is kept, and not what is true where it is read. */
static void a_stored_trace_keeps_its_origin(void **state)
{
	(void)state;
	joules_trace *trace = simple("one");
	joules_trace_unref(through("runs.db", trace));
	joules_trace_unref(trace);
	ask("runs.db",
	    "UPDATE run SET host = 'elsewhere', version = '0.0.7', name = 'trace_41', number = 41, series = 's'");
	joules_store *store = opened_store("runs.db");
	joules_trace *back = NULL;
	char *text = NULL;
	assert_int_equal(joules_store_trace(store, 1, &back), JOULES_OK);
	assert_int_equal(joules_trace_text(back, "json", NULL, NULL, &text), JOULES_OK);
	assert_memory_equal(text, "{\"name\": \"trace_41\"", 19);
	assert_non_null(strstr(text, "\"host\": \"elsewhere\", \"version\": \"0.0.7\"}"));
	free(text);
	write_one("copy.db", back);
	assert_answer("copy.db", "SELECT name, number, series, host FROM run", "trace_41|41|s|elsewhere\n");
	assert_int_equal(joules_store_trace(store, 99, &back), JOULES_INVALID_ARGUMENT);
	assert_message("there is no run 99 in");
	joules_store_close(store);
}

static void traces_without_samples_or_labels_come_out_too(void **state)
{
	(void)state;
	joules_trace *trace = trace_of(&package, &gpu), *back = through("runs.db", trace);
	assert_int_equal(joules_trace_count(back), 0);
	assert_same_text(trace, back);
	joules_trace_unref(trace);
	joules_trace_unref(back);
}

/* What is made of stored traces. */
static void a_stored_trace_can_be_worked_on(void **state)
{
	(void)state;
	joules_trace *trace = simple("one"), *back = through("runs.db", trace), *both = NULL;
	joules_sample *sum = NULL;
	assert_int_equal(joules_trace_add(back, trace, &both), JOULES_OK);
	assert_int_equal(joules_trace_sum(both, "one", &sum), JOULES_OK);
	assert_true(joules_sample_energy(sum, 0)->joules == 25.0);
	assert_true(joules_sample_energy(sum, 0)->low == 24.5 && joules_sample_energy(sum, 0)->high == 25.5);
	joules_sample_free(sum);
	joules_trace_unref(both);
	joules_trace_unref(back);
	joules_trace_unref(trace);
}

/* ---- which runs ---- */

static void add_run(joules_store *store, const char *tag, const char *command, double begin)
{
	joules_trace *trace = trace_of(&package, NULL);
	const struct increment energies[] = { energy(12.5, 0) };
	assert_true(trace_append(trace, tag, begin, 1.5, false, energies));
	assert_int_equal(joules_trace_label_set(trace, "command", command), JOULES_OK);
	assert_int_equal(joules_trace_label_set(trace, "a,b", "no key"), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_trace_label_set(trace, "list", tag), JOULES_OK);
	assert_int_equal(joules_store_add(store, trace, NULL, 3, NULL), JOULES_OK);
	joules_trace_unref(trace);
}

/* Tags of the runs that are chosen, or "?" with the message checked. */
static const char *chosen(joules_store *store, const char *filter)
{
	static char tags[256];
	joules_runs *runs = NULL;
	tags[0] = '\0';
	if (joules_store_runs(store, filter, &runs) != JOULES_OK)
		return "?";
	for (size_t i = 0; i < joules_runs_count(runs); i++)
		strcat(tags, joules_runs_at(runs, i)->label_values[1]);
	assert_null(joules_runs_at(runs, joules_runs_count(runs)));
	joules_runs_free(runs);
	return tags;
}

static void filters_choose_runs(void **state)
{
	(void)state;
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	joules_store *store = opened_store("runs.db");
	add_run(store, "b", "xz -k big,file", 1795651200.0); /* 2026-11-26 00:00:00 UTC */
	add_run(store, "a", "xz -k f", 1795564800.0);        /* the day before */
	add_run(store, "c,d", "make", 1795651260.5);
	static const struct {
		const char *filter, *tags;
	} cases[] = {
		{ NULL, "abc,d" },
		{ "", "abc,d" },
		{ "command=xz", "ab" },
		{ "command=big\\,file", "b" },
		{ "command=XZ", "" },
		{ "id=2", "a" },
		{ "id=02", "" },
		{ "name=a", "a" },
		{ "name=trace_3", "abc,d" },
		{ "host=nowhere", "" },
		{ "label.list=b", "b" },
		{ "label.list=c\\,d", "c,d" },
		{ "label.none=b", "" },
		{ "command=xz,label.list=a", "a" },
		{ "since=2026-11-26", "bc,d" },
		{ "since=2026-11-26T00:01", "c,d" },
		{ "since=2026-11-26T00:01:01", "" },
		{ "since=2026-11-26T01:00+01:00,until=2026-11-26T01:00+0100", "b" },
		{ "until=2026-11-25", "a" },
		{ "until=2026-11-25T00:00:00Z", "a" },
		{ "until=2026-11-24", "" },
		{ "since=2026-11-25 12:00,until=2026-11-26T00:00:00", "b" },
		{ "command='; DELETE FROM run; --", "" },
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(chosen(store, cases[i].filter), cases[i].tags);
	joules_store_close(store);
}

static void wrong_filters_are_explained(void **state)
{
	(void)state;
	joules_store *store = opened_store("runs.db");
	static const struct {
		const char *filter, *says;
	} cases[] = {
		{ "xz", "'xz' is not a filter; write KEY=VALUE" },
		{ "comand=xz", "did you mean 'command'?" },
		{ "label.=x", "label.KEY" },
		{ "since=", "this is not a time" },
		{ "since=2h3", "this is not a time" },
		{ "since=-2h", "this is not a time" },
		{ "since=2026-02-30", "this is not a time" },
		{ "since=2026-13-01", "this is not a time" },
		{ "since=2026-11-26T24:30", "this is not a time" },
		{ "until=2026-11-26T00:00:00+1", "this is not a time" },
		{ "until=2026-11-26x", "this is not a time" },
		{ "id=1,", NULL },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_string_equal(chosen(store, cases[i].filter), cases[i].says ? "?" : "");
		if (cases[i].says)
			assert_message(cases[i].says);
	}
	joules_store_close(store);
}

static void so_long_ago_is_before_now(void **state)
{
	(void)state;
	static const struct {
		const char *string;
		double moment;
	} cases[] = { { "30s", 999970 }, { "10m", 999400 }, { "0.5h", 998200 }, { "2d", 827200 }, { "1w", 395200 } };
	double moment;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(moment_parse(cases[i].string, i % 2, 1e6, &moment));
		assert_true(moment == cases[i].moment);
	}
	assert_false(moment_parse("5", false, 1e6, &moment));
	assert_false(moment_parse("h", false, 1e6, &moment));
}

/* Local time, across the change to summer time. */
static void a_day_is_a_local_one(void **state)
{
	(void)state;
	double moment;
	assert_int_equal(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
	assert_true(moment_parse("2026-07-01", false, 0, &moment));
	assert_true(moment == 1782856800.0);
	assert_true(moment_parse("2026-12-01T00:00:00", false, 0, &moment));
	assert_true(moment == 1796079600.0);
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
}

static void removing_takes_what_is_chosen(void **state)
{
	(void)state;
	joules_store *store = opened_store("runs.db");
	size_t count = 99;
	add_run(store, "a", "xz", 1.0);
	add_run(store, "b", "make", 2.0);
	add_run(store, "c", "xz", 3.0);
	assert_int_equal(joules_store_remove(store, "", &count), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_store_remove(store, NULL, &count), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_store_remove(store, "comand=xz", &count), JOULES_INVALID_ARGUMENT);
	assert_string_equal(chosen(store, NULL), "abc");
	assert_int_equal(joules_store_remove(store, "command=xz", &count), JOULES_OK);
	assert_int_equal(count, 2);
	assert_string_equal(chosen(store, NULL), "b");
	add_run(store, "d", "xz", 4.0);
	joules_store_close(store);
	assert_answer("runs.db", "SELECT id FROM run ORDER BY id", "2\n4\n");
	assert_answer("runs.db", "SELECT count(*) FROM sample", "2\n");
}

/* ---- what is still to be sent ---- */

static void runs_are_marked_unsent(void **state)
{
	(void)state;
	joules_store *store = opened_store("runs.db");
	joules_runs *runs = NULL;
	add_run(store, "a", "xz", 1.0);
	assert_int_equal(joules_store_unsent_add(store, 1, "mongodb://alice@db/x"), JOULES_OK);
	assert_int_equal(joules_store_unsent_add(store, 1, "mongodb://alice@db/x"), JOULES_OK);
	assert_int_equal(joules_store_unsent_add(store, 1, "mongodb://other/x"), JOULES_OK);
	assert_int_equal(joules_store_unsent_add(store, 7, "mongodb://other/x"), JOULES_INVALID_ARGUMENT);
	assert_message("there is no run 7 in");
	assert_int_equal(joules_store_runs(store, NULL, &runs), JOULES_OK);
	assert_int_equal(joules_runs_at(runs, 0)->unsent_count, 2);
	assert_string_equal(joules_runs_at(runs, 0)->unsent[0], "mongodb://alice@db/x");
	joules_runs_free(runs);
	assert_int_equal(joules_store_unsent_remove(store, 1, "mongodb://alice@db/x"), JOULES_OK);
	assert_answer("runs.db", "SELECT * FROM unsent", "1|mongodb://other/x\n");
	assert_int_equal(joules_store_unsent_remove(store, 1, NULL), JOULES_OK);
	assert_answer("runs.db", "SELECT count(*) FROM unsent", "0\n");
	joules_store_close(store);
}

/* ---- the history ---- */

static joules_store *opened_history(void)
{
	joules_store *store = NULL;
	joules_status status = joules_store_open_history(&store, JOULES_STORE_CREATE);
	if (status)
		print_message("%s\n", joules_error_message());
	assert_int_equal(status, JOULES_OK);
	assert_non_null(store);
	return store;
}

static int at_home(void **state)
{
	int failed = enter_folder(state);
	return failed || unsetenv("JOULES_HISTORY") || unsetenv("XDG_STATE_HOME") || setenv("HOME", folder, 1);
}

#define HISTORY_TEST(function) cmocka_unit_test_setup_teardown(function, at_home, leave_folder)

static mode_t mode_of(const char *path)
{
	struct stat info;
	assert_int_equal(stat(path, &info), 0);
	return info.st_mode & 07777;
}

static void the_history_is_at_home_and_private(void **state)
{
	(void)state;
	mode_t before = umask(0);
	joules_store *store = opened_history();
	add_run(store, "a", "xz", 1.0);
	umask(before);
	assert_string_equal(strrchr(joules_store_path(store), '/'), "/history.db");
	assert_int_equal(mode_of(".local/state/joules"), 0700);
	assert_int_equal(mode_of(".local/state/joules/history.db"), 0600);
	assert_int_equal(mode_of(".local/state/joules/history.db-wal"), 0600);
	joules_store_close(store);
	assert_answer(".local/state/joules/history.db", "SELECT count(*) FROM run", "1\n");
}

static void variables_name_its_place(void **state)
{
	(void)state;
	joules_store *store = NULL;
	assert_int_equal(setenv("XDG_STATE_HOME", "relative", 1), 0);
	joules_store_close(opened_history());
	assert_int_equal(access(".local/state/joules/history.db", F_OK), 0);
	char *state_home = NULL;
	assert_true(asprintf(&state_home, "%s/s", folder) > 0);
	assert_int_equal(setenv("XDG_STATE_HOME", state_home, 1), 0);
	free(state_home);
	joules_store_close(opened_history());
	assert_int_equal(access("s/joules/history.db", F_OK), 0);
	assert_int_equal(setenv("JOULES_HISTORY", "mine.db", 1), 0);
	joules_store_close(opened_history());
	assert_int_equal(mode_of("mine.db"), 0600);
	assert_int_equal(setenv("JOULES_HISTORY", "no/such/mine.db", 1), 0);
	assert_int_equal(joules_store_open_history(&store, JOULES_STORE_CREATE), JOULES_IO);
	assert_message("cannot make no/such/mine.db: No such file or directory");
	assert_int_equal(setenv("JOULES_HISTORY", "off", 1), 0);
	store = (joules_store *)&store;
	assert_int_equal(joules_store_open_history(&store, JOULES_STORE_CREATE), JOULES_OK);
	assert_null(store);
}

static void reading_a_history_makes_none(void **state)
{
	(void)state;
	joules_store *store = (joules_store *)&store;
	assert_int_equal(joules_store_open_history(&store, JOULES_STORE_READ), JOULES_OK);
	assert_null(store);
	assert_int_equal(joules_store_open_history(&store, JOULES_STORE_WRITE), JOULES_OK);
	assert_null(store);
	assert_int_equal(access(".local", F_OK), -1);
}

static joules_trace *long_trace(size_t samples)
{
	joules_trace *trace = trace_of(&package, NULL);
	for (size_t i = 0; i < samples; i++)
		add(trace, "step", 0.5, 0);
	return trace;
}

static void of_a_long_run_the_first_samples_and_the_whole_are_kept(void **state)
{
	(void)state;
	joules_store *store = opened_history();
	joules_trace *trace = long_trace(10001), *back = NULL;
	joules_sample *whole = NULL;
	int64_t id = 0;
	assert_int_equal(joules_store_add(store, trace, NULL, 0, &id), JOULES_OK);
	assert_int_equal(joules_store_trace(store, id, &back), JOULES_OK);
	assert_int_equal(joules_trace_count(back), 10000);
	assert_int_equal(joules_trace_sum(back, NULL, &whole), JOULES_OK);
	assert_true(joules_sample_energy(whole, 0)->joules == 5000.5);
	assert_true(whole->duration_s == 15001.5);
	joules_runs *runs = NULL;
	assert_int_equal(joules_store_runs(store, NULL, &runs), JOULES_OK);
	assert_true(joules_runs_at(runs, 0)->truncated);
	joules_runs_free(runs);
	joules_sample_free(whole);
	joules_trace_unref(trace);
	joules_trace_unref(back);
	joules_store_close(store);
}

/* An output keeps them all. */
static void a_million_samples_are_stored(void **state)
{
	(void)state;
	write_one("runs.db", long_trace(1000000));
	assert_answer("runs.db", "SELECT truncated, total_joules FROM run", "0|500000.0\n");
	assert_answer("runs.db", "SELECT count(*), max(number) FROM sample", "1000000|999999\n");
	assert_answer("runs.db", "SELECT count(*), sum(joules) FROM value", "1000000|500000.0\n");
}

static size_t size_of(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0 ? (size_t)info.st_size : 0;
}

static void it_drops_the_oldest_runs_but_nothing_unsent(void **state)
{
	(void)state;
	assert_int_equal(setenv("JOULES_HISTORY", "h.db", 1), 0);
	joules_store *store = opened_history();
	uint64_t limit = 0;
	assert_int_equal(joules_store_limit(store, &limit), JOULES_OK);
	assert_int_equal(limit, 100000000);
	assert_int_equal(joules_store_limit_set(store, 1000000), JOULES_OK);
	joules_trace *first = simple("unsent");
	assert_int_equal(joules_store_add(store, first, NULL, 0, NULL), JOULES_OK);
	assert_int_equal(joules_store_unsent_add(store, 1, "mongodb://db/x"), JOULES_OK);
	for (int i = 0; i < 8; i++) {
		joules_trace *trace = long_trace(5000);
		assert_int_equal(joules_store_add(store, trace, NULL, 0, NULL), JOULES_OK);
		joules_trace_unref(trace);
	}
	joules_trace_unref(first);
	joules_store_close(store);
	const char *ids = ask("h.db", "SELECT id FROM run ORDER BY id");
	assert_memory_equal(ids, "1\n", 2);
	assert_non_null(strstr(ids, "\n9\n"));
	assert_null(strstr(ids, "\n2\n"));
	ask("h.db", "PRAGMA wal_checkpoint(TRUNCATE)");
	assert_true(size_of("h.db") < 1500000);
	/* A lower limit takes effect at once, and the file gets smaller. */
	store = opened_history();
	assert_int_equal(joules_store_limit_set(store, 100000), JOULES_OK);
	joules_store_close(store);
	ask("h.db", "PRAGMA wal_checkpoint(TRUNCATE)");
	assert_answer("h.db", "SELECT id FROM run ORDER BY id", "1\n9\n");
	assert_true(size_of("h.db") < 700000);
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

#define DEFAULT ".local/state/joules/history.db"

static void what_is_no_database_is_set_aside(void **state)
{
	(void)state;
	joules_store_close(opened_history());
	write_text(DEFAULT,
	    "a text that stands where the history should be, long enough for a header of SQLite's, and then some\n");
	write_text(DEFAULT "-wal", "old");
	joules_store *store = opened_history();
	assert_non_null(strstr(joules_store_notice(store), "history.db.damaged-"));
	add_run(store, "a", "xz", 1.0);
	joules_store_close(store);
	assert_answer(DEFAULT, "SELECT count(*) FROM run", "1\n");
	store = opened_history();
	assert_null(joules_store_notice(store));
	joules_store_close(store);
}

static void a_history_that_was_cut_is_set_aside(void **state)
{
	(void)state;
	joules_store *store = opened_history();
	for (int i = 0; i < 50; i++)
		add_run(store, "a", "xz", 1.0);
	joules_store_close(store);
	ask(DEFAULT, "PRAGMA wal_checkpoint(TRUNCATE)");
	assert_int_equal(truncate(DEFAULT, 9000), 0);
	store = opened_history();
	assert_non_null(joules_store_notice(store));
	joules_store_close(store);
}

static void a_page_that_is_damaged_is_noticed_by_the_next_run(void **state)
{
	(void)state;
	joules_store *store = opened_history();
	for (int i = 0; i < 100; i++)
		add_run(store, "a", "xz", 1.0);
	joules_store_close(store);
	ask(DEFAULT, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
	char noise[4096];
	memset(noise, 0x5a, sizeof noise);
	int fd = open(DEFAULT, O_WRONLY);
	for (off_t at = 2 * 4096; at < (off_t)size_of(DEFAULT); at += 4096)
		assert_int_equal(pwrite(fd, noise, sizeof noise, at), sizeof noise);
	assert_int_equal(close(fd), 0);
	store = NULL;
	assert_int_equal(joules_store_open_history(&store, JOULES_STORE_CREATE), JOULES_OK);
	add_run(store, "b", "xz", 2.0);
	assert_non_null(joules_store_notice(store));
	assert_string_equal(chosen(store, NULL), "b");
	joules_store_close(store);
}

static void one_that_was_named_is_refused_and_stays(void **state)
{
	(void)state;
	joules_store *store = NULL;
	assert_int_equal(setenv("JOULES_HISTORY", "mine.db", 1), 0);
	static const char words[] =
	    "a text that stands where the history should be, long enough for a header of SQLite's, and more\n";
	write_text("mine.db", words);
	assert_int_equal(joules_store_open_history(&store, JOULES_STORE_CREATE), JOULES_INCONSISTENT);
	assert_null(store);
	assert_message("it is not a database of SQLite");
	assert_string_equal(content("mine.db"), words);
}

static void anothers_and_a_newer_one_stay_at_the_default_place_too(void **state)
{
	(void)state;
	joules_store *store = NULL;
	joules_store_close(opened_history());
	ask(DEFAULT, "UPDATE schema_version SET version = 99");
	assert_int_equal(joules_store_open_history(&store, JOULES_STORE_CREATE), JOULES_INCONSISTENT);
	assert_message("a newer Joules");
	ask(DEFAULT, "PRAGMA application_id = 7");
	assert_int_equal(joules_store_open_history(&store, JOULES_STORE_CREATE), JOULES_INCONSISTENT);
	assert_message("of another program");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HANDLER_TEST(what_comes_out_is_what_went_in),
		HANDLER_TEST(a_stored_trace_keeps_its_origin),
		HANDLER_TEST(traces_without_samples_or_labels_come_out_too),
		HANDLER_TEST(a_stored_trace_can_be_worked_on),
		HANDLER_TEST(filters_choose_runs),
		HANDLER_TEST(wrong_filters_are_explained),
		cmocka_unit_test(so_long_ago_is_before_now),
		cmocka_unit_test(a_day_is_a_local_one),
		HANDLER_TEST(removing_takes_what_is_chosen),
		HANDLER_TEST(runs_are_marked_unsent),
		HISTORY_TEST(the_history_is_at_home_and_private),
		HISTORY_TEST(variables_name_its_place),
		HISTORY_TEST(reading_a_history_makes_none),
		HISTORY_TEST(of_a_long_run_the_first_samples_and_the_whole_are_kept),
		HANDLER_TEST(a_million_samples_are_stored),
		HISTORY_TEST(it_drops_the_oldest_runs_but_nothing_unsent),
		HISTORY_TEST(what_is_no_database_is_set_aside),
		HISTORY_TEST(a_history_that_was_cut_is_set_aside),
		HISTORY_TEST(a_page_that_is_damaged_is_noticed_by_the_next_run),
		HISTORY_TEST(one_that_was_named_is_refused_and_stays),
		HISTORY_TEST(anothers_and_a_newer_one_stay_at_the_default_place_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
