/* SPDX-License-Identifier: MIT */
/* The built-in handlers: every byte that they write, the names that open them, their notices, and the handler as an
 * object. */
#include <fcntl.h>
#include <pthread.h>

#include "handlers_common.h"

/* ---- the formats ---- */

static void print_has_the_documented_lines(void **state)
{
	(void)state;
	write_one("print:out", rich());
	assert_string_equal(content("out"),
	    "begin timestamp : 1732345678.125; tag : foo; duration : 1.5; package_0 : 12500000.0; nvidia_gpu_0 : n/a\n"
	    "begin timestamp : 1732345678.125; tag : a;\"b\"\\x0a\\xff; duration : 1.5; package_0 : 0.0; nvidia_gpu_0 : "
	    "n/a\n");
}

static void csv_has_the_documented_columns(void **state)
{
	(void)state;
	write_one("csv:out", rich());
	assert_string_equal(content("out"),
	    "timestamp;tag;duration;package_0;nvidia_gpu_0\n"
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
	static const char expected[] =
	    "timestamp;tag;duration;\"my;\"\"own\"\"\";\"my;\"\"own\"\"_low\";\"my;\"\"own\"\"_high\";";
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

/* Byte for byte what a handler of that format writes. */
static void the_text_of_a_trace_is_what_a_handler_writes(void **state)
{
	(void)state;
	static const char *const formats[] = { "print", "csv", "csv-full", "json" };
	for (size_t i = 0; i < COUNT(formats); i++) {
		joules_trace *trace = rich();
		char output[32], *header = NULL, *text = NULL, *whole = NULL;
		assert_int_equal(joules_trace_text(trace, formats[i], NULL, &header, &text), JOULES_OK);
		(void)snprintf(output, sizeof output, "%s:text-%zu", formats[i], i);
		write_one(output, trace);
		assert_true(asprintf(&whole, "%s%s", header, text) > 0);
		assert_string_equal(content(strchr(output, ':') + 1), whole);
		free(header);
		free(text);
		free(whole);
	}
}

static void the_text_of_a_trace_can_be_asked_for_in_part(void **state)
{
	(void)state;
	joules_trace *trace = rich(), *empty = trace_of(&package, NULL);
	char *header = NULL, *text = NULL;
	assert_int_equal(joules_trace_text(trace, "json", "night 7", NULL, &text), JOULES_OK);
	assert_memory_equal(text, "{\"name\": \"night 7\", ", 20);
	free(text);
	assert_int_equal(joules_trace_text(empty, "csv", NULL, &header, &text), JOULES_OK);
	assert_string_equal(header, "timestamp;tag;duration;package_0\n");
	assert_string_equal(text, "");
	free(header);
	free(text);
	assert_int_equal(joules_trace_text(trace, "parquet", NULL, &header, &text), JOULES_UNKNOWN_FORMAT);
	assert_message("print csv csv-full json");
	assert_null(header);
	assert_null(text);
	assert_int_equal(joules_trace_text(trace, "csv", NULL, &header, NULL), JOULES_INVALID_ARGUMENT);
	joules_trace_unref(empty);
	joules_trace_unref(trace);
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

static joules_trace *labelled(void)
{
	joules_trace *trace = simple("one");
	assert_int_equal(joules_trace_label_set(trace, "command", "xz -k \"f\""), JOULES_OK);
	assert_int_equal(joules_trace_label_set(trace, "exit_status", "0"), JOULES_OK);
	assert_int_equal(joules_trace_label_set(trace, "bytes", "\xff"), JOULES_OK);
	return trace;
}

static void json_has_the_labels_and_tables_do_not(void **state)
{
	(void)state;
	write_one("json:out", labelled());
	const char *labels =
	    ", \"labels\": {\"command\": \"xz -k \\\"f\\\"\", \"exit_status\": \"0\", \"bytes\": \"\\ufffd\"}}\n";
	const char *text = content("out");
	assert_true(strlen(text) > strlen(labels));
	assert_string_equal(text + strlen(text) - strlen(labels), labels);
	static const char *const tables[] = { "print", "csv", "csv-full" };
	for (size_t i = 0; i < COUNT(tables); i++) {
		char output[32];
		(void)snprintf(output, sizeof output, "%s:with", tables[i]);
		write_one(output, labelled());
		char *with = strdup(content("with"));
		(void)snprintf(output, sizeof output, "%s:without", tables[i]);
		write_one(output, simple("one"));
		assert_string_equal(content("without"), with);
		free(with);
		assert_int_equal(remove("with"), 0);
		assert_int_equal(remove("without"), 0);
	}
}

static void a_trace_without_samples_leaves_csv_and_print_alone(void **state)
{
	(void)state;
	write_one("csv:out.csv", trace_of(&package, NULL));
	write_one("print:out.txt", trace_of(&package, NULL));
	assert_string_equal(content("out.csv"), "");
	assert_string_equal(content("out.txt"), "");
}

/* ---- names of outputs ---- */

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
		{ "cvs:x", JOULES_UNKNOWN_FORMAT, "did you mean 'csv'?" },
		{ "JSON:x", JOULES_UNKNOWN_FORMAT, "did you mean 'json'?" },
		{ "csv_full:x", JOULES_UNKNOWN_FORMAT, "did you mean 'csv-full'?" },
		{ "cvs:x", JOULES_UNKNOWN_FORMAT, "print csv csv-full json sqlite mongodb" },
		{ "parquet:x", JOULES_UNKNOWN_FORMAT,
		    "no format 'parquet'; the formats are print csv csv-full json sqlite mongodb" },
		{ "an-unreasonably-long-name:x", JOULES_UNKNOWN_FORMAT, "print csv csv-full json sqlite mongodb" },
		{ "out.txt", JOULES_UNKNOWN_FORMAT, "print csv csv-full json sqlite mongodb" },
		{ "runs.csv/out", JOULES_UNKNOWN_FORMAT, "FORMAT:runs.csv/out" },
		{ "out", JOULES_UNKNOWN_FORMAT, "FORMAT:out" },
		{ "-", JOULES_UNKNOWN_FORMAT, "FORMAT:-" },
		{ ":x", JOULES_UNKNOWN_FORMAT, "print csv csv-full json sqlite mongodb" },
		{ "out", JOULES_UNKNOWN_FORMAT, "let the name end with one of: .csv .json .jsonl" },
		{ "mongdb://alice:secret@db/x", JOULES_UNKNOWN_FORMAT,
		    "begin with mongdb://; did you mean 'mongodb'? The formats are print csv" },
		{ "mongodb//alice:secret@db/x", JOULES_UNKNOWN_FORMAT, "write FORMAT:mongodb//alice:***@db/x, where" },
		{ "s3://bucket/x.csv", JOULES_UNKNOWN_FORMAT, "begin with s3://" },
		{ "csv:http://alice:secret@db/x", JOULES_IO, "http://alice:***@db/x" },
		{ "csv://x.csv", JOULES_UNKNOWN_FORMAT, "begin with csv://;" },
		{ "", JOULES_INVALID_ARGUMENT, "FORMAT:FILE" },
		{ "json", JOULES_INVALID_ARGUMENT, "FORMAT:-" },
		{ "csv:", JOULES_INVALID_ARGUMENT, "FORMAT:FILE" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		joules_handler *handler = (joules_handler *)&handler;
		assert_int_equal(joules_handler_open(&handler, cases[i].output), cases[i].status);
		assert_null(handler);
		assert_message(cases[i].says);
	}
	static const char *const names[] = { "print", "csv", "csv-full", "json", "sqlite", "mongodb" };
	for (size_t i = 0; i < COUNT(names); i++)
		assert_string_equal(joules_handler_format(i), names[i]);
	assert_null(joules_handler_format(COUNT(names)));
	joules_handler *handler = NULL;
	assert_int_equal(joules_handler_open(&handler, NULL), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_handler_open(NULL, "print"), JOULES_INVALID_ARGUMENT);
}

/* ---- notices ---- */

static joules_domain estimated = { .size = sizeof estimated,
	.name = "estimated_cpu",
	.device = "estimate",
	.kind = JOULES_KIND_MODEL,
	.source = JOULES_ESTIMATED,
	.method = JOULES_METHOD_MODEL,
	.scope = "wall share",
	.available = true };

static void each_domain_has_its_line_once(void **state)
{
	(void)state;
	joules_handler *handler = opened("print:out");
	joules_trace *plain = simple("one");
	process(handler, plain, JOULES_OK);
	assert_string_equal(notices, "");
	process(handler, rich(), JOULES_OK);
	assert_int_equal(occurrences(notices, "\n"), 2);
	assert_int_equal(notice_kinds, JOULES_NOTICE_BELOW_TICK | JOULES_NOTICE_PARTIAL | JOULES_NOTICE_INVALID);
	assert_non_null(strstr(notices, "; 1 of 2 samples partial: read only part of the time"));
	assert_non_null(strstr(notices, "package_0: 1 of 2 samples below_tick"));
	assert_non_null(strstr(notices, "nvidia_gpu_0: 2 of 2 samples invalid: not measured; written as n/a, not as 0\n"));
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
		assert_int_equal(notice_kinds, JOULES_NOTICE_ESTIMATE);
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

static void wrong_arguments_are_refused(void **state)
{
	(void)state;
	static const joules_handler_ops empty = { .size = sizeof empty, .name = "empty" },
	                                sizeless = { .process = own_process };
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

/* ---- registered by a program ---- */

static char own_target[64];
static joules_status own_status;

static joules_status open_own(void *context, const char *target, void **state)
{
	(void)snprintf(own_target, sizeof own_target, "%s", target);
	*state = context;
	return own_status ? joules_fail(own_status, "mine does not open") : JOULES_OK;
}

static const char *file_of_own(void *state)
{
	return state ? "its-file" : NULL;
}

static const joules_handler_ops registered_ops = {
	.size = sizeof registered_ops,
	.name = "mine",
	.extensions = (const char *const[]){ ".csv", ".mine", NULL },
	.schemes = (const char *const[]){ "mine", "mine+srv", NULL },
	.open = open_own,
	.process = own_process,
	.close = own_close,
	.file = file_of_own,
};

static void a_registered_handler_opens_by_name_extension_and_scheme(void **state)
{
	(void)state;
	struct own own = { 0 };
	assert_int_equal(joules_handler_register(&registered_ops, &own), JOULES_OK);
	assert_string_equal(joules_handler_format(6), "mine");
	assert_null(joules_handler_format(7));
	static const struct {
		const char *output, *target;
	} cases[] = {
		{ "mine:here", "here" },
		{ "mine:", "" },
		{ "mine", "" },
		{ "mine:mine://there", "mine://there" },
		{ "runs.MINE", "runs.MINE" },
		{ "mine://there:1/x.csv", "mine://there:1/x.csv" },
		{ "Mine+SRV://there", "Mine+SRV://there" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		joules_handler *handler = opened(cases[i].output);
		assert_string_equal(own_target, cases[i].target);
		assert_string_equal(joules_handler_file(handler), "its-file");
		process(handler, simple("one"), JOULES_OK);
		assert_int_equal(joules_handler_close(handler), JOULES_OK);
	}
	assert_int_equal(own.processed, COUNT(cases));
	assert_int_equal(own.closed, COUNT(cases));
	/* What two claim is the first one's. */
	write_one("runs.csv", simple("one"));
	assert_memory_equal(content("runs.csv"), "timestamp", 9);

	own_status = JOULES_IO;
	joules_handler *handler = (joules_handler *)&handler;
	assert_int_equal(joules_handler_open(&handler, "mine:x"), JOULES_IO);
	assert_null(handler);
	assert_message("mine does not open");
	own_status = JOULES_OK;
	assert_int_equal(own.closed, COUNT(cases));

	assert_int_equal(joules_handler_open(&handler, "mnie:x"), JOULES_UNKNOWN_FORMAT);
	assert_message(
	    "there is no format 'mnie'; did you mean 'mine'? The formats are print csv csv-full json sqlite mongodb mine");
	assert_int_equal(joules_handler_open(&handler, "min://x"), JOULES_UNKNOWN_FORMAT);
	assert_message("did you mean 'mine'?");
	assert_int_equal(joules_handler_open(&handler, "out"), JOULES_UNKNOWN_FORMAT);
	assert_message(".jsonl .db .sqlite .csv .mine");
}

static void what_cannot_be_registered_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		bool opens, processes;
		const char *says;
	} bad[] = {
		{ "csv", true, true, "a format 'csv' already" },
		{ "mine", true, true, "a format 'mine' already" },
		{ NULL, true, true, "a name of letters" },
		{ "", true, true, "a name of letters" },
		{ "a:b", true, true, "a name of letters" },
		{ "other", false, true, "open" },
		{ "other", true, false, "process" },
	};
	for (size_t i = 0; i < COUNT(bad); i++) {
		const joules_handler_ops ops = { .size = sizeof ops,
			.name = bad[i].name,
			.open = bad[i].opens ? open_own : NULL,
			.process = bad[i].processes ? own_process : NULL };
		assert_int_equal(joules_handler_register(&ops, NULL), JOULES_INVALID_ARGUMENT);
		assert_message(bad[i].says);
	}
	assert_int_equal(joules_handler_register(NULL, NULL), JOULES_INVALID_ARGUMENT);
	assert_null(joules_handler_format(7));
}

static void a_handler_says_which_file_it_writes(void **state)
{
	(void)state;
	static const struct {
		const char *output, *file;
	} cases[] = { { "csv:./a", "./a" }, { "b.json", "b.json" }, { "csv:x:y", "x:y" }, { "print", "-" },
		{ "print:", "-" }, { "json:-", "-" } };
	for (size_t i = 0; i < COUNT(cases); i++) {
		joules_handler *handler = opened(cases[i].output);
		assert_string_equal(joules_handler_file(handler), cases[i].file);
		assert_int_equal(joules_handler_close(handler), JOULES_OK);
	}
	struct own own = { 0 };
	joules_handler *handler;
	assert_int_equal(joules_handler_new(&handler, &own_ops, &own), JOULES_OK);
	assert_null(joules_handler_file(handler));
	(void)joules_handler_close(handler);
	assert_null(joules_handler_file(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HANDLER_TEST(print_has_the_documented_lines),
		HANDLER_TEST(csv_has_the_documented_columns),
		HANDLER_TEST(csv_full_adds_four_columns_a_domain),
		HANDLER_TEST(a_domain_with_a_separator_in_its_name_is_quoted),
		HANDLER_TEST(json_has_one_document_a_line),
		HANDLER_TEST(the_text_of_a_trace_is_what_a_handler_writes),
		HANDLER_TEST(the_text_of_a_trace_can_be_asked_for_in_part),
		HANDLER_TEST(json_numbers_the_traces_of_a_handler),
		HANDLER_TEST(json_has_the_labels_and_tables_do_not),
		HANDLER_TEST(a_trace_without_samples_leaves_csv_and_print_alone),
		HANDLER_TEST(names_say_format_and_target),
		HANDLER_TEST(wrong_names_are_explained),
		HANDLER_TEST(each_domain_has_its_line_once),
		HANDLER_TEST(an_estimate_says_so_in_print_and_csv),
		HANDLER_TEST(formats_that_say_it_themselves_owe_no_line),
		HANDLER_TEST(a_failed_write_gives_no_notice_yet),
		HANDLER_TEST(without_a_receiver_notices_go_to_standard_error),
		HANDLER_TEST(calls_of_one_handler_never_overlap),
		HANDLER_TEST(wrong_arguments_are_refused),
		HANDLER_TEST(a_handler_says_which_file_it_writes),
		HANDLER_TEST(a_registered_handler_opens_by_name_extension_and_scheme),
		HANDLER_TEST(what_cannot_be_registered_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
