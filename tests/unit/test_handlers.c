/* SPDX-License-Identifier: MIT */
/* The built-in handlers, on real files: every byte that they write, and that a failing write loses nothing and leaves no torn row. */
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "handlers/handler.h"
#include "model/trace.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOTHING ((double)NAN)

/* ---- traces ---- */

static joules_domain package = { .size = sizeof package, .name = "package_0", .device = "rapl", .tick_s = 0.001, .available = true };
static joules_domain gpu = {
	.size = sizeof gpu, .name = "nvidia_gpu_0", .device = "nvidia", .method = JOULES_METHOD_POWER, .available = true
};
static joules_domain estimated = { .size = sizeof estimated,
	.name = "estimated_cpu",
	.device = "estimate",
	.kind = JOULES_KIND_MODEL,
	.source = JOULES_ESTIMATED,
	.method = JOULES_METHOD_MODEL,
	.scope = "wall share",
	.available = true };

static joules_trace *trace_of(const joules_domain *first, const joules_domain *second)
{
	const joules_domain *items[] = { first, second };
	struct domains *domains = domains_new(items, second ? 2 : 1, NULL, 0);
	assert_non_null(domains);
	joules_trace *trace = trace_new(domains);
	assert_non_null(trace);
	domains_unref(domains);
	return trace;
}

/* Doubts of a quarter of a joule on both sides, which a float holds exactly. */
static struct increment energy(double joules, unsigned flags)
{
	if (isnan(joules))
		return (struct increment){ .joules = joules, .flags = flags };
	return (struct increment){ joules, 0.25, flags & JOULES_PARTIAL ? (double)INFINITY : 0.25, flags };
}

static void add(joules_trace *trace, const char *tag, double joules, unsigned flags)
{
	const struct increment increments[] = { energy(joules, flags), energy(NOTHING, JOULES_INVALID) };
	assert_true(trace_append(trace, tag, 1732345678.125, 1.5, false, increments));
}

/* A trace of package_0 with one sample. */
static joules_trace *simple(const char *tag)
{
	joules_trace *trace = trace_of(&package, NULL);
	add(trace, tag, 12.5, 0);
	return trace;
}

/* package_0 and a GPU that could not be read; a plain sample, and one that has everything. */
static joules_trace *rich(void)
{
	joules_trace *trace = trace_of(&package, &gpu);
	add(trace, "foo", 12.5, 0);
	add(trace, "a;\"b\"\n\xff", 0.0, JOULES_BELOW_TICK | JOULES_WRAPPED | JOULES_PARTIAL);
	return trace;
}

/* ---- files ---- */

static char folder[64];

static int enter_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/joules-handlers-XXXXXX");
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
	(void)info, (void)kind, (void)place;
	return remove(path);
}

static int leave_folder(void **state)
{
	(void)state;
	return chdir("/") == 0 ? nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) : -1;
}

static const char *content(const char *name)
{
	static char bytes[65536];
	FILE *file = fopen(name, "rb");
	if (!file)
		return "(no such file)";
	size_t length = fread(bytes, 1, sizeof bytes - 1, file);
	bytes[length] = '\0';
	(void)fclose(file);
	return bytes;
}

static void put(const char *name, const char *bytes)
{
	FILE *file = fopen(name, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, strlen(bytes), file), strlen(bytes));
	assert_int_equal(fclose(file), 0);
}

static size_t occurrences(const char *bytes, const char *part)
{
	size_t count = 0;
	for (const char *at = strstr(bytes, part); at; at = strstr(at + strlen(part), part))
		count++;
	return count;
}

/* ---- notices ---- */

static char notices[4096];

static void take_notice(void *context, const char *line)
{
	(void)context;
	strcat(notices, line);
	strcat(notices, "\n");
}

static joules_handler *opened(const char *output)
{
	joules_handler *handler = NULL;
	joules_status status = joules_handler_open(&handler, output);
	if (status)
		print_message("%s: %s\n", output, joules_error_message());
	assert_int_equal(status, JOULES_OK);
	assert_non_null(handler);
	notices[0] = '\0';
	joules_handler_notices_set(handler, take_notice, NULL);
	return handler;
}

/* Hands the trace over: what the handler wants to keep, it keeps itself. */
static joules_status pass_on(joules_handler *handler, joules_trace *trace)
{
	joules_status status = joules_handler_process(handler, trace);
	joules_trace_unref(trace);
	return status;
}

static void process(joules_handler *handler, joules_trace *trace, joules_status expected)
{
	assert_int_equal(pass_on(handler, trace), expected);
}

static void write_one(const char *output, joules_trace *trace)
{
	joules_handler *handler = opened(output);
	process(handler, trace, JOULES_OK);
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
}

static void assert_message(const char *part)
{
	if (!strstr(joules_error_message(), part))
		fail_msg("no '%s' in '%s'", part, joules_error_message());
}

/* ---- the formats ---- */

static void print_has_the_documented_lines(void **state)
{
	(void)state;
	write_one("print:out", rich());
	assert_string_equal(content("out"),
	    "begin timestamp : 1732345678.125; tag : foo; duration : 1.5; package_0 : 12500000.0; nvidia_gpu_0 : n/a\n"
	    "begin timestamp : 1732345678.125; tag : a;\"b\"\\x0a\xff; duration : 1.5; package_0 : 0.0; nvidia_gpu_0 : n/a\n");
}

static void csv_has_the_documented_columns(void **state)
{
	(void)state;
	write_one("csv:out", rich());
	assert_string_equal(content("out"), "timestamp;tag;duration;package_0;nvidia_gpu_0\n"
	                                    "1732345678.125;foo;1.5;12500000.0;\n"
	                                    "1732345678.125;\"a;\"\"b\"\"\n\xff\";1.5;0.0;\n");
}

static void csv_full_adds_four_columns_a_domain(void **state)
{
	(void)state;
	write_one("csv-full:out", rich());
	assert_string_equal(content("out"),
	    "timestamp;tag;duration;package_0;nvidia_gpu_0;package_0_low;package_0_high;package_0_source;package_0_flags;"
	    "nvidia_gpu_0_low;nvidia_gpu_0_high;nvidia_gpu_0_source;nvidia_gpu_0_flags\n"
	    "1732345678.125;foo;1.5;12500000.0;;12250000.0;12750000.0;measured;;;;measured;invalid\n"
	    "1732345678.125;\"a;\"\"b\"\"\n\xff\";1.5;0.0;;0.0;;measured;below_tick wrapped partial;;;measured;invalid\n");
}

static void a_domain_with_a_separator_in_its_name_is_quoted(void **state)
{
	(void)state;
	static const joules_domain odd = { .size = sizeof odd, .name = "my;\"own\"", .device = "own", .available = true };
	joules_trace *trace = trace_of(&odd, NULL);
	add(trace, "one", 1.0, 0);
	write_one("csv-full:out", trace);
	static const char expected[] = "timestamp;tag;duration;\"my;\"\"own\"\"\";\"my;\"\"own\"\"_low\";\"my;\"\"own\"\"_high\";";
	assert_memory_equal(content("out"), expected, sizeof expected - 1);
}

static void json_has_one_document_a_line(void **state)
{
	(void)state;
	joules_trace *trace = rich();
	char host[256] = "", expected[4096];
	assert_int_equal(gethostname(host, sizeof host - 1), 0);
	(void)snprintf(expected, sizeof expected,
	    "{\"name\": \"trace_0\", \"trace\": ["
	    "{\"timestamp\": 1732345678.125, \"tag\": \"foo\", \"duration\": 1.5, "
	    "\"energy\": {\"package_0\": 12500000.0, \"nvidia_gpu_0\": null}, "
	    "\"bounds_uj\": {\"package_0\": [12250000.0, 12750000.0], \"nvidia_gpu_0\": null}, "
	    "\"source\": {\"package_0\": \"measured\", \"nvidia_gpu_0\": \"measured\"}, "
	    "\"method\": {\"package_0\": \"counter\", \"nvidia_gpu_0\": \"power\"}, "
	    "\"flags\": {\"nvidia_gpu_0\": [\"invalid\"]}}, "
	    "{\"timestamp\": 1732345678.125, \"tag\": \"a;\\\"b\\\"\\n\\ufffd\", \"duration\": 1.5, "
	    "\"energy\": {\"package_0\": 0.0, \"nvidia_gpu_0\": null}, "
	    "\"bounds_uj\": {\"package_0\": [0.0, null], \"nvidia_gpu_0\": null}, "
	    "\"source\": {\"package_0\": \"measured\", \"nvidia_gpu_0\": \"measured\"}, "
	    "\"method\": {\"package_0\": \"counter\", \"nvidia_gpu_0\": \"power\"}, "
	    "\"flags\": {\"package_0\": [\"below_tick\", \"wrapped\", \"partial\"], \"nvidia_gpu_0\": [\"invalid\"]}}], "
	    "\"id\": \"%s\", \"host\": \"%s\", \"version\": \"%s\"}\n",
	    joules_trace_id(trace), host, joules_version());
	write_one("json:out", trace);
	assert_string_equal(content("out"), expected);
}

static void json_numbers_the_traces_of_a_handler(void **state)
{
	(void)state;
	joules_handler *handler = opened("runs.jsonl");
	process(handler, simple("a"), JOULES_OK);
	process(handler, trace_of(&gpu, NULL), JOULES_OK);
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
	const char *text = content("runs.jsonl");
	assert_int_equal(occurrences(text, "\n"), 2);
	assert_ptr_equal(strstr(text, "{\"name\": \"trace_0\", \"trace\": [{"), text);
	assert_non_null(strstr(text, "}\n{\"name\": \"trace_1\", \"trace\": [], \"id\": \""));
}

static void a_trace_without_samples_leaves_csv_and_print_alone(void **state)
{
	(void)state;
	write_one("csv:out.csv", trace_of(&package, NULL));
	write_one("print:out.txt", trace_of(&package, NULL));
	assert_string_equal(content("out.csv"), "");
	assert_string_equal(content("out.txt"), "");
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
	assert_string_equal(content("out.csv"), "timestamp;tag;duration;package_0\n"
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
	assert_string_equal(content("out.csv"), "timestamp;tag;duration;package_0\n"
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

static void an_unfinished_last_line_is_ended_first(void **state)
{
	(void)state;
	put("out.csv", "timestamp;tag;duration;package_0\n1.0;old;1.0;5.0");
	write_one("out.csv", simple("new"));
	assert_string_equal(content("out.csv"), "timestamp;tag;duration;package_0\n1.0;old;1.0;5.0\n1732345678.125;new;1.5;12500000.0\n");
	put("out.txt", "old");
	write_one("print:out.txt", simple("new"));
	assert_string_equal(content("out.txt"), "old\nbegin timestamp : 1732345678.125; tag : new; duration : 1.5; package_0 : 12500000.0\n");
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
	static const char *const others[] = { "timestamp;tag;duration;package_0;dram_0\n", "timestamp;tag;duration;package_\n", "\n", "x" };
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
	assert_string_equal(content("out.csv"), "timestamp;tag;duration;package_0\n"
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
	assert_string_equal(
	    content("out"), "before\nbegin timestamp : 1732345678.125; tag : one; duration : 1.5; package_0 : 12500000.0\nafter\n");
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
	assert_string_equal(
	    content("out"), "child\ntimestamp;tag;duration;package_0\n1732345678.125;one;1.5;12500000.0\n1732345678.125;one;1.5;12500000.0\n");
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

static void names_say_format_and_target(void **state)
{
	(void)state;
	static const struct {
		const char *output, *file, *begins;
	} cases[] = {
		{ "csv:a", "a", "timestamp;tag;duration;package_0\n" },
		{ "csv-full:b", "b", "timestamp;tag;duration;package_0;package_0_low" },
		{ "json:c.csv", "c.csv", "{\"name\"" },
		{ "d.csv", "d.csv", "timestamp;tag;duration;package_0\n" },
		{ "./e.JSON", "e.JSON", "{\"name\"" },
		{ "f.jsonl", "f.jsonl", "{\"name\"" },
		{ "csv:x:y:z", "x:y:z", "timestamp" },
		{ "./10:30.csv", "10:30.csv", "timestamp" },
		{ "2026-01-01T10:30.csv", "2026-01-01T10:30.csv", "timestamp" },
		{ "print:./-", "-", "begin timestamp" },
		{ "csv:csv", "csv", "timestamp" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		write_one(cases[i].output, simple("one"));
		assert_memory_equal(content(cases[i].file), cases[i].begins, strlen(cases[i].begins));
	}
}

static void wrong_names_are_explained(void **state)
{
	(void)state;
	static const struct {
		const char *output;
		joules_status status;
		const char *says;
	} cases[] = {
		{ "cvs:x", JOULES_UNKNOWN_FORMAT, "is 'csv' meant?" },
		{ "JSON:x", JOULES_UNKNOWN_FORMAT, "is 'json' meant?" },
		{ "csv_full:x", JOULES_UNKNOWN_FORMAT, "is 'csv-full' meant?" },
		{ "cvs:x", JOULES_UNKNOWN_FORMAT, "print csv csv-full json" },
		{ "parquet:x", JOULES_UNKNOWN_FORMAT, "no format 'parquet'; the formats are print csv csv-full json" },
		{ "an-unreasonably-long-name:x", JOULES_UNKNOWN_FORMAT, "print csv csv-full json" },
		{ "out.txt", JOULES_UNKNOWN_FORMAT, "print csv csv-full json" },
		{ "runs.csv/out", JOULES_UNKNOWN_FORMAT, "FORMAT:runs.csv/out" },
		{ "out", JOULES_UNKNOWN_FORMAT, "FORMAT:out" },
		{ "-", JOULES_UNKNOWN_FORMAT, "FORMAT:-" },
		{ ":x", JOULES_UNKNOWN_FORMAT, "print csv csv-full json" },
		{ "", JOULES_INVALID_ARGUMENT, "FORMAT:FILE" },
		{ "json", JOULES_INVALID_ARGUMENT, "json:-" },
		{ "csv:", JOULES_INVALID_ARGUMENT, "csv:FILE" },
		{ "print:", JOULES_INVALID_ARGUMENT, "print:-" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		joules_handler *handler = (joules_handler *)&handler;
		assert_int_equal(joules_handler_open(&handler, cases[i].output), cases[i].status);
		assert_null(handler);
		assert_message(cases[i].says);
	}
	assert_string_equal(joules_handler_formats(), "print csv csv-full json");
	joules_handler *handler = NULL;
	assert_int_equal(joules_handler_open(&handler, NULL), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_handler_open(NULL, "print"), JOULES_INVALID_ARGUMENT);
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

/* ---- notices ---- */

static void each_domain_has_its_line_once(void **state)
{
	(void)state;
	joules_handler *handler = opened("print:out");
	joules_trace *plain = simple("one");
	process(handler, plain, JOULES_OK);
	assert_string_equal(notices, "");
	process(handler, rich(), JOULES_OK);
	assert_int_equal(occurrences(notices, "\n"), 2);
	assert_non_null(strstr(notices, "package_0: 1 of 2 samples below_tick"));
	assert_non_null(strstr(notices, "nvidia_gpu_0: 2 of 2 samples invalid: not measured, written as n/a, not 0\n"));
	process(handler, rich(), JOULES_OK);
	assert_int_equal(occurrences(notices, "\n"), 2);
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
}

static void an_estimate_says_so_in_print_and_csv(void **state)
{
	(void)state;
	static const char *const outputs[] = { "print:out", "csv:out.csv" };
	for (size_t i = 0; i < COUNT(outputs); i++) {
		joules_handler *handler = opened(outputs[i]);
		joules_trace *trace = trace_of(&estimated, NULL);
		add(trace, "one", 3.0, 0);
		process(handler, trace, JOULES_OK);
		assert_int_equal(joules_handler_close(handler), JOULES_OK);
		assert_string_equal(notices, "estimated_cpu: an estimate, not measured (wall share)\n");
	}
}

static void formats_that_say_it_themselves_owe_no_line(void **state)
{
	(void)state;
	write_one("csv-full:out.csv", rich());
	assert_string_equal(notices, "");
	write_one("json:out", rich());
	assert_string_equal(notices, "");
}

static void a_failed_write_gives_no_notice_yet(void **state)
{
	(void)state;
	joules_handler *handler = opened("csv:/dev/full");
	process(handler, rich(), JOULES_IO);
	assert_string_equal(notices, "");
	(void)joules_handler_close(handler);
}

static void without_a_receiver_notices_go_to_standard_error(void **state)
{
	(void)state;
	joules_handler *handler = opened("csv:out.csv");
	joules_handler_notices_set(handler, NULL, NULL);
	int kept = dup(STDERR_FILENO), fd = open("err", O_WRONLY | O_CREAT, 0666);
	dup2(fd, STDERR_FILENO);
	joules_trace *trace = rich();
	joules_status status = joules_handler_process(handler, trace);
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(fd);
	joules_trace_unref(trace);
	assert_int_equal(status, JOULES_OK);
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
	const char *text = content("err");
	assert_int_equal(occurrences(text, "\n"), 2);
	assert_int_equal(occurrences(text, "joules: "), 2);
	assert_non_null(strstr(text, "written as an empty field"));
}

/* ---- the handler object ---- */

struct own {
	int inside, overlaps, processed, saved, closed;
};

static joules_status own_process(void *context, joules_trace *trace)
{
	struct own *own = context;
	(void)trace;
	own->overlaps += own->inside++ != 0;
	own->processed++;
	own->inside--;
	return JOULES_OK;
}

static joules_status own_save(void *context)
{
	((struct own *)context)->saved++;
	return joules_fail(JOULES_IO, "my own failure");
}

static void own_close(void *context)
{
	((struct own *)context)->closed++;
}

static const joules_handler_ops own_ops = {
	.size = sizeof own_ops, .name = "own", .process = own_process, .save = own_save, .close = own_close
};

static joules_trace *shared_trace;

static void *process_often(void *handler)
{
	for (int i = 0; i < 2000; i++)
		(void)joules_handler_process(handler, shared_trace);
	return NULL;
}

static void calls_of_one_handler_never_overlap(void **state)
{
	(void)state;
	struct own own = { 0 };
	joules_handler *handler = NULL;
	assert_int_equal(joules_handler_new(&handler, &own_ops, &own), JOULES_OK);
	shared_trace = simple("one");
	pthread_t threads[4];
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, process_often, handler), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	joules_trace_unref(shared_trace);
	assert_int_equal(own.overlaps, 0);
	assert_int_equal(own.processed, 8000);
	assert_int_equal(joules_handler_prepare(handler, NULL), JOULES_INVALID_ARGUMENT);
	assert_int_equal(handler_prepare(handler, NULL, 0), JOULES_OK);
	assert_int_equal(joules_handler_close(handler), JOULES_IO);
	assert_string_equal(joules_error_message(), "my own failure");
	assert_int_equal(own.saved, 1);
	assert_int_equal(own.closed, 1);
}

static void an_older_shorter_table_of_functions_is_taken(void **state)
{
	(void)state;
	struct own own = { 0 };
	joules_handler_ops ops = own_ops;
	ops.size = offsetof(joules_handler_ops, save);
	joules_handler *handler = NULL;
	assert_int_equal(joules_handler_new(&handler, &ops, &own), JOULES_OK);
	assert_int_equal(joules_handler_save(handler), JOULES_OK);
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
	assert_int_equal(own.saved + own.closed, 0);
}

static void wrong_arguments_are_refused(void **state)
{
	(void)state;
	static const joules_handler_ops empty = { .size = sizeof empty, .name = "empty" }, sizeless = { .process = own_process };
	joules_handler *handler = (joules_handler *)&handler;
	assert_int_equal(joules_handler_new(&handler, &empty, NULL), JOULES_INVALID_ARGUMENT);
	assert_null(handler);
	assert_message("empty");
	assert_int_equal(joules_handler_new(&handler, &sizeless, NULL), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_handler_new(&handler, NULL, NULL), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_handler_new(NULL, &own_ops, NULL), JOULES_INVALID_ARGUMENT);
	joules_trace *trace = simple("one");
	assert_int_equal(joules_handler_process(NULL, trace), JOULES_INVALID_ARGUMENT);
	joules_trace_unref(trace);
	assert_int_equal(joules_handler_save(NULL), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_handler_close(NULL), JOULES_OK);
	joules_handler_notices_set(NULL, NULL, NULL);
	handler = opened("out.csv");
	assert_int_equal(joules_handler_process(handler, NULL), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
}

#define HANDLER_TEST(function) cmocka_unit_test_setup_teardown(function, enter_folder, leave_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HANDLER_TEST(print_has_the_documented_lines),
		HANDLER_TEST(csv_has_the_documented_columns),
		HANDLER_TEST(csv_full_adds_four_columns_a_domain),
		HANDLER_TEST(a_domain_with_a_separator_in_its_name_is_quoted),
		HANDLER_TEST(json_has_one_document_a_line),
		HANDLER_TEST(json_numbers_the_traces_of_a_handler),
		HANDLER_TEST(a_trace_without_samples_leaves_csv_and_print_alone),
		HANDLER_TEST(csv_appends_under_its_own_header),
		HANDLER_TEST(two_handlers_share_one_file),
		HANDLER_TEST(processes_that_append_at_once_do_not_mix),
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
		HANDLER_TEST(names_say_format_and_target),
		HANDLER_TEST(wrong_names_are_explained),
		HANDLER_TEST(files_that_cannot_be_written_are_refused_at_once),
		HANDLER_TEST(files_without_the_right_to_write_are_refused),
		HANDLER_TEST(each_domain_has_its_line_once),
		HANDLER_TEST(an_estimate_says_so_in_print_and_csv),
		HANDLER_TEST(formats_that_say_it_themselves_owe_no_line),
		HANDLER_TEST(a_failed_write_gives_no_notice_yet),
		HANDLER_TEST(without_a_receiver_notices_go_to_standard_error),
		HANDLER_TEST(calls_of_one_handler_never_overlap),
		HANDLER_TEST(an_older_shorter_table_of_functions_is_taken),
		HANDLER_TEST(wrong_arguments_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
