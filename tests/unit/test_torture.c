/* SPDX-License-Identifier: MIT */
/* What happens when memory ends or a read fails, at every single place where that can be: nothing crashes, nothing
 * leaks, nothing that was measured is lost or silently wrong, and the same call works afterwards. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <joules/joules.h>

#include "fake_root.h"
#include "faults.h"
#include "model/trace.h"
#include "virtual.h"

/* Longer than the room that a recorder begins with. */
#define LONG_TAG "a tag that is longer than the sixty-three bytes which have room from the start, number "

/* ---- the two machines ---- */

static joules_options options;
static size_t domain_count, list_domains;

static void zone(const char *folder, const char *name)
{
	char path[160];
	snprintf(path, sizeof path, "sys/class/powercap/%s/name", folder);
	fake_root_write(path, name);
	snprintf(path, sizeof path, "sys/class/powercap/%s/energy_uj", folder);
	fake_root_write(path, "1000000\n");
	snprintf(path, sizeof path, "sys/class/powercap/%s/max_energy_range_uj", folder);
	fake_root_write(path, "262143328850\n");
}

static void processor(void)
{
	fake_root_write("proc/cpuinfo",
	    "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 106\nmodel name\t: Test\nflags\t\t: "
	    "fpu\n\n");
	fake_root_write("proc/stat", "cpu  1 2 3 4 5 6 7 8 0 0\n");
}

static int machine_setup(void **state)
{
	static bool registered;
	if (fake_root_setup(state))
		return -1;
	virtual_begin(11);
	if (!registered && joules_device_register(&virtual_ops, NULL) != JOULES_OK)
		return -1;
	registered = true;
	processor();
	options = (joules_options)JOULES_OPTIONS_INIT;
	options.sysroot = fake_root;
	return 0;
}

/* Counters inside the process. */
static int virtual_setup(void **state)
{
	if (machine_setup(state))
		return -1;
	virtual_add(&(struct virtual_spec){
	    .name = "package_0", .part = JOULES_PART_PACKAGE, .power = "constant 100", .tick = "rome" });
	virtual_add(&(struct virtual_spec){
	    .name = "core_0", .part = JOULES_PART_CORE, .parent = "package_0", .power = "constant 60", .tick = "rome" });
	virtual_add(
	    &(struct virtual_spec){ .name = "dram_0", .part = JOULES_PART_DRAM, .power = "constant 5", .tick = "rome" });
	options.domains = "virtual";
	domain_count = 3;
	list_domains = 3 + 1; /* and the estimate */
	return 0;
}

/* Files, on real descriptors: two sockets with memory, psys, and a zone of no known name. */
static int tree_setup(void **state)
{
	if (machine_setup(state))
		return -1;
	zone("intel-rapl:0", "package-0\n");
	zone("intel-rapl:0:0", "dram\n");
	zone("intel-rapl:1", "package-1\n");
	zone("intel-rapl:1:0", "dram\n");
	zone("intel-rapl:2", "psys\n");
	zone("intel-rapl:3", "mystery\n");
	options.domains = NULL;
	domain_count = 5;
	list_domains = 6 + 1;
	return 0;
}

/* No counter at all: the estimate. */
static int estimate_setup(void **state)
{
	if (machine_setup(state))
		return -1;
	options.domains = NULL;
	domain_count = 1;
	list_domains = 1;
	return 0;
}

static int machine_teardown(void **state)
{
	virtual_end();
	return fake_root_teardown(state);
}

static int descriptors(void)
{
	int count = 0;
	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* ---- every allocation ---- */

/* Runs the scenario with the first allocation failing, then the second, … until it needs no more. A scenario gives its
 * first status that is not JOULES_OK, checks its results where it succeeds, and releases everything. */
static void torture(joules_status (*scenario)(void), enum failing failing)
{
	assert_int_equal(scenario(), JOULES_OK); /* also what is made once in a process */
	size_t blocks = faults_blocks();
	int open = descriptors();
	bool happened = true;
	for (unsigned long nth = 1; happened; nth++) {
		assert_true(nth < 5000);
		faults_allocations(nth, failing);
		joules_status status = scenario();
		happened = faults_end();
		if (status != JOULES_NO_MEMORY && status != JOULES_OK)
			fail_msg("allocation %lu: %s: %s", nth, joules_status_name(status), joules_error_message());
		if (!happened)
			assert_int_equal(status, JOULES_OK);
		if (faults_blocks() != blocks)
			fail_msg("allocation %lu leaks: %zu blocks before, %zu after", nth, blocks, faults_blocks());
		assert_int_equal(descriptors(), open);
		assert_int_equal(scenario(), JOULES_OK);
		assert_int_equal(faults_blocks(), blocks);
	}
}

static void torture_both(joules_status (*scenario)(void))
{
	torture(scenario, FAIL_ONE);
	torture(scenario, FAIL_ALL_ON);
}

static joules_status list_scenario(void)
{
	joules_list *list;
	joules_status status = joules_list_new(&list, &options);
	if (status) {
		assert_null(list);
		return status;
	}
	/* Whatever is not in a list that was given out does not exist. */
	size_t found = 0;
	for (size_t i = 0; i < joules_list_device_count(list); i++) {
		const joules_device *device = joules_list_device(list, i);
		for (size_t j = 0; j < device->domain_count; j++) {
			const joules_domain *domain = device->domains[j];
			found++;
			assert_string_equal(domain->device, device->name);
			if (strcmp(device->name, "rapl") == 0)
				assert_int_equal(domain->available, domain->part != JOULES_PART_UNKNOWN);
			if (strcmp(device->name, "rapl") == 0 && domain->available) {
				assert_true(domain->unit_known);
				assert_int_equal(domain->range_uj, 262143328850);
				assert_false(domain->tick_s > 0.5); /* a bare machine's */
			}
		}
	}
	joules_list_free(list);
	assert_int_equal(found, list_domains);
	return JOULES_OK;
}

static void a_list_is_whole_or_there_is_none(void **state)
{
	(void)state;
	torture_both(list_scenario);
}

/* start, three records, stop, resume, stop. */
static joules_status measure(joules_meter *meter, joules_trace **trace)
{
	joules_status status = joules_meter_start(meter, LONG_TAG "1");
	for (int i = 0; i < 3 && !status; i++) {
		virtual_advance(50 * VIRTUAL_MS);
		status = joules_meter_record(meter, i % 2 ? "short" : LONG_TAG LONG_TAG "2");
		(void)joules_meter_settle(meter, 0.0);
	}
	virtual_advance(50 * VIRTUAL_MS);
	if (!status)
		status = joules_meter_stop(meter);
	if (!status)
		status = joules_meter_settle(meter, JOULES_UNTIL_SETTLED);
	if (!status)
		status = joules_meter_trace(meter, trace);
	if (status)
		return status;
	assert_int_equal(joules_trace_count(*trace), 4);
	status = joules_meter_resume(meter, LONG_TAG "1");
	virtual_advance(50 * VIRTUAL_MS);
	if (!status)
		status = joules_meter_stop(meter);
	joules_trace *longer = NULL;
	if (!status)
		status = joules_meter_trace(meter, &longer);
	if (!status) {
		assert_int_equal(joules_trace_count(longer), 5);
		assert_int_equal(joules_trace_find(longer, LONG_TAG "1", 1), 4);
	}
	assert_int_equal(joules_trace_count(*trace), 4);
	joules_trace_unref(longer);
	return status;
}

static joules_status meter_scenario(void)
{
	joules_meter *meter = NULL;
	joules_trace *trace = NULL, *idle = NULL;
	joules_status status = joules_meter_open(&meter, &options);
	if (status) {
		assert_null(meter);
		return status;
	}
	/* Never fewer domains than without trouble, and the same total. */
	assert_int_equal(joules_meter_domain_count(meter), domain_count);
	assert_int_equal(joules_meter_missing_count(meter), 0);
	if (strcmp(joules_meter_domain(meter, domain_count - 1)->name, "psys") == 0)
		assert_false(joules_meter_domain(meter, domain_count - 1)->in_total);
	status = measure(meter, &trace);
	if (!status)
		status = joules_meter_idle(meter, trace, &idle);
	if (!status)
		assert_int_equal(joules_trace_count(idle), joules_trace_count(trace));
	joules_trace_unref(trace);
	joules_trace_unref(idle);
	joules_meter_close(meter);
	return status;
}

static void a_meter_opens_whole_or_not_at_all(void **state)
{
	(void)state;
	torture_both(meter_scenario);
}

static joules_status psys_scenario(void)
{
	joules_meter *meter;
	options.domains = "dram_0,psys";
	joules_status status = joules_meter_open(&meter, &options);
	if (status)
		return status;
	const joules_domain *dram = joules_meter_domain(meter, 0);
	if (!dram->parent || strcmp(dram->parent, "psys") != 0)
		fail_msg("dram_0 lost its parent");
	joules_meter_close(meter);
	return JOULES_OK;
}

static void a_domain_keeps_its_parent(void **state)
{
	(void)state;
	torture_both(psys_scenario);
}

static joules_status readings_scenario(void)
{
	static joules_meter *meter;
	if (!meter)
		assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
	joules_reading *begin = NULL, *end = NULL;
	joules_sample *sample = NULL;
	joules_recorder *recorder = NULL;
	joules_trace *trace = NULL;
	joules_status status = joules_reading_new(meter, &begin);
	if (!status)
		status = joules_reading_new(meter, &end);
	if (!status)
		status = joules_read(meter, begin);
	virtual_advance(100 * VIRTUAL_MS);
	if (!status)
		status = joules_read(meter, end);
	if (!status)
		status = joules_between(meter, begin, end, &sample);
	if (!status)
		assert_int_equal(sample->domain_count, 3);
	if (!status)
		status = joules_recorder_new(meter, &recorder);
	if (!status)
		status = joules_recorder_start(recorder, LONG_TAG);
	if (!status)
		status = joules_recorder_stop(recorder);
	if (!status)
		status = joules_recorder_trace(recorder, &trace);
	joules_recorder_free(recorder);
	joules_trace_unref(trace);
	joules_sample_free(sample);
	joules_reading_free(begin);
	joules_reading_free(end);
	/* The meter of this scenario lives as long as the machine. */
	return status;
}

static void readings_and_recorders(void **state)
{
	(void)state;
	torture_both(readings_scenario);
}

static joules_status missing_scenario(void)
{
	joules_meter *meter;
	joules_options wrong = options;
	wrong.domains = "pakage_0";
	joules_status status = joules_meter_open(&meter, &wrong);
	assert_null(meter);
	assert_true(status == JOULES_NO_DOMAIN || status == JOULES_NO_MEMORY);
	if (status == JOULES_NO_DOMAIN)
		assert_non_null(strstr(joules_error_message(), "pakage_0"));
	return status == JOULES_NO_DOMAIN ? JOULES_OK : status;
}

static void an_error_is_told_without_memory_too(void **state)
{
	(void)state;
	torture_both(missing_scenario);
}

/* A struct that was not begun with its INIT macro is refused: what it says would be ignored in silence. */
/* ---- what is made of traces ---- */

static joules_trace *trace, *idle_trace;

static joules_trace *take_trace(joules_meter *meter)
{
	joules_trace *taken;
	assert_int_equal(joules_meter_trace(meter, &taken), JOULES_OK);
	return taken;
}

static void make_traces(void)
{
	joules_meter *meter;
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
	assert_int_equal(joules_meter_start(meter, "a"), JOULES_OK);
	for (int i = 0; i < 20; i++) {
		virtual_advance(10 * VIRTUAL_MS);
		assert_int_equal(joules_meter_record(meter, i % 2 ? LONG_TAG : "a"), JOULES_OK);
	}
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	trace = take_trace(meter);
	assert_int_equal(joules_trace_label_set(trace, "command", LONG_TAG), JOULES_OK);
	for (unsigned domain = 0; domain < 3; domain++)
		virtual_power(domain, "constant 1");
	assert_int_equal(joules_meter_idle(meter, trace, &idle_trace), JOULES_OK);
	joules_meter_close(meter);
}

static bool keep_even(const joules_sample *sample, void *context)
{
	(void)context;
	return strcmp(sample->tag, "a") == 0;
}

static joules_status rework_scenario(void)
{
	joules_trace *made[4] = { NULL };
	joules_sample *sum = NULL, *each = NULL;
	joules_statistics statistics = JOULES_STATISTICS_INIT;
	joules_comparison comparison = JOULES_COMPARISON_INIT;
	double low = 0.0, high = 0.0;
	const double values[] = { 1.0, 3.0, 2.0 };
	joules_status status = joules_trace_sum(trace, NULL, &sum);
	if (!status)
		status = joules_trace_sum(trace, "a", &each);
	if (!status)
		status = joules_trace_add(trace, trace, &made[0]);
	if (!status)
		status = joules_trace_clean(trace, keep_even, NULL, &made[1]);
	if (!status)
		status = joules_trace_remove_idle(trace, idle_trace, &made[2]);
	if (!status)
		status = joules_statistics_of(values, 3, &statistics);
	if (!status)
		status = joules_paired(values, values + 1, 2, 0.5, &comparison);
	if (!status)
		status = joules_shift(values, 3, values, 2, 0.5, &comparison);
	if (!status)
		status = joules_median_limits(values, 3, 0.8, &low, &high);
	if (!status)
		status = joules_trace_label_set(made[1], "command", "shorter");
	if (!status)
		status = joules_trace_label_set(made[1], "commit", LONG_TAG);
	if (!status) {
		assert_string_equal(joules_trace_label(made[0], "command"), LONG_TAG);
		assert_int_equal(joules_trace_label_count(made[1]), 2);
		assert_int_equal(joules_trace_count(made[0]), 42);
		assert_true(joules_trace_count(made[1]) >= 10);
		assert_int_equal(joules_trace_count(made[2]), 21);
		assert_true(statistics.median == 2.0);
	}
	assert_int_equal(joules_trace_count(trace), 21);
	for (size_t i = 0; i < 4; i++)
		joules_trace_unref(made[i]);
	joules_sample_free(sum);
	joules_sample_free(each);
	return status;
}

static void reworked_traces(void **state)
{
	(void)state;
	make_traces();
	torture_both(rework_scenario);
	joules_trace_unref(trace);
	joules_trace_unref(idle_trace);
}

static const char *format;

static void ignore(void *context, const joules_notice *notice)
{
	(void)context, (void)notice;
}

static size_t file_lines(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t lines = 0;
	for (int c; file && (c = getc(file)) != EOF;)
		lines += c == '\n';
	if (file)
		(void)fclose(file);
	return lines;
}

/* One trace: all of it is in the file in the end, once, however the first tries went. */
static joules_status handler_scenario(void)
{
	char path[128], output[160];
	static size_t lines;
	snprintf(path, sizeof path, "%s/out", fake_root);
	snprintf(output, sizeof output, "%s:%s", format, path);
	(void)remove(path);
	joules_handler *handler;
	joules_status status = joules_handler_open(&handler, output);
	if (status) {
		assert_null(handler);
		return status;
	}
	joules_handler_notices_set(handler, ignore, NULL);
	joules_status first = joules_handler_process(handler, trace);
	bool happened = faults_end();
	joules_status second = joules_handler_save(handler);
	assert_int_equal(second, JOULES_OK);
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
	if (first == JOULES_OK && !happened)
		lines = file_lines(path);
	assert_int_equal(file_lines(path), lines);
	return first;
}

static joules_status text_scenario(void)
{
	char *header, *text;
	joules_status status = joules_trace_text(trace, format, "name", &header, &text);
	(void)faults_end();
	assert_true((status == JOULES_OK) == (header && text));
	assert_true(status || (*text && text[strlen(text) - 1] == '\n'));
	free(header);
	free(text);
	return status;
}

static void handlers_of_all_formats(void **state)
{
	(void)state;
	static const char *const formats[] = { "print", "csv", "csv-full", "json" };
	make_traces();
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		format = formats[i];
		torture_both(handler_scenario);
		torture_both(text_scenario);
	}
	joules_trace_unref(trace);
	joules_trace_unref(idle_trace);
}

/* ---- blocks: the program goes on, whatever happens to its measurements ---- */

static int work(void)
{
	JOULES_SCOPE("outer");
	virtual_advance(10 * VIRTUAL_MS);
	{
		JOULES_SCOPE(LONG_TAG);
		virtual_advance(10 * VIRTUAL_MS);
		JOULES_BREAK(LONG_TAG LONG_TAG);
		virtual_advance(10 * VIRTUAL_MS);
	}
	JOULES_BREAK("after");
	return 42;
}

static joules_status scope_scenario(void)
{
	joules_trace **traces;
	size_t count;
	assert_int_equal(work(), 42);
	bool happened = faults_end();
	assert_int_equal(joules_default_traces(&traces, &count), JOULES_OK);
	/* A trace that is there is right: its last sample ends at the block's end. */
	for (size_t i = 0; i < count; i++) {
		joules_sample *sum = NULL;
		assert_int_equal(joules_trace_sum(traces[i], NULL, &sum), JOULES_OK);
		double seconds = joules_trace_find(traces[i], "outer", 0) == 0 ? 0.030 : 0.020;
		assert_true(fabs(sum->duration_s - seconds) < 0.002);
		joules_sample_free(sum);
	}
	if (!happened)
		assert_int_equal(count, 2);
	joules_traces_free(traces, count);
	return JOULES_OK;
}

static void blocks_never_stop_the_program(void **state)
{
	(void)state;
	joules_meter *meter;
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
	joules_default_meter_set(meter);
	/* Blocks at rest are kept for the next: their number grows by what failed in between. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(scope_scenario(), JOULES_OK);
	bool happened = true;
	for (unsigned long nth = 1; happened; nth++)
		for (int failing = FAIL_ONE; failing <= FAIL_ALL_ON; failing++) {
			assert_true(nth < 1000);
			faults_allocations(nth, (enum failing)failing);
			assert_int_equal(scope_scenario(), JOULES_OK);
			happened = faults_end();
			assert_int_equal(scope_scenario(), JOULES_OK);
		}
	joules_default_meter_set(NULL);
	joules_meter_close(meter);
}

/* ---- nothing measured is lost ---- */

/* Each call is tried with every one of its allocations failing, then for good: the trace has all that a lucky one has,
 * once. */
static void until_done(joules_meter *meter, joules_status (*verb)(joules_meter *, const char *), const char *tag)
{
	for (unsigned long nth = 1;; nth++) {
		assert_true(nth < 100);
		faults_allocations(nth, FAIL_ONE);
		joules_status status = verb(meter, tag);
		if (!faults_end() || status == JOULES_OK) {
			assert_int_equal(status, JOULES_OK);
			return;
		}
		assert_int_equal(status, JOULES_NO_MEMORY);
	}
}

static joules_status stop(joules_meter *meter, const char *tag)
{
	(void)tag;
	return joules_meter_stop(meter);
}

static void a_trace_has_every_sample_once(void **state)
{
	(void)state;
	enum { SAMPLES = 90 }; /* three chunks */
	joules_meter *meter;
	joules_sample *sample = NULL;
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
	virtual_cost(0, 0);
	char tags[SAMPLES + 1][200];
	for (int i = 0; i <= SAMPLES; i++) /* each longer than the one before */
		snprintf(tags[i], sizeof tags[i], "%.*s%d", i + 60, LONG_TAG LONG_TAG, i);
	until_done(meter, joules_meter_start, tags[0]);
	for (int i = 1; i < SAMPLES; i++) {
		virtual_advance(i * VIRTUAL_MS);
		until_done(meter, joules_meter_record, tags[i]);
	}
	virtual_advance(SAMPLES * VIRTUAL_MS);
	until_done(meter, stop, NULL);
	until_done(meter, joules_meter_resume, tags[SAMPLES]);
	virtual_advance(VIRTUAL_MS);
	until_done(meter, stop, NULL);
	trace = take_trace(meter);
	assert_int_equal(joules_trace_count(trace), SAMPLES + 1);
	for (int i = 0; i < SAMPLES; i++) {
		assert_int_equal(joules_trace_sample(trace, (size_t)i, &sample), JOULES_OK);
		assert_string_equal(sample->tag, tags[i]);
		assert_true(fabs(sample->duration_s - (i + 1) * 1e-3) < 1e-4);
	}
	joules_sample_free(sample);
	joules_trace_unref(trace);
	joules_meter_close(meter);
}

/* Where memory has run out for good, marks are lost, but not what was measured: stop needs none. */
static void stop_needs_no_memory(void **state)
{
	(void)state;
	enum { MOST = 90 };
	joules_meter *meter;
	for (size_t fits = 1; fits < MOST; fits++) {
		assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
		assert_int_equal(joules_meter_start(meter, "0"), JOULES_OK);
		for (size_t i = 1; i < fits; i++)
			assert_int_equal(joules_meter_record(meter, "0"), JOULES_OK);
		faults_allocations(1, FAIL_ALL_ON);
		size_t more = 0;
		while (more < MOST && joules_meter_record(meter, "new") == JOULES_OK)
			more++;
		joules_status status = joules_meter_stop(meter);
		assert_true(faults_end() || more == MOST);
		assert_int_equal(status, JOULES_OK);
		trace = take_trace(meter);
		assert_int_equal(joules_trace_count(trace), fits + more);
		joules_trace_unref(trace);
		joules_meter_close(meter);
	}
}

static void a_start_that_fails_keeps_the_trace_before(void **state)
{
	(void)state;
	joules_meter *meter;
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
	bool happened = true;
	for (unsigned long nth = 1; happened; nth++) {
		assert_int_equal(joules_meter_start(meter, "precious"), JOULES_OK);
		virtual_advance(10 * VIRTUAL_MS);
		assert_int_equal(joules_meter_stop(meter), JOULES_OK);
		char tag[400];
		snprintf(tag, sizeof tag, "%.*s", (int)(70 * nth), LONG_TAG LONG_TAG LONG_TAG LONG_TAG); /* longer each time */
		faults_allocations(nth, FAIL_ONE);
		joules_status status = joules_meter_start(meter, tag);
		happened = faults_end();
		if (!happened) {
			assert_int_equal(status, JOULES_OK);
			assert_int_equal(joules_meter_stop(meter), JOULES_OK);
			break;
		}
		assert_int_equal(status, JOULES_NO_MEMORY);
		assert_int_equal(joules_meter_settle(meter, JOULES_UNTIL_SETTLED), JOULES_OK); /* of the stop before */
		trace = take_trace(meter);
		assert_int_equal(joules_trace_count(trace), 1);
		assert_int_equal(joules_trace_find(trace, "precious", 0), 0);
		joules_trace_unref(trace);
	}
	joules_meter_close(meter);
}

/* ---- every read ---- */

static void spend(uint64_t microjoules)
{
	static const char *const zones[] = { "0", "0:0", "1", "1:0", "2", "3" };
	for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
		char path[160], text[32];
		snprintf(path, sizeof path, "sys/class/powercap/intel-rapl:%s/energy_uj", zones[i]);
		snprintf(text, sizeof text, "%llu\n", (unsigned long long)microjoules);
		fake_root_write(path, text);
	}
}

/* Three samples of 0.5, 1 and 1.5 J a domain: one reading more than samples, each of one read a domain. Domain d fails
 * in reading r where r × domains + d + 1 is the number of the read. */
static void one_failing_read(joules_meter *meter, unsigned long nth, enum read_fault fault)
{
	joules_sample *sample = NULL;
	uint64_t spent = 1000000000;
	spend(spent);
	assert_int_equal(joules_meter_start(meter, "0"), JOULES_OK); /* so that the counters' first read is a good one */
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	faults_reads(nth, fault);
	assert_int_equal(joules_meter_start(meter, "1"), JOULES_OK);
	for (uint64_t i = 1; i <= 3; i++) {
		spend(spent += i * 500000);
		assert_int_equal(i < 3 ? joules_meter_record(meter, "2") : joules_meter_stop(meter), JOULES_OK);
	}
	assert_true(faults_end());
	trace = take_trace(meter);
	size_t bad_reading = (nth - 1) / domain_count, bad_domain = (nth - 1) % domain_count;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(joules_trace_sample(trace, i, &sample), JOULES_OK);
		for (size_t d = 0; d < domain_count; d++) {
			const joules_energy *energy = joules_sample_energy(sample, d);
			bool harmed = fault != READ_EINTR && d == bad_domain && (bad_reading == i || bad_reading == i + 1);
			if (!harmed) {
				assert_false(energy->flags & (JOULES_PARTIAL | JOULES_INVALID));
				assert_true(fabs(energy->joules - 0.5 * (double)(i + 1)) < 1e-3);
			} else if (energy->flags & JOULES_PARTIAL) {
				assert_true(isnan(energy->high));
			} else {
				assert_true(energy->flags & JOULES_INVALID && isnan(energy->joules));
			}
		}
	}
	joules_sample_free(sample);
	joules_trace_unref(trace);
}

static void every_read_may_fail_and_harms_nothing_else(void **state)
{
	(void)state;
	joules_meter *meter;
	spend(1000000);
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
	for (enum read_fault fault = 0; fault < READ_FAULTS; fault++)
		for (unsigned long nth = 1; nth <= 4 * domain_count; nth++)
			one_failing_read(meter, nth, fault);
	joules_meter_close(meter);
}

/* low is certain too where the begin could not be read: what the first good read after it showed was spent before that
 * read, and part of it, up to a tick, perhaps before the begin. */
static void bounds_hold_where_reads_fail(void **state)
{
	(void)state;
	joules_meter *meter;
	joules_reading *begin, *end;
	joules_sample *sample = NULL;
	size_t partial = 0;
	uint64_t seed = 5;
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
	assert_int_equal(joules_reading_new(meter, &begin), JOULES_OK);
	assert_int_equal(joules_reading_new(meter, &end), JOULES_OK);
	for (int i = 0; i < 3000; i++) {
		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		virtual_fail(0, EIO, 1 + (seed >> 40) % 5, 1 + (seed >> 50) % 2);
		assert_int_equal(joules_read(meter, begin), JOULES_OK);
		int64_t from = virtual_now();
		for (int look = 0; look < 3; look++) {
			virtual_advance((int64_t)((seed >> 33) % 700000));
			(void)joules_settle(meter, begin, 0.0);
		}
		virtual_advance((int64_t)((seed >> 30) % 3000000));
		assert_int_equal(joules_read(meter, end), JOULES_OK);
		int64_t to = virtual_now();
		assert_int_equal(joules_between(meter, begin, end, &sample), JOULES_OK);
		joules_energy energy = *joules_sample_energy(sample, 0);
		if (energy.flags & JOULES_INVALID)
			continue;
		partial += (energy.flags & JOULES_PARTIAL) != 0;
		double truth = virtual_truth(0, from, to);
		if (!(energy.low <= truth + 1e-9 && !(energy.high < truth - 1e-9)))
			fail_msg("region %d: %.9f J is not in %.9f … %.9f", i, truth, energy.low, energy.high);
	}
	virtual_fail(0, EIO, UINT64_MAX, 1);
	assert_true(partial > 100);
	joules_sample_free(sample);
	joules_reading_free(begin);
	joules_reading_free(end);
	joules_meter_close(meter);
}

/* A read that fails while domains are looked for: that one is listed with its reason, or the value is not used. */
static void every_read_of_the_discovery_may_fail(void **state)
{
	(void)state;
	for (enum read_fault fault = 0; fault < READ_FAULTS; fault++) {
		bool happened = true;
		for (unsigned long nth = 1; happened; nth++) {
			joules_list *list;
			assert_true(nth < 200);
			faults_reads(nth, fault);
			assert_int_equal(joules_list_new(&list, &options), JOULES_OK);
			happened = faults_end();
			for (size_t i = 0; i < joules_list_device_count(list); i++)
				for (size_t j = 0; j < joules_list_device(list, i)->domain_count; j++) {
					const joules_domain *domain = joules_list_device(list, i)->domains[j];
					assert_true(domain->available || (domain->reason && *domain->reason));
					if (domain->kind == JOULES_KIND_COUNTER && domain->available && domain->unit_known)
						assert_int_equal(domain->range_uj, 262143328850);
					if (fault == READ_EINTR)
						assert_int_equal(domain->available, strcmp(domain->name, "intel-rapl:3") != 0);
				}
			joules_list_free(list);
		}
	}
}

#define ON_COUNTERS(function) cmocka_unit_test_setup_teardown(function, virtual_setup, machine_teardown)
#define ON_A_TREE(function) cmocka_unit_test_setup_teardown(function, tree_setup, machine_teardown)
#define ON_NOTHING(function) cmocka_unit_test_setup_teardown(function, estimate_setup, machine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_TREE(a_list_is_whole_or_there_is_none),
		ON_NOTHING(a_list_is_whole_or_there_is_none),
		ON_COUNTERS(a_list_is_whole_or_there_is_none),
		ON_COUNTERS(a_meter_opens_whole_or_not_at_all),
		ON_A_TREE(a_meter_opens_whole_or_not_at_all),
		ON_NOTHING(a_meter_opens_whole_or_not_at_all),
		ON_A_TREE(a_domain_keeps_its_parent),
		ON_COUNTERS(readings_and_recorders),
		ON_COUNTERS(an_error_is_told_without_memory_too),
		ON_COUNTERS(reworked_traces),
		ON_COUNTERS(handlers_of_all_formats),
		ON_COUNTERS(blocks_never_stop_the_program),
		ON_COUNTERS(a_trace_has_every_sample_once),
		ON_COUNTERS(stop_needs_no_memory),
		ON_COUNTERS(a_start_that_fails_keeps_the_trace_before),
		ON_A_TREE(every_read_may_fail_and_harms_nothing_else),
		ON_COUNTERS(bounds_hold_where_reads_fail),
		ON_A_TREE(every_read_of_the_discovery_may_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
