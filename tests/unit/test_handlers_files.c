/* SPDX-License-Identifier: MIT */
/* The built-in handlers on files that exist, fill up or cannot be written, and on standard output: a failing write
 * loses nothing and leaves no torn row. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "handlers_common.h"

static void put(const char *name, const char *bytes)
{
	FILE *file = fopen(name, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, strlen(bytes), file), strlen(bytes));
	assert_int_equal(fclose(file), 0);
}

/* ---- appending ---- */

static void csv_appends_under_its_own_header(void **state)
{
	(void)state;
	write_one("out.csv", simple("one"));
	joules_handler *handler = opened("csv:out.csv");
	process(handler, simple("two"), JOULES_OK);
	process(handler, simple("three"), JOULES_OK);
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
	assert_string_equal(content("out.csv"),
	    "timestamp;tag;duration;package_0\n"
	    "1732345678.125;one;1.5;12500000.0\n"
	    "1732345678.125;two;1.5;12500000.0\n"
	    "1732345678.125;three;1.5;12500000.0\n");
}

static void two_handlers_share_one_file(void **state)
{
	(void)state;
	joules_handler *one = opened("csv:out.csv"), *two = opened("csv:./out.csv");
	process(one, simple("one"), JOULES_OK);
	process(two, simple("two"), JOULES_OK);
	process(one, simple("three"), JOULES_OK);
	assert_int_equal(joules_handler_close(one), JOULES_OK);
	assert_int_equal(joules_handler_close(two), JOULES_OK);
	assert_string_equal(content("out.csv"),
	    "timestamp;tag;duration;package_0\n"
	    "1732345678.125;one;1.5;12500000.0\n"
	    "1732345678.125;two;1.5;12500000.0\n"
	    "1732345678.125;three;1.5;12500000.0\n");
}

static void processes_that_append_at_once_do_not_mix(void **state)
{
	(void)state;
	for (int child = 0; child < 4; child++) {
		if (fork() > 0)
			continue;
		bool good = true;
		for (int i = 0; i < 25; i++) {
			joules_handler *handler = NULL;
			joules_trace *trace = trace_of(&package, NULL);
			for (int n = 0; n < 3; n++)
				add(trace, "row", 12.5, 0);
			good = good && !joules_handler_open(&handler, "out.csv") && !joules_handler_process(handler, trace) &&
			    !joules_handler_close(handler);
			joules_trace_unref(trace);
		}
		_exit(good ? 0 : 1);
	}
	int status;
	while (wait(&status) > 0)
		assert_int_equal(status, 0);
	const char *text = content("out.csv");
	assert_int_equal(occurrences(text, "timestamp"), 1);
	assert_int_equal(occurrences(text, "\n"), 301);
	assert_int_equal(occurrences(text, "1732345678.125;row;1.5;12500000.0\n"), 300);
}

/* Another process that is just beginning the same file; it is done when we first wait for it. */
static int other_process = -1;

static void the_other_process_ends(int64_t ns)
{
	(void)ns;
	static const char begun[] = "timestamp;tag;duration;package_0\n1732345678.125;other;1.5;12500000.0\n";
	assert_int_equal(content("out.csv")[0], '\0');
	assert_int_equal(write(other_process, begun, sizeof begun - 1), sizeof begun - 1);
	close(other_process); /* and with it its lock */
	other_process = -1;
}

static void who_begins_a_file_keeps_the_others_out(void **state)
{
	(void)state;
	static const struct clock_source waiting = { .sleep_ns = the_other_process_ends };
	joules_handler *handler = opened("csv:out.csv");
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	other_process = open("out.csv", O_RDWR | O_APPEND | O_CLOEXEC);
	assert_int_equal(fcntl(other_process, F_OFD_SETLK, &lock), 0);
	clock_source_set(&waiting);
	process(handler, simple("one"), JOULES_OK);
	clock_source_set(NULL);
	assert_int_equal(other_process, -1);
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
	assert_string_equal(content("out.csv"),
	    "timestamp;tag;duration;package_0\n"
	    "1732345678.125;other;1.5;12500000.0\n"
	    "1732345678.125;one;1.5;12500000.0\n");
}

static void an_unfinished_last_line_is_ended_first(void **state)
{
	(void)state;
	put("out.csv", "timestamp;tag;duration;package_0\n1.0;old;1.0;5.0");
	write_one("out.csv", simple("new"));
	assert_string_equal(
	    content("out.csv"), "timestamp;tag;duration;package_0\n1.0;old;1.0;5.0\n1732345678.125;new;1.5;12500000.0\n");
	put("out.txt", "old");
	write_one("print:out.txt", simple("new"));
	assert_string_equal(content("out.txt"),
	    "old\nbegin timestamp : 1732345678.125; tag : new; duration : 1.5; package_0 : 12500000.0\n");
	put("out.csv", "timestamp;tag;duration;package_0");
	write_one("out.csv", simple("new"));
	assert_string_equal(content("out.csv"), "timestamp;tag;duration;package_0\n1732345678.125;new;1.5;12500000.0\n");
}

static void a_file_that_was_emptied_gets_its_header_again(void **state)
{
	(void)state;
	joules_handler *handler = opened("out.csv");
	process(handler, simple("one"), JOULES_OK);
	assert_int_equal(truncate("out.csv", 0), 0);
	process(handler, simple("two"), JOULES_OK);
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
	assert_string_equal(content("out.csv"), "timestamp;tag;duration;package_0\n1732345678.125;two;1.5;12500000.0\n");
}

/* ---- what does not fit ---- */

static void prepare_refuses_another_header(void **state)
{
	(void)state;
	put("out.csv", "timestamp;tag;duration;dram_0\n");
	const joules_domain *domains[] = { &package };
	joules_handler *handler = opened("out.csv");
	assert_int_equal(handler_prepare(handler, domains, 1), JOULES_INCONSISTENT);
	assert_message("out.csv");
	assert_message("'timestamp;tag;duration;dram_0'");
	assert_message("'timestamp;tag;duration;package_0'");
	assert_message("choose another file");
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
	assert_string_equal(content("out.csv"), "timestamp;tag;duration;dram_0\n");
}

static void prepare_writes_nothing_and_accepts_what_fits(void **state)
{
	(void)state;
	const joules_domain *domains[] = { &package };
	static const char *const outputs[] = { "csv:out", "print:out", "json:out", "print:-" };
	for (size_t i = 0; i < COUNT(outputs); i++) {
		joules_handler *handler = opened(outputs[i]);
		assert_int_equal(handler_prepare(handler, domains, 1), JOULES_OK);
		assert_int_equal(joules_handler_close(handler), JOULES_OK);
		assert_string_equal(content("out"), "");
	}
	put("out.csv", "timestamp;tag;duration;package_0\n");
	joules_handler *handler = opened("csv:out.csv");
	assert_int_equal(handler_prepare(handler, domains, 1), JOULES_OK);
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
}

static void a_header_that_only_begins_the_same_is_another(void **state)
{
	(void)state;
	static const char *const others[] = { "timestamp;tag;duration;package_0;dram_0\n",
		"timestamp;tag;duration;package_\n", "\n", "x" };
	const joules_domain *domains[] = { &package };
	for (size_t i = 0; i < COUNT(others); i++) {
		put("out.csv", others[i]);
		joules_handler *handler = opened("out.csv");
		assert_int_equal(handler_prepare(handler, domains, 1), JOULES_INCONSISTENT);
		process(handler, simple("never"), JOULES_INCONSISTENT);
		assert_int_equal(joules_handler_close(handler), JOULES_INCONSISTENT);
		assert_string_equal(content("out.csv"), others[i]);
	}
}

static void a_refused_trace_is_stored_once_the_file_is_moved(void **state)
{
	(void)state;
	put("out.csv", "other\n");
	joules_handler *handler = opened("out.csv");
	process(handler, simple("kept"), JOULES_INCONSISTENT);
	assert_int_equal(joules_handler_save(handler), JOULES_INCONSISTENT);
	assert_int_equal(rename("out.csv", "old.csv"), 0);
	assert_int_equal(joules_handler_save(handler), JOULES_OK);
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
	assert_string_equal(content("old.csv"), "other\n");
	assert_string_equal(content("out.csv"), "timestamp;tag;duration;package_0\n1732345678.125;kept;1.5;12500000.0\n");
}

static void a_trace_of_other_domains_is_refused_by_csv_alone(void **state)
{
	(void)state;
	joules_handler *csv = opened("out.csv"), *print = opened("print:out.txt");
	process(csv, simple("one"), JOULES_OK);
	process(csv, rich(), JOULES_INCONSISTENT);
	assert_message("timestamp;tag;duration;package_0;nvidia_gpu_0");
	process(csv, simple("two"), JOULES_OK);
	process(print, simple("one"), JOULES_OK);
	process(print, rich(), JOULES_OK);
	assert_int_equal(joules_handler_close(csv), JOULES_OK);
	assert_int_equal(joules_handler_close(print), JOULES_OK);
	assert_int_equal(occurrences(content("out.csv"), "\n"), 3);
	assert_int_equal(occurrences(content("out.txt"), "\n"), 3);
}

/* ---- full disks, ends of pipes ---- */

static void a_full_disk_is_reported_and_the_trace_kept(void **state)
{
	(void)state;
	joules_handler *handler = opened("csv:/dev/full");
	process(handler, simple("one"), JOULES_IO);
	assert_message("/dev/full");
	assert_message("free some space");
	assert_int_equal(joules_handler_save(handler), JOULES_IO);
	assert_int_equal(joules_handler_close(handler), JOULES_IO);
}

static void limit_file_size(rlim_t bytes)
{
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The limit falls into the middle of a row. SIGXFSZ has its default action: it would end the program. */
static void a_short_write_leaves_no_torn_row(void **state)
{
	(void)state;
	joules_handler *handler = opened("out.csv");
	process(handler, simple("one"), JOULES_OK);
	limit_file_size(90);
	joules_status first = pass_on(handler, simple("two"));
	char between[200];
	strcpy(between, content("out.csv"));
	joules_status second = pass_on(handler, simple("three")), third = joules_handler_save(handler);
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(first, JOULES_IO);
	assert_int_equal(second, JOULES_IO);
	assert_int_equal(third, JOULES_IO);
	assert_message("ulimit -f");
	assert_string_equal(between, "timestamp;tag;duration;package_0\n1732345678.125;one;1.5;12500000.0\n");
	assert_string_equal(content("out.csv"), between);
	assert_int_equal(joules_handler_save(handler), JOULES_OK);
	assert_int_equal(joules_handler_save(handler), JOULES_OK);
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
	assert_string_equal(content("out.csv"),
	    "timestamp;tag;duration;package_0\n"
	    "1732345678.125;one;1.5;12500000.0\n"
	    "1732345678.125;two;1.5;12500000.0\n"
	    "1732345678.125;three;1.5;12500000.0\n");
}

static void a_header_that_did_not_fit_comes_with_the_next_try(void **state)
{
	(void)state;
	joules_handler *handler = opened("out.csv");
	limit_file_size(10);
	joules_status first = pass_on(handler, simple("one"));
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(first, JOULES_IO);
	assert_string_equal(content("out.csv"), "");
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
	assert_string_equal(content("out.csv"), "timestamp;tag;duration;package_0\n1732345678.125;one;1.5;12500000.0\n");
}

static void names_go_on_after_a_failed_write(void **state)
{
	(void)state;
	joules_handler *handler = opened("out.json");
	limit_file_size(10);
	joules_status first = pass_on(handler, simple("one"));
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(first, JOULES_IO);
	process(handler, simple("two"), JOULES_OK);
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
	const char *text = content("out.json");
	assert_int_equal(occurrences(text, "\n"), 2);
	assert_true(strstr(text, "trace_0") < strstr(text, "\"one\"") && strstr(text, "\"one\"") < strstr(text, "trace_1"));
}

/* ---- standard output ---- */

static int kept_output = -1;

static void take_output(int fd)
{
	(void)fflush(stdout);
	kept_output = dup(STDOUT_FILENO);
	if (fd >= 0)
		assert_int_equal(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
	else
		close(STDOUT_FILENO);
}

static void give_output_back(void)
{
	(void)fflush(stdout);
	dup2(kept_output, STDOUT_FILENO);
	close(kept_output);
}

static void standard_output_follows_what_was_printed(void **state)
{
	(void)state;
	int fd = open("out", O_WRONLY | O_CREAT, 0666);
	take_output(fd);
	joules_handler *handler = NULL;
	joules_trace *trace = simple("one");
	joules_status status = joules_handler_open(&handler, "print");
	(void)fputs("before\n", stdout);
	joules_status processed = joules_handler_process(handler, trace);
	(void)fputs("after\n", stdout);
	joules_status closed = joules_handler_close(handler);
	bool still_open = fcntl(STDOUT_FILENO, F_GETFD) >= 0;
	give_output_back();
	close(fd);
	joules_trace_unref(trace);
	assert_int_equal(status, JOULES_OK);
	assert_int_equal(processed, JOULES_OK);
	assert_int_equal(closed, JOULES_OK);
	assert_true(still_open);
	assert_string_equal(content("out"),
	    "before\nbegin timestamp : 1732345678.125; tag : one; duration : 1.5; package_0 : 12500000.0\nafter\n");
}

static void csv_on_standard_output_has_one_header(void **state)
{
	(void)state;
	int fd = open("out", O_WRONLY | O_CREAT, 0666);
	assert_int_equal(write(fd, "child\n", 6), 6);
	take_output(fd);
	joules_handler *handler = NULL;
	joules_trace *trace = simple("one");
	joules_status status = joules_handler_open(&handler, "csv:-");
	for (int i = 0; i < 2 && !status; i++)
		status = joules_handler_process(handler, trace);
	(void)joules_handler_close(handler);
	give_output_back();
	close(fd);
	joules_trace_unref(trace);
	assert_int_equal(status, JOULES_OK);
	assert_string_equal(content("out"),
	    "child\ntimestamp;tag;duration;package_0\n1732345678.125;one;1.5;12500000.0\n1732345678.125;one;1.5;12500000."
	    "0\n");
}

static void closed_standard_output_is_an_error_at_once(void **state)
{
	(void)state;
	take_output(-1);
	joules_handler *handler = NULL;
	joules_status status = joules_handler_open(&handler, "csv:-");
	give_output_back();
	assert_int_equal(status, JOULES_IO);
	assert_null(handler);
	assert_message("standard output");
}

/* SIGPIPE has its default action: it would end the program. */
static void a_reader_that_went_is_an_error(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	take_output(ends[1]);
	joules_handler *handler = NULL;
	joules_trace *trace = simple("one");
	joules_status opened_as = joules_handler_open(&handler, "json:-"), status = joules_handler_process(handler, trace);
	give_output_back();
	close(ends[1]);
	joules_trace_unref(trace);
	sigset_t pending;
	sigpending(&pending);
	assert_int_equal(opened_as, JOULES_OK);
	assert_int_equal(status, JOULES_IO);
	assert_false(sigismember(&pending, SIGPIPE));
	take_output(open("/dev/null", O_WRONLY));
	status = joules_handler_close(handler);
	give_output_back();
	assert_int_equal(status, JOULES_OK);
}

/* Where others write to the same file behind ours, nothing can be cut off: the rest follows, each byte once. */
static void what_cannot_be_cut_off_is_completed_later(void **state)
{
	(void)state;
	char old[200];
	memset(old, '.', sizeof old - 1);
	old[sizeof old - 1] = '\0';
	put("out", old);
	int fd = open("out", O_WRONLY);
	joules_trace *trace = simple("one");
	take_output(fd);
	joules_handler *handler = NULL;
	joules_status status = joules_handler_open(&handler, "csv:-");
	limit_file_size(50);
	joules_status cut = joules_handler_process(handler, trace), again = joules_handler_process(handler, trace);
	limit_file_size(RLIM_INFINITY);
	joules_status saved = joules_handler_save(handler);
	(void)joules_handler_close(handler);
	give_output_back();
	close(fd);
	joules_trace_unref(trace);
	assert_int_equal(status, JOULES_OK);
	assert_int_equal(cut, JOULES_IO);
	assert_int_equal(again, JOULES_IO);
	assert_int_equal(saved, JOULES_OK);
	static const char expected[] =
	    "timestamp;tag;duration;package_0\n1732345678.125;one;1.5;12500000.0\n1732345678.125;one;1.5;12500000.0\n";
	memcpy(old, expected, sizeof expected - 1);
	assert_string_equal(content("out"), old);
}

/* ---- opening ---- */

static bool is_ours(int fd, const char *name)
{
	struct stat one, other;
	return fstat(fd, &one) == 0 && stat(name, &other) == 0 && one.st_ino == other.st_ino && one.st_dev == other.st_dev;
}

static void the_file_is_never_a_standard_stream_nor_inherited(void **state)
{
	(void)state;
	int kept = dup(STDIN_FILENO);
	close(STDIN_FILENO);
	joules_handler *handler = opened("out.csv");
	bool taken = fcntl(STDIN_FILENO, F_GETFD) >= 0;
	if (kept >= 0) {
		dup2(kept, STDIN_FILENO);
		close(kept);
	}
	int found = 0;
	for (int fd = 3; fd < 256; fd++) {
		if (!is_ours(fd, "out.csv"))
			continue;
		found++;
		assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	}
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
	assert_false(taken);
	assert_int_equal(found, 1);
	for (int fd = 3; fd < 256; fd++)
		assert_false(is_ours(fd, "out.csv"));
}

static void files_that_cannot_be_written_are_refused_at_once(void **state)
{
	(void)state;
	static const struct {
		const char *output, *says;
	} cases[] = {
		{ "csv:.", "cannot write to .: Is a directory; name a file in it" },
		{ "csv:no/such/folder.csv", "mkdir -p" },
		{ "json:plain/out", "cannot write to plain/out: Not a directory" },
	};
	put("plain", "");
	for (size_t i = 0; i < COUNT(cases); i++) {
		joules_handler *handler = NULL;
		assert_int_equal(joules_handler_open(&handler, cases[i].output), JOULES_IO);
		assert_null(handler);
		assert_message(cases[i].says);
	}
}

static void files_without_the_right_to_write_are_refused(void **state)
{
	(void)state;
	put("shut.csv", "");
	assert_int_equal(chmod("shut.csv", 0444), 0);
	assert_int_equal(chmod(".", 0755), 0);
	pid_t child = fork();
	if (child == 0) {
		/* root ignores file modes */
		if (geteuid() == 0 && setuid(65534) != 0)
			_exit(3);
		joules_handler *handler = NULL;
		joules_status status = joules_handler_open(&handler, "shut.csv");
		_exit(status == JOULES_NO_PERMISSION && strstr(joules_error_message(), "chmod") ? 0 : 1);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HANDLER_TEST(csv_appends_under_its_own_header),
		HANDLER_TEST(two_handlers_share_one_file),
		HANDLER_TEST(processes_that_append_at_once_do_not_mix),
		HANDLER_TEST(who_begins_a_file_keeps_the_others_out),
		HANDLER_TEST(an_unfinished_last_line_is_ended_first),
		HANDLER_TEST(a_file_that_was_emptied_gets_its_header_again),
		HANDLER_TEST(prepare_refuses_another_header),
		HANDLER_TEST(prepare_writes_nothing_and_accepts_what_fits),
		HANDLER_TEST(a_header_that_only_begins_the_same_is_another),
		HANDLER_TEST(a_refused_trace_is_stored_once_the_file_is_moved),
		HANDLER_TEST(a_trace_of_other_domains_is_refused_by_csv_alone),
		HANDLER_TEST(a_full_disk_is_reported_and_the_trace_kept),
		HANDLER_TEST(a_short_write_leaves_no_torn_row),
		HANDLER_TEST(a_header_that_did_not_fit_comes_with_the_next_try),
		HANDLER_TEST(names_go_on_after_a_failed_write),
		HANDLER_TEST(standard_output_follows_what_was_printed),
		HANDLER_TEST(csv_on_standard_output_has_one_header),
		HANDLER_TEST(closed_standard_output_is_an_error_at_once),
		HANDLER_TEST(a_reader_that_went_is_an_error),
		HANDLER_TEST(what_cannot_be_cut_off_is_completed_later),
		HANDLER_TEST(the_file_is_never_a_standard_stream_nor_inherited),
		HANDLER_TEST(files_that_cannot_be_written_are_refused_at_once),
		HANDLER_TEST(files_without_the_right_to_write_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
