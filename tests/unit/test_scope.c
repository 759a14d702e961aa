/* SPDX-License-Identifier: MIT */
/* Scopes on a device whose counter moves only when spend() is called, so that every value is exact. */
#include "api/process.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the device ---- */

static atomic_ullong spent;
static bool absent;
static bool scope_in_device;

static void spend(unsigned joules)
{
	atomic_fetch_add(&spent, joules);
}

static joules_status discover(void *context, const joules_options *options, joules_discovery *found)
{
	(void)context;
	(void)options;
	if (absent)
		return joules_discovery_absent(
		    found, &(joules_absence){ .size = sizeof(joules_absence), .reason = "the test took it away" });
	joules_domain domain = JOULES_DOMAIN_INIT;
	domain.name = "spent_0";
	domain.unit_j = 1.0;
	return joules_discovery_add(found, &domain);
}

static joules_status open_device(
    void *context, const joules_options *options, const joules_domain *const *domains, size_t count, void **state)
{
	(void)context;
	(void)options;
	(void)domains;
	*state = NULL;
	return count == 1 ? JOULES_OK : joules_fail(JOULES_NO_DOMAIN, "one domain, please");
}

static void read_device(void *state, joules_raw *const raw[])
{
	(void)state;
	if (scope_in_device) {
		JOULES_SCOPE("inside the device");
		JOULES_BREAK("still there");
	}
	errno = EIO;
	raw[0]->ok = true;
	raw[0]->count = atomic_load(&spent);
}

static void close_device(void *state)
{
	(void)state;
}

static const joules_device_ops device = { .size = sizeof device,
	.name = "spent",
	.discover = discover,
	.open = open_device,
	.read = read_device,
	.close = close_device };

static joules_meter *meter;
static char folder[] = "/tmp/joules-scope-XXXXXX";

/* An empty `proc` keeps the estimate away, so that the device above is all there is. */
static int set_up(void **state)
{
	(void)state;
	char proc[64];
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(proc, sizeof proc, "%s/proc", folder);
	if (mkdir(proc, 0700) != 0 || setenv("JOULES_SYSROOT", folder, 1) != 0 || unsetenv("JOULES_OUTPUT") != 0)
		return -1;
	if (joules_device_register(&device, NULL) != JOULES_OK)
		return -1;
	joules_options options = JOULES_OPTIONS_INIT;
	options.domains = "spent_0";
	if (joules_meter_open(&meter, &options) == JOULES_OK)
		return 0;
	fprintf(stderr, "%s\n", joules_error_message());
	return -1;
}

static int tear_down(void **state)
{
	(void)state;
	joules_default_meter_set(NULL);
	joules_meter_close(meter);
	char proc[64];
	(void)snprintf(proc, sizeof proc, "%s/proc", folder);
	return rmdir(proc) || rmdir(folder);
}

static int use_the_meter(void **state)
{
	(void)state;
	joules_default_meter_set(meter);
	joules_default_handler_set(NULL);
	return 0;
}

/* ---- what came out ---- */

static joules_trace **traces;
static size_t trace_count;

static void collect(size_t expected)
{
	assert_int_equal(joules_default_traces(&traces, &trace_count), JOULES_OK);
	assert_int_equal(trace_count, expected);
}

static void release(void)
{
	joules_traces_free(traces, trace_count);
	traces = NULL;
	trace_count = 0;
}

static void check_sample(const joules_trace *trace, size_t index, const char *tag, double joules)
{
	joules_sample *sample = NULL;
	assert_int_equal(joules_trace_sample(trace, index, &sample), JOULES_OK);
	assert_string_equal(sample->tag, tag);
	assert_int_equal(sample->domain_count, 1);
	if (!(joules_sample_energy(sample, 0)->joules == joules))
		fail_msg("%s: %g J, not %g J", tag, joules_sample_energy(sample, 0)->joules, joules);
	assert_true(sample->duration_s >= 0.0 && sample->timestamp > 0.0);
	joules_sample_free(sample);
}

static void check_trace(const joules_trace *trace, const char *tag, double joules)
{
	assert_int_equal(joules_trace_count(trace), 1);
	check_sample(trace, 0, tag, joules);
}

/* ---- blocks, functions, ways out ---- */

static void a_block_is_a_trace_and_a_break_a_sample(void **state)
{
	(void)state;
	{
		JOULES_SCOPE("load");
		spend(3);
		JOULES_BREAK("solve");
		spend(4);
		JOULES_BREAK(NULL);
		spend(5);
	}
	spend(100);
	collect(1);
	assert_int_equal(joules_trace_count(traces[0]), 3);
	check_sample(traces[0], 0, "load", 3);
	check_sample(traces[0], 1, "solve", 4);
	check_sample(traces[0], 2, "", 5);
	release();
	collect(0);
	assert_null(traces);
}

static void nested_blocks_do_not_disturb_each_other(void **state)
{
	(void)state;
	{
		JOULES_SCOPE("outer");
		spend(1);
		{
			JOULES_SCOPE("inner");
			spend(2);
			JOULES_BREAK("inner again");
			spend(4);
		}
		spend(8);
		JOULES_BREAK("outer again");
		spend(16);
	}
	collect(2);
	assert_int_equal(joules_trace_count(traces[0]), 2);
	check_sample(traces[0], 0, "inner", 2);
	check_sample(traces[0], 1, "inner again", 4);
	assert_int_equal(joules_trace_count(traces[1]), 2);
	check_sample(traces[1], 0, "outer", 15);
	check_sample(traces[1], 1, "outer again", 16);
	release();
}

static void recurse(unsigned depth)
{
	JOULES_FUNCTION();
	spend(1);
	if (depth > 1)
		recurse(depth - 1);
}

static void a_function_may_call_itself(void **state)
{
	(void)state;
	recurse(5);
	collect(5);
	for (size_t i = 0; i < 5; i++)
		check_trace(traces[i], "recurse", (double)i + 1);
	release();
}

static int returns_early(int way)
{
	JOULES_SCOPE("function");
	for (int i = 0; i < 3; i++) {
		JOULES_SCOPE("turn");
		spend(1);
		if (way == 0)
			continue;
		if (way == 1)
			break;
		if (way == 2)
			return i;
		if (way == 3)
			goto out;
	}
	spend(10);
out:
	return -1;
}

static void every_way_out_is_counted(void **state)
{
	(void)state;
	static const struct {
		size_t turns;
		double joules;
	} expected[] = { { 3, 13 }, { 1, 11 }, { 1, 1 }, { 1, 1 } };
	for (int way = 0; way < 4; way++) {
		(void)returns_early(way);
		size_t turns = expected[way].turns;
		collect(turns + 1);
		for (size_t i = 0; i < turns; i++)
			check_trace(traces[i], "turn", 1);
		check_trace(traces[turns], "function", expected[way].joules);
		release();
	}
}

static void a_break_outside_of_a_scope_is_ignored(void **state)
{
	(void)state;
	JOULES_BREAK("nowhere");
	collect(0);
}

static void errno_stays_as_it_was(void **state)
{
	(void)state;
	errno = ENOTTY;
	{
		JOULES_SCOPE("block");
		assert_int_equal(errno, ENOTTY);
		JOULES_BREAK("again");
		assert_int_equal(errno, ENOTTY);
	}
	assert_int_equal(errno, ENOTTY);
	collect(1);
	release();
}

static void leaving_in_another_order_crashes_nothing(void **state)
{
	(void)state;
	joules_scope *outer = joules_scope_enter("outer");
	joules_scope *middle = joules_scope_enter("middle");
	joules_scope *inner = joules_scope_enter("inner");
	spend(1);
	joules_scope_leave(&middle);
	assert_null(middle);
	spend(2);
	joules_scope_leave(&outer);
	joules_scope_break("inner again");
	spend(4);
	joules_scope_leave(&inner);
	joules_scope_leave(&inner);
	joules_scope_leave(NULL);
	joules_scope_break("nowhere");
	collect(3);
	check_trace(traces[0], "middle", 1);
	check_trace(traces[1], "outer", 3);
	assert_int_equal(joules_trace_count(traces[2]), 2);
	check_sample(traces[2], 1, "inner again", 4);
	release();
}

static void *leave_it(void *context)
{
	joules_scope *scope = context;
	joules_scope_leave(&scope);
	JOULES_SCOPE("the other thread's own");
	return NULL;
}

static void another_thread_may_leave_a_scope(void **state)
{
	(void)state;
	joules_scope *handed_over = joules_scope_enter("handed over");
	spend(1);
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, leave_it, handed_over), 0);
	pthread_join(thread, NULL);
	joules_scope_break("over already");
	{
		JOULES_SCOPE("next");
		spend(2);
	}
	collect(3);
	check_trace(traces[0], "handed over", 1);
	check_trace(traces[1], "the other thread's own", 0);
	check_trace(traces[2], "next", 2);
	release();
}

/* ---- threads ---- */

enum { THREADS = 12, ROUNDS = 40 };

static void *work_in_thread(void *context)
{
	const char *name = context;
	for (int i = 0; i < ROUNDS; i++) {
		JOULES_SCOPE(name);
		JOULES_BREAK("second");
		{
			JOULES_SCOPE("inner");
			spend(1);
		}
		JOULES_BREAK(name);
	}
	return NULL;
}

static void threads_do_not_disturb_each_other(void **state)
{
	(void)state;
	pthread_t threads[THREADS];
	char names[THREADS][16];
	for (size_t i = 0; i < THREADS; i++) {
		(void)snprintf(names[i], sizeof names[i], "thread %zu", i);
		assert_int_equal(pthread_create(&threads[i], NULL, work_in_thread, names[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	collect((size_t)THREADS * ROUNDS * 2);
	size_t inner = 0, outer[THREADS] = { 0 };
	joules_sample *sample = NULL;
	for (size_t i = 0; i < trace_count; i++) {
		assert_int_equal(joules_trace_sample(traces[i], 0, &sample), JOULES_OK);
		unsigned number;
		if (sscanf(sample->tag, "thread %u", &number) != 1) {
			assert_string_equal(sample->tag, "inner");
			assert_true(joules_sample_energy(sample, 0)->joules >= 1.0);
			inner++;
			continue;
		}
		outer[number]++;
		char tag[16];
		(void)snprintf(tag, sizeof tag, "thread %u", number);
		assert_int_equal(joules_trace_count(traces[i]), 3);
		assert_int_equal(joules_trace_find(traces[i], "second", 0), 1);
		assert_int_equal(joules_trace_find(traces[i], tag, 1), 2);
	}
	joules_sample_free(sample);
	assert_int_equal(inner, THREADS * ROUNDS);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(outer[i], ROUNDS);
	release();
}

static void *set_handlers(void *context)
{
	atomic_bool *over = context;
	while (!atomic_load(over)) {
		joules_default_handler_set(NULL);
		joules_meter *used;
		(void)joules_default_meter(&used);
		joules_trace **some;
		size_t count;
		if (joules_default_traces(&some, &count) == JOULES_OK)
			joules_traces_free(some, count);
	}
	return NULL;
}

static void settings_may_change_meanwhile(void **state)
{
	(void)state;
	atomic_bool over = false;
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, set_handlers, &over), 0);
	work_in_thread((char[]){ "main" });
	atomic_store(&over, true);
	pthread_join(thread, NULL);
	joules_traces_free(NULL, 0);
	assert_int_equal(joules_default_traces(&traces, &trace_count), JOULES_OK);
	release();
}

/* ---- fork ---- */

/* Runs what the child checks, and passes its failure on. A failed cmocka assertion in a child would go on with the next
 * test there. */
static void in_child(bool (*check)(void))
{
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(check() ? 0 : 1);
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static bool one_trace(const char *tag, double joules)
{
	joules_trace **some;
	size_t count;
	joules_sample *sample = NULL;
	bool good = joules_default_traces(&some, &count) == JOULES_OK && count == 1 &&
	    joules_trace_sample(some[0], 0, &sample) == JOULES_OK && strcmp(sample->tag, tag) == 0 &&
	    joules_sample_energy(sample, 0)->joules == joules;
	if (!good)
		fprintf(stderr, "%zu traces, not one of %s with %g J\n", count, tag, joules);
	joules_sample_free(sample);
	joules_traces_free(some, count);
	return good;
}

static bool goes_on_in_child(void)
{
	{
		JOULES_SCOPE("child");
		spend(7);
	}
	return one_trace("child", 7);
}

static void a_fork_inside_a_scope(void **state)
{
	(void)state;
	{
		JOULES_SCOPE("parent");
		spend(1);
		in_child(goes_on_in_child);
		spend(2);
	}
	collect(1);
	check_trace(traces[0], "parent", 3);
	release();
}

static atomic_bool forking_over;
static char busy[] = "busy";

static void *scopes_until_over(void *context)
{
	/* With pauses: traces that nobody takes pile up, and each forked child copies, page by page, all that it frees. */
	while (!atomic_load(&forking_over)) {
		work_in_thread(context);
		usleep(1000);
	}
	return NULL;
}

static bool can_use_scopes(void)
{
	alarm(20); /* a lock that stayed taken would end here */
	{
		JOULES_SCOPE("child");
	}
	joules_trace **some;
	size_t count;
	return joules_default_traces(&some, &count) == JOULES_OK && count > 0;
}

static void a_fork_while_threads_are_in_scopes(void **state)
{
	(void)state;
	pthread_t threads[3];
	atomic_store(&forking_over, false);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, scopes_until_over, busy), 0);
	for (int i = 0; i < 10; i++) {
		in_child(can_use_scopes);
		assert_int_equal(joules_default_traces(&traces, &trace_count), JOULES_OK);
		release();
	}
	atomic_store(&forking_over, true);
	for (size_t i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(joules_default_traces(&traces, &trace_count), JOULES_OK);
	release();
}

/* ---- handlers ---- */

struct counting {
	size_t processed;
	joules_status answer;
	bool scope_inside;
};

static joules_status count_trace(void *context, joules_trace *trace)
{
	struct counting *counting = context;
	assert_int_equal(joules_trace_count(trace), 1);
	counting->processed++;
	if (counting->scope_inside) {
		JOULES_SCOPE("inside the handler");
		JOULES_BREAK("still there");
	}
	return counting->answer == JOULES_OK ? JOULES_OK : joules_fail(counting->answer, "the disk is full");
}

static const joules_handler_ops counting_ops = {
	.size = sizeof counting_ops, .name = "counting", .process = count_trace
};

static void finished_traces_go_to_the_handler(void **state)
{
	(void)state;
	struct counting counting = { 0, JOULES_OK, true };
	joules_handler *handler;
	assert_int_equal(joules_handler_new(&handler, &counting_ops, &counting), JOULES_OK);
	joules_default_handler_set(handler);
	recurse(3);
	assert_int_equal(counting.processed, 3);
	collect(0);
	/* A handler that fails keeps the trace for its next save: it is not kept twice. */
	counting.answer = JOULES_IO;
	recurse(2);
	assert_int_equal(counting.processed, 5);
	collect(0);
	joules_default_handler_set(NULL);
	recurse(1);
	collect(1);
	check_trace(traces[0], "recurse", 1);
	release();
	counting.answer = JOULES_OK;
	joules_handler_close(handler);
}

static atomic_size_t slow_lines;

static joules_status take_slowly(void *context, joules_trace *trace)
{
	(void)context;
	(void)trace;
	usleep(300);
	slow_lines++;
	return JOULES_OK;
}

static const joules_handler_ops slow_ops = { .size = sizeof slow_ops, .name = "slow", .process = take_slowly };

static bool can_use_the_handler(void)
{
	alarm(20);
	size_t before = atomic_load(&slow_lines);
	recurse(1);
	return atomic_load(&slow_lines) == before + 1;
}

static void a_fork_while_a_handler_takes_a_trace(void **state)
{
	(void)state;
	joules_handler *handler;
	assert_int_equal(joules_handler_new(&handler, &slow_ops, NULL), JOULES_OK);
	joules_default_handler_set(handler);
	pthread_t thread;
	atomic_store(&forking_over, false);
	assert_int_equal(pthread_create(&thread, NULL, scopes_until_over, busy), 0);
	for (int i = 0; i < 10; i++)
		in_child(can_use_the_handler);
	atomic_store(&forking_over, true);
	pthread_join(thread, NULL);
	joules_default_handler_set(NULL);
	joules_handler_close(handler);
}

static void a_scope_in_a_device_measures_nothing(void **state)
{
	(void)state;
	scope_in_device = true;
	recurse(2);
	scope_in_device = false;
	collect(2);
	check_trace(traces[0], "recurse", 1);
	check_trace(traces[1], "recurse", 2);
	release();
}

/* ---- $JOULES_OUTPUT: in children, before anything set a handler in this process ---- */

static bool writes_to_output(void)
{
	char output[96], line[512] = "", more[8];
	(void)snprintf(output, sizeof output, "json:%s/traces.json", folder);
	setenv("JOULES_OUTPUT", output, 1);
	joules_default_meter_set(meter);
	{
		JOULES_SCOPE("from outside");
		spend(2);
	}
	joules_handler *handler = NULL;
	bool used = process_handler(&handler) == JOULES_OK && handler;
	joules_trace **some;
	size_t count = 1;
	bool kept = joules_default_traces(&some, &count) != JOULES_OK || count != 0;
	FILE *file = fopen(strchr(output, ':') + 1, "r");
	bool written = file && fgets(line, sizeof line, file) && strstr(line, "\"from outside\"") &&
	    strstr(line, "{\"spent_0\": 2000000.0}") && !fgets(more, sizeof more, file);
	if (file)
		fclose(file);
	unlink(strchr(output, ':') + 1);
	/* The program's own choice wins. */
	joules_default_handler_set(NULL);
	{
		JOULES_SCOPE("kept");
		spend(1);
	}
	if (!used || kept || !written)
		fprintf(stderr, "used %d, kept %d, written: %s\n", used, kept, line);
	return used && !kept && written && process_handler(&handler) == JOULES_OK && !handler && one_trace("kept", 1);
}

static void an_output_can_be_set_from_outside(void **state)
{
	(void)state;
	in_child(writes_to_output);
}

static char target_of_mine[64];

static joules_status open_mine(void *context, const char *target, void **state)
{
	(void)snprintf(target_of_mine, sizeof target_of_mine, "%s", target);
	*state = context;
	return JOULES_OK;
}

static const joules_handler_ops mine_ops = {
	.size = sizeof mine_ops, .name = "mine", .open = open_mine, .process = count_trace
};

static bool sends_to_a_registered_handler(void)
{
	struct counting counting = { 0, JOULES_OK, false };
	setenv("JOULES_OUTPUT", "mine:anywhere", 1);
	bool registered = joules_handler_register(&mine_ops, &counting) == JOULES_OK;
	joules_default_meter_set(meter);
	recurse(2);
	return registered && counting.processed == 2 && strcmp(target_of_mine, "anywhere") == 0;
}

static void an_output_may_be_the_programs_own(void **state)
{
	(void)state;
	in_child(sends_to_a_registered_handler);
}

/* From here on standard error goes into a pipe. */
static int catch_errors(void)
{
	int ends[2];
	if (pipe2(ends, O_NONBLOCK) != 0 || dup2(ends[1], STDERR_FILENO) < 0)
		return -1;
	return ends[0];
}

/* One line that begins with these words, and nothing else. */
static bool is_said(int fd, const char *words)
{
	char line[1024];
	ssize_t length = read(fd, line, sizeof line - 1);
	line[length > 0 ? length : 0] = '\0';
	char *end = strchr(line, '\n');
	return strncmp(line, words, strlen(words)) == 0 && end && !end[1];
}

static bool keeps_what_cannot_be_output(void)
{
	setenv("JOULES_OUTPUT", "csv:/nonexistent/folder/traces.csv", 1);
	joules_default_meter_set(meter);
	int said = catch_errors();
	{
		JOULES_SCOPE("kept");
		spend(2);
	}
	bool told = is_said(said, "joules: JOULES_OUTPUT=csv:/nonexistent/folder/traces.csv: cannot write");
	joules_handler *handler;
	joules_status status = process_handler(&handler);
	bool explained =
	    status != JOULES_OK && !handler && strstr(joules_error_message(), "/nonexistent/folder/traces.csv");
	if (!explained)
		fprintf(stderr, "%d: %s\n", (int)status, joules_error_message());
	return told && explained && one_trace("kept", 2);
}

static bool goes_on_without_format(void)
{
	setenv("JOULES_OUTPUT", "mongdb://alice:secret@db/x?y=z", 1);
	joules_default_meter_set(meter);
	int said = catch_errors();
	for (int i = 0; i < 2; i++) {
		JOULES_SCOPE("twice");
	}
	return is_said(said, "joules: JOULES_OUTPUT=mongdb://alice:***@db/x?…: there is no format for addresses");
}

static void an_output_of_no_format_costs_one_line(void **state)
{
	(void)state;
	in_child(goes_on_without_format);
}

static void traces_are_kept_where_the_output_cannot_be_opened(void **state)
{
	(void)state;
	in_child(keeps_what_cannot_be_output);
}

/* ---- where nothing can be measured ---- */

static bool goes_on_without_meter(void)
{
	absent = true;
	joules_scope *outer = joules_scope_enter("measured");
	spend(1);
	joules_default_meter_set(NULL);
	{
		JOULES_SCOPE("unmeasured");
		JOULES_BREAK("of the unmeasured one");
		spend(2);
	}
	joules_meter *none = meter;
	joules_status status = joules_default_meter(&none);
	bool explained = status == JOULES_NO_DEVICE && !none && strstr(joules_error_message(), "the test took it away");
	(void)joules_fail(JOULES_IO, "another failure");
	bool again = joules_default_meter(&none) == status && strstr(joules_error_message(), "the test took it away");
	joules_scope_leave(&outer);
	recurse(3);
	if (!explained || !again)
		fprintf(stderr, "%d: %s\n", (int)status, joules_error_message());
	/* The break of the unmeasured scope did not end the sample of the one around it. */
	return one_trace("measured", 3) && explained && again;
}

static void nothing_to_measure_stops_no_program(void **state)
{
	(void)state;
	in_child(goes_on_without_meter);
}

static bool opens_its_own_meter(void)
{
	joules_default_meter_set(NULL);
	recurse(1);
	joules_meter *own;
	return joules_default_meter(&own) == JOULES_OK && own && own != meter && one_trace("recurse", 1);
}

static void without_a_given_meter_the_process_has_its_own(void **state)
{
	(void)state;
	in_child(opens_its_own_meter);
}

static void bad_arguments_are_refused(void **state)
{
	(void)state;
	size_t count = 1;
	assert_int_equal(joules_default_meter(NULL), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_default_traces(NULL, &count), JOULES_INVALID_ARGUMENT);
	assert_int_equal(joules_default_traces(&traces, NULL), JOULES_INVALID_ARGUMENT);
}

#define WITH_METER(function) cmocka_unit_test_setup(function, use_the_meter)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_output_can_be_set_from_outside),
		cmocka_unit_test(an_output_may_be_the_programs_own),
		cmocka_unit_test(traces_are_kept_where_the_output_cannot_be_opened),
		cmocka_unit_test(an_output_of_no_format_costs_one_line),
		WITH_METER(a_block_is_a_trace_and_a_break_a_sample),
		WITH_METER(nested_blocks_do_not_disturb_each_other),
		WITH_METER(a_function_may_call_itself),
		WITH_METER(every_way_out_is_counted),
		WITH_METER(a_break_outside_of_a_scope_is_ignored),
		WITH_METER(errno_stays_as_it_was),
		WITH_METER(leaving_in_another_order_crashes_nothing),
		WITH_METER(another_thread_may_leave_a_scope),
		WITH_METER(threads_do_not_disturb_each_other),
		WITH_METER(settings_may_change_meanwhile),
		WITH_METER(a_fork_inside_a_scope),
		WITH_METER(a_fork_while_threads_are_in_scopes),
		WITH_METER(finished_traces_go_to_the_handler),
		WITH_METER(a_fork_while_a_handler_takes_a_trace),
		WITH_METER(a_scope_in_a_device_measures_nothing),
		WITH_METER(nothing_to_measure_stops_no_program),
		WITH_METER(without_a_given_meter_the_process_has_its_own),
		WITH_METER(bad_arguments_are_refused),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
