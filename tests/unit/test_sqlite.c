/* SPDX-License-Identifier: MIT */
/* The SQLite handler: what stands in its tables, and what it does with files that are not its own. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "handlers/sqlite/schema.h"
#include "sqlite_common.h"

static void a_run_is_a_row_of_each_table(void **state)
{
	(void)state;
	joules_trace *trace = rich();
	char id[64];
	(void)snprintf(id, sizeof id, "%s\n", joules_trace_id(trace));
	write_one("runs.db", trace);
	assert_answer("runs.db", "SELECT uuid FROM run", id);
	assert_answer("runs.db",
	    "SELECT id, name, begin, duration_s, version, number, total_joules, total_low, total_high, total_source, "
	    "total_flags, truncated FROM run",
	    "1|trace_0|1732345678.125|3.0|" JOULES_VERSION "|0|12.5|12.25|null|measured|partial|0\n");
	assert_answer("runs.db",
	    "SELECT run, number, tag, hex(tag_bytes), timestamp, duration_s FROM sample ORDER BY number",
	    "1|0|foo||1732345678.125|1.5\n1|1|a;\"b\"\n\xef\xbf\xbd|613B2262220AFF|1732345678.125|1.5\n");
	assert_answer("runs.db", "SELECT count(*) FROM sample WHERE tag_bytes IS NULL", "1\n");
	assert_answer("runs.db", "SELECT * FROM sample_energy ORDER BY run, sample, domain DESC",
	    "1|0|package_0|12.5|12.25|12.75|measured|counter|\n"
	    "1|0|nvidia_gpu_0|null|null|null|measured|power|invalid\n"
	    "1|1|package_0|0.0|0.0|null|measured|counter|below_tick wrapped partial\n"
	    "1|1|nvidia_gpu_0|null|null|null|measured|power|invalid\n");
}

static void labels_stand_in_their_order(void **state)
{
	(void)state;
	joules_trace *trace = simple("one");
	assert_int_equal(joules_trace_label_set(trace, "folder", "/b\xff"), JOULES_OK);
	assert_int_equal(joules_trace_label_set(trace, "command", "xz -k f"), JOULES_OK);
	write_one("sqlite:runs", trace);
	assert_answer("runs", "SELECT run, number, key, value, hex(value_bytes) FROM label",
	    "1|0|folder|/b\xef\xbf\xbd|2F62FF\n1|1|command|xz -k f|\n");
}

static void runs_of_one_handler_are_a_series(void **state)
{
	(void)state;
	joules_handler *handler = opened("runs.sqlite");
	process(handler, simple("a"), JOULES_OK);
	process(handler, simple("b"), JOULES_OK);
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
	write_one("runs.sqlite", simple("c"));
	assert_answer("runs.sqlite", "SELECT id, name, number FROM run", "1|trace_0|0\n2|trace_1|1\n3|trace_0|0\n");
	assert_answer("runs.sqlite", "SELECT count(DISTINCT series), length(min(series)) FROM run", "2|36\n");
}

static void a_trace_is_stored_once(void **state)
{
	(void)state;
	joules_trace *trace = simple("one");
	write_one("runs.db", joules_trace_ref(trace));
	write_one("runs.db", trace);
	assert_answer("runs.db", "SELECT count(*) FROM run", "1\n");
	assert_answer("runs.db", "SELECT count(*) FROM sample", "1\n");
}

static void a_trace_without_samples_is_a_run(void **state)
{
	(void)state;
	write_one("runs.db", trace_of(&package, NULL));
	assert_answer("runs.db", "SELECT begin, duration_s, total_joules, total_source, total_flags FROM run",
	    "null|null|null|null|\n");
	assert_answer("runs.db", "SELECT name, joules FROM domain", "package_0|null\n");
}

static void who_deletes_a_run_deletes_all_of_it(void **state)
{
	(void)state;
	joules_trace *trace = rich();
	assert_int_equal(joules_trace_label_set(trace, "a", "b"), JOULES_OK);
	write_one("runs.db", trace);
	assert_answer("runs.db", "INSERT INTO unsent VALUES(1, 'mongodb://host/db'); DELETE FROM run", "");
	assert_answer("runs.db",
	    "SELECT (SELECT count(*) FROM label) + (SELECT count(*) FROM unsent) + (SELECT count(*) FROM domain) + "
	    "(SELECT count(*) FROM sample) + (SELECT count(*) FROM value)",
	    "0\n");
}

/* Nothing stands beside it, and nothing in its header says that it should. */
static void a_file_is_whole_once_it_is_closed(void **state)
{
	(void)state;
	write_one("runs.db", simple("one"));
	assert_int_equal(access("runs.db-wal", F_OK), -1);
	assert_int_equal(access("runs.db-journal", F_OK), -1);
	assert_answer("runs.db", "PRAGMA journal_mode; PRAGMA integrity_check", "delete\nok\n");
}

static void refuse(const char *output, joules_status expected, const char *part)
{
	joules_handler *handler = NULL;
	assert_int_equal(joules_handler_open(&handler, output), expected);
	assert_null(handler);
	assert_message(part);
}

static void what_is_not_ours_is_refused_and_stays(void **state)
{
	(void)state;
	ask("other.db", "CREATE TABLE theirs(a); INSERT INTO theirs VALUES(7)");
	ask("named.db", "PRAGMA application_id = 7; PRAGMA user_version = 1");
	FILE *text = fopen("text.db", "w");
	assert_true(fputs("these are no rows, but words of a text that is long enough to be taken for a page\n", text) > 0);
	assert_int_equal(fclose(text), 0);
	assert_int_equal(mkdir("folder.db", 0700), 0);
	assert_int_equal(mkfifo("pipe.db", 0600), 0);
	refuse("other.db", JOULES_INCONSISTENT, "other.db is a database of another program");
	refuse("named.db", JOULES_INCONSISTENT, "named.db is a database of another program");
	refuse("text.db", JOULES_INCONSISTENT, "text.db: file is not a database; it is not a database of SQLite");
	refuse("folder.db", JOULES_INVALID_ARGUMENT, "folder.db is not a regular file");
	refuse("pipe.db", JOULES_INVALID_ARGUMENT, "pipe.db is not a regular file");
	refuse("sqlite:no/such/folder.db", JOULES_IO, "No such file or directory");
	refuse("sqlite:-", JOULES_INVALID_ARGUMENT, "sqlite:FILE");
	refuse("sqlite", JOULES_INVALID_ARGUMENT, "sqlite:FILE");
	assert_answer("other.db", "SELECT * FROM theirs", "7\n");
	assert_non_null(strstr(content("text.db"), "words of a text"));
}

static void tables_of_a_later_version_stay_as_they_are(void **state)
{
	(void)state;
	write_one("runs.db", simple("one"));
	ask("runs.db", "UPDATE schema_version SET version = 99");
	refuse("runs.db", JOULES_INCONSISTENT, "a newer Joules (tables of version 99, this one knows 1)");
	assert_answer("runs.db", "SELECT count(*) FROM run", "1\n");
}

/* A file that was made and has no tables yet: its maker was killed. */
static void an_empty_file_gets_its_tables(void **state)
{
	(void)state;
	assert_int_equal(close(open("runs.db", O_CREAT | O_WRONLY, 0600)), 0);
	write_one("runs.db", simple("one"));
	assert_answer("runs.db", "SELECT version FROM schema_version; SELECT count(*) FROM run", "1\n1\n");
	assert_null(schema_step(schema_version()));
}

static void what_could_not_be_written_is_kept(void **state)
{
	(void)state;
	joules_handler *handler = opened("runs.db");
	ask("runs.db", "ALTER TABLE sample RENAME TO hidden");
	process(handler, simple("a"), JOULES_IO);
	assert_message("no such table");
	process(handler, simple("b"), JOULES_IO);
	assert_answer("runs.db", "SELECT count(*) FROM run", "0\n");
	ask("runs.db", "ALTER TABLE hidden RENAME TO sample");
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
	assert_answer("runs.db", "SELECT tag FROM sample JOIN run ON run = id ORDER BY id", "a\nb\n");
}

static void a_forked_child_has_a_connection_of_its_own(void **state)
{
	(void)state;
	joules_handler *handler = opened("runs.db");
	process(handler, simple("before"), JOULES_OK);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(chdir("/") != 0 || pass_on(handler, simple("child")) || joules_handler_close(handler));
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	process(handler, simple("after"), JOULES_OK);
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
	assert_answer("runs.db", "SELECT tag FROM sample ORDER BY run", "before\nchild\nafter\n");
	assert_answer("runs.db", "PRAGMA integrity_check", "ok\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HANDLER_TEST(a_run_is_a_row_of_each_table),
		HANDLER_TEST(labels_stand_in_their_order),
		HANDLER_TEST(runs_of_one_handler_are_a_series),
		HANDLER_TEST(a_trace_is_stored_once),
		HANDLER_TEST(a_trace_without_samples_is_a_run),
		HANDLER_TEST(who_deletes_a_run_deletes_all_of_it),
		HANDLER_TEST(a_file_is_whole_once_it_is_closed),
		HANDLER_TEST(what_is_not_ours_is_refused_and_stays),
		HANDLER_TEST(tables_of_a_later_version_stay_as_they_are),
		HANDLER_TEST(an_empty_file_gets_its_tables),
		HANDLER_TEST(what_could_not_be_written_is_kept),
		HANDLER_TEST(a_forked_child_has_a_connection_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
