/* SPDX-License-Identifier: MIT */
/* The public header in plain C11, with the library and, with -DJOULES_DISABLE, without it. */
#include <joules/joules.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			return 1; \
		} \
	} while (0)

static int tags_evaluated;

static const char *tag_of(const char *tag)
{
	tags_evaluated++;
	return tag;
}

static int work(int n)
{
	JOULES_FUNCTION();
	const char *only_a_tag = "named";
	char built[16] = "built";
	for (int i = 0; i < n; i++) {
		JOULES_SCOPE(only_a_tag);
		JOULES_BREAK(built);
		if (i == 2)
			return i;
		JOULES_BREAK(tag_of("called"));
	}
	JOULES_SCOPE(built);
	int declared_after = n;
	return declared_after;
}

static int check_members(void)
{
	joules_options older = JOULES_OPTIONS_INIT;
	const joules_options *options = &older;
	CHECK(JOULES_HAS(options, size) && JOULES_HAS(options, domains) && JOULES_HAS(options, settings));
	older.size = offsetof(joules_options, estimate);
	CHECK(JOULES_HAS(&older, domains) && !JOULES_HAS(&older, estimate) && !JOULES_HAS(&older, settings));
	older.size++; /* not half of one either */
	CHECK(!JOULES_HAS(&older, estimate));
	return 0;
}

#ifdef JOULES_DISABLE

static joules_status kept(void *context, joules_trace *trace)
{
	(void)context;
	(void)trace;
	return joules_fail(JOULES_IO, "%s", "this handler keeps nothing");
}

static int check_outputs(void)
{
	joules_options options = JOULES_OPTIONS_INIT;
	joules_meter *meter = (joules_meter *)&options;
	CHECK(joules_meter_open(&meter, &options) == JOULES_DISABLED && !meter);
	CHECK(joules_meter_start(meter, "x") == JOULES_DISABLED);
	CHECK(joules_meter_domain_count(meter) == 0 && !joules_meter_domain(meter, 0));
	joules_trace *trace = (joules_trace *)&options;
	CHECK(joules_meter_trace(meter, &trace) == JOULES_DISABLED && !trace);
	CHECK(joules_trace_count(trace) == 0);
	joules_trace **traces = &trace;
	size_t count = 1;
	CHECK(joules_default_traces(&traces, &count) == JOULES_DISABLED && !traces && count == 0);
	joules_source source = JOULES_ESTIMATED;
	CHECK(!joules_sample_total(NULL, &source) && !joules_sample_energy(NULL, 0));
	const joules_energy none = JOULES_ENERGY_NONE, zero = JOULES_ENERGY_ZERO;
	CHECK(isnan(none.joules) && isnan(none.low) && isnan(none.high) && none.flags == JOULES_INVALID);
	CHECK(isnan(zero.likely_low) && isnan(zero.likely_high) && !(zero.joules > 0.0) && !zero.flags);
	joules_statistics statistics = { sizeof statistics, 7, 1.0, 1.0, 1.0, 1.0, 1.0, 7, true };
	CHECK(joules_statistics_of((const double[]){ 1.0 }, 1, &statistics) == JOULES_DISABLED);
	CHECK(statistics.size == sizeof statistics && statistics.count == 0 && isnan(statistics.mean) &&
	    isnan(statistics.stddev));
	joules_handler_ops ops = { .size = sizeof ops, .name = "mine", .process = kept };
	joules_handler *handler = (joules_handler *)&options;
	CHECK(joules_handler_new(&handler, &ops, NULL) == JOULES_DISABLED && !handler);
	CHECK(ops.process(NULL, NULL) == JOULES_IO);
	CHECK(joules_mark("x") == JOULES_DISABLED);
	CHECK(strcmp(joules_status_name(JOULES_DISABLED), "JOULES_DISABLED") == 0);
	CHECK(strstr(joules_error_message(), "JOULES_DISABLE"));
	joules_meter_close(meter);
	joules_traces_free(traces, count);
	return 0;
}

int main(void)
{
	CHECK(work(2) == 2);
	CHECK(work(5) == 2);
	CHECK(tags_evaluated == 0);
	CHECK(strcmp(tag_of("x"), "x") == 0);
	return check_members() || check_outputs();
}

#else

int main(void)
{
	joules_options options = JOULES_OPTIONS_INIT;
	joules_domain domain = JOULES_DOMAIN_INIT;
	CHECK(options.size == sizeof options && !options.sysroot && options.estimate == JOULES_ESTIMATE_AUTO);
	CHECK(domain.size == sizeof domain && domain.available && domain.unit_known && !domain.in_total);
	CHECK(check_members() == 0);
	CHECK(strcmp(joules_version(), JOULES_VERSION) == 0);
	CHECK(strcmp(joules_status_name(JOULES_NO_DOMAIN), "JOULES_NO_DOMAIN") == 0);
	CHECK(work(2) == 2);
	CHECK(work(5) == 2);
	CHECK(tags_evaluated == 4);
	joules_meter *meter;
	bool measurable = joules_default_meter(&meter) == JOULES_OK;
	joules_trace **traces;
	size_t count;
	CHECK(joules_default_traces(&traces, &count) == JOULES_OK);
	/* work(2): two turns, the last block, the function; work(5): three turns and the function. */
	CHECK(count == (measurable ? 8 : 0));
	joules_traces_free(traces, count);
	return 0;
}

#endif
