/* SPDX-License-Identifier: MIT */
/* Structs that the caller owns, of an older and of a newer header than the library's: taken as openat2(2) takes its
 * open_how. Here a "newer" one is ours with a tail, an "older" one ours with a smaller size and rubbish behind it. */
#include <joules/joules.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_root.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TAIL 24

/* ---- a device that adds one domain, and keeps what it was told ---- */

static const void *probe; /* the domain */
static joules_status added;
static joules_options seen;

static joules_status discover(void *context, const joules_options *options, joules_discovery *found)
{
	(void)context;
	seen = *options;
	added = probe ? joules_discovery_add(found, probe) : JOULES_OK;
	return JOULES_OK;
}

static joules_status open_probe(
    void *context, const joules_options *options, const joules_domain *const *domains, size_t count, void **state)
{
	(void)context, (void)options, (void)domains, (void)count;
	*state = NULL;
	return JOULES_OK;
}

static void read_probe(void *state, joules_raw *const raw[])
{
	(void)state;
	raw[0]->ok = true;
}

static void close_nothing(void *state)
{
	(void)state;
}

static const joules_device_ops probing = { .size = sizeof probing,
	.name = "probe",
	.discover = discover,
	.open = open_probe,
	.read = read_probe,
	.close = close_nothing };

static joules_status process(void *context, joules_trace *trace)
{
	(void)context, (void)trace;
	return JOULES_OK;
}

static int setup(void **state)
{
	static bool registered;
	if (!registered && joules_device_register(&probing, NULL) != JOULES_OK)
		return -1;
	registered = true;
	probe = NULL;
	return fake_root_setup(state);
}

/* ---- the structs, each as a program would give it ---- */

static joules_status give_options(const void *options)
{
	joules_list *list;
	joules_meter *meter;
	joules_status status = joules_list_new(&list, options);
	joules_list_free(list);
	/* The same rule, and nothing to measure. */
	assert_int_equal(joules_meter_open(&meter, options), status ? status : JOULES_NO_DEVICE);
	if (status)
		(void)joules_list_new(&list, options); /* its message */
	return status;
}

static joules_status give_domain(const void *domain)
{
	joules_options options = JOULES_OPTIONS_INIT;
	joules_list *list;
	options.sysroot = fake_root;
	probe = domain;
	assert_int_equal(joules_list_new(&list, &options), JOULES_OK);
	joules_list_free(list);
	return added;
}

static joules_status give_gpu(const void *gpu)
{
	joules_domain its = JOULES_DOMAIN_INIT;
	its.name = "probe_gpu_0";
	its.available = false;
	its.gpu = gpu;
	return give_domain(&its);
}

static joules_status give_device(const void *ops)
{
	return joules_device_register(ops, NULL);
}

static joules_status give_handler(const void *ops)
{
	joules_handler *handler;
	joules_status status = joules_handler_new(&handler, ops, NULL);
	assert_int_equal(joules_handler_close(handler), JOULES_OK);
	return status;
}

static joules_options options = JOULES_OPTIONS_INIT;
static joules_domain domain = JOULES_DOMAIN_INIT;
static const joules_gpu gpu = JOULES_GPU_INIT;
static joules_device_ops device;
static const joules_handler_ops handler_ops = { .size = sizeof handler_ops, .name = "mine", .process = process };

enum { OPTIONS, DOMAIN, GPU, DEVICE, HANDLER };

static const struct kind {
	const char *name;
	const void *filled;
	size_t size;
	joules_status (*give)(const void *);
} kinds[] = {
	[OPTIONS] = { "joules_options", &options, sizeof options, give_options },
	[DOMAIN] = { "joules_domain", &domain, sizeof domain, give_domain },
	[DEVICE] = { "joules_device_ops", &device, sizeof device, give_device },
	[GPU] = { "joules_gpu", &gpu, sizeof gpu, give_gpu },
	[HANDLER] = { "joules_handler_ops", &handler_ops, sizeof handler_ops, give_handler },
};

static void fill(const char *device_name)
{
	options.sysroot = fake_root;
	options.estimate = JOULES_ESTIMATE_NEVER;
	domain.name = "probe_0";
	domain.available = false;
	device = probing;
	device.name = device_name;
}

/* A copy that says to be `size` long; what is there beyond our struct is 0. */
union grown {
	size_t size;
	max_align_t alignment;
	unsigned char bytes[512];
};

static union grown grown(const struct kind *kind, size_t size)
{
	union grown made = { .bytes = { 0 } };
	assert_true(kind->size + TAIL <= sizeof made);
	memcpy(made.bytes, kind->filled, kind->size);
	made.size = size;
	return made;
}

static void assert_refused(const struct kind *kind, const union grown *given, const char *why)
{
	assert_int_equal(kind->give(given), JOULES_INVALID_ARGUMENT);
	if (!strstr(joules_error_message(), kind->name) || !strstr(joules_error_message(), why))
		fail_msg("%s: %s", kind->name, joules_error_message());
}

/* ---- newer ---- */

static void a_tail_of_zeros_is_accepted(void **state)
{
	(void)state;
	fill("longer");
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const union grown given = grown(&kinds[i], kinds[i].size + TAIL);
		assert_int_equal(kinds[i].give(&given), JOULES_OK);
	}
}

static void a_member_that_nobody_knows_is_refused(void **state)
{
	(void)state;
	static const size_t at[] = { 0, 7, TAIL - 1 };
	fill("newer");
	for (size_t i = 0; i < COUNT(kinds); i++) {
		for (size_t j = 0; j < COUNT(at); j++) {
			union grown given = grown(&kinds[i], kinds[i].size + TAIL);
			given.bytes[kinds[i].size + at[j]] = 1;
			assert_refused(&kinds[i], &given, "leave it 0");
		}
	}
}

static void what_stands_behind_a_struct_is_not_looked_at(void **state)
{
	(void)state;
	fill("followed");
	for (size_t i = 0; i < COUNT(kinds); i++) {
		union grown given = grown(&kinds[i], kinds[i].size);
		memset(given.bytes + kinds[i].size, 0xff, TAIL);
		assert_int_equal(kinds[i].give(&given), JOULES_OK);
	}
}

static void a_size_that_cannot_be_is_refused(void **state)
{
	(void)state;
	static const size_t sizes[] = { 0, 1, sizeof(size_t) - 1, 0x55555555, SIZE_MAX };
	fill("unsized");
	for (size_t i = 0; i < COUNT(kinds); i++) {
		for (size_t j = 0; j < COUNT(sizes); j++) {
			const union grown given = grown(&kinds[i], sizes[j]);
			assert_refused(&kinds[i], &given, "set it to sizeof");
		}
	}
}

/* ---- older ---- */

static union grown cut(const struct kind *kind, size_t size)
{
	union grown made = grown(kind, size);
	memset(made.bytes + size, 0xff, sizeof made - size);
	return made;
}

static void older_options_get_the_defaults(void **state)
{
	(void)state;
	fill("unused");
	const union grown given = cut(&kinds[OPTIONS], offsetof(joules_options, estimate));
	joules_list *list;
	assert_int_equal(joules_list_new(&list, (const joules_options *)&given), JOULES_OK);
	assert_int_equal(seen.size, sizeof seen);
	assert_string_equal(seen.sysroot, fake_root);
	joules_list_free(list);
	assert_int_equal(seen.estimate, JOULES_ESTIMATE_AUTO);
	assert_null(seen.settings);
}

static const joules_domain *find_probe(const joules_list *list)
{
	for (size_t i = 0; i < joules_list_device_count(list); i++)
		if (strcmp(joules_list_device(list, i)->name, "probe") == 0)
			return joules_list_device(list, i)->domains[0];
	return NULL;
}

static void an_older_domain_gets_the_defaults(void **state)
{
	(void)state;
	fill("unused");
	const union grown given = cut(&kinds[DOMAIN], offsetof(joules_domain, unit_j));
	joules_list *list;
	probe = &given;
	assert_int_equal(joules_list_new(&list, &options), JOULES_OK);
	const joules_domain *found = find_probe(list);
	assert_non_null(found);
	assert_int_equal(found->size, sizeof *found);
	assert_string_equal(found->name, "probe_0");
	assert_true(found->unit_j == 0.0 && found->unit_known && found->modulus == 0);
	joules_list_free(list);
}

static void an_older_gpu_gets_the_defaults(void **state)
{
	(void)state;
	fill("unused");
	const union grown given = cut(&kinds[GPU], offsetof(joules_gpu, visible));
	joules_list *list;
	domain.gpu = (const joules_gpu *)&given;
	probe = &domain;
	assert_int_equal(joules_list_new(&list, &options), JOULES_OK);
	const joules_gpu *found = find_probe(list)->gpu;
	assert_int_equal(found->size, sizeof *found);
	assert_true(found->visible && !found->mig && !found->product);
	joules_list_free(list);
	domain.gpu = NULL;
}

static void an_older_device_has_no_newer_functions(void **state)
{
	(void)state;
	fill("older");
	const union grown given = cut(&kinds[DEVICE], offsetof(joules_device_ops, model)); /* poll_s would crash */
	joules_meter *meter;
	domain.available = true;
	probe = &domain;
	options.domains = "older";
	assert_int_equal(give_device(&given), JOULES_OK);
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_OK);
	assert_int_equal(joules_meter_start(meter, "x"), JOULES_OK);
	assert_int_equal(joules_meter_stop(meter), JOULES_OK);
	joules_meter_close(meter);
	options.domains = NULL;
}

static void an_older_handler_has_no_newer_functions(void **state)
{
	(void)state;
	const union grown given = cut(&kinds[HANDLER], offsetof(joules_handler_ops, save)); /* save and close would crash */
	assert_int_equal(give_handler(&given), JOULES_OK);
}

static void a_table_without_what_it_needs_is_refused(void **state)
{
	(void)state;
	fill("needy");
	const union grown ops = cut(&kinds[DEVICE], offsetof(joules_device_ops, close)),
	                  handling = cut(&kinds[HANDLER], offsetof(joules_handler_ops, process));
	assert_int_equal(give_device(&ops), JOULES_INVALID_ARGUMENT);
	assert_int_equal(give_handler(&handling), JOULES_INVALID_ARGUMENT);
}

/* ---- results ---- */

static const double values[] = { 1.0, 2.0, 3.0 };

static void older_statistics_get_the_members_they_have(void **state)
{
	(void)state;
	union grown given;
	memset(&given, 0x55, sizeof given);
	given.size = offsetof(joules_statistics, median);
	assert_int_equal(joules_statistics_of(values, 3, (joules_statistics *)&given), JOULES_OK);
	const joules_statistics *result = (const joules_statistics *)&given;
	assert_true(result->count == 3 && result->mean == 2.0 && result->stddev == 1.0);
	assert_int_equal(result->size, offsetof(joules_statistics, median));
	for (size_t i = result->size; i < sizeof given; i++)
		assert_int_equal(given.bytes[i], 0x55);
}

static void newer_statistics_are_told_what_they_got(void **state)
{
	(void)state;
	union grown given;
	memset(&given, 0x55, sizeof given);
	given.size = sizeof(joules_statistics) + TAIL;
	assert_int_equal(joules_statistics_of(values, 3, (joules_statistics *)&given), JOULES_OK);
	assert_int_equal(given.size, sizeof(joules_statistics));
	for (size_t i = given.size; i < sizeof given; i++)
		assert_int_equal(given.bytes[i], 0x55);
}

static void statistics_without_a_size_are_refused(void **state)
{
	(void)state;
	joules_statistics result = { .size = 0, .count = 7 };
	assert_int_equal(joules_statistics_of(values, 3, &result), JOULES_INVALID_ARGUMENT);
	assert_non_null(strstr(joules_error_message(), "joules_statistics"));
	assert_int_equal(result.count, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_tail_of_zeros_is_accepted, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(a_member_that_nobody_knows_is_refused, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(what_stands_behind_a_struct_is_not_looked_at, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(a_size_that_cannot_be_is_refused, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(older_options_get_the_defaults, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(an_older_domain_gets_the_defaults, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(an_older_gpu_gets_the_defaults, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(an_older_device_has_no_newer_functions, setup, fake_root_teardown),
		cmocka_unit_test(an_older_handler_has_no_newer_functions),
		cmocka_unit_test_setup_teardown(a_table_without_what_it_needs_is_refused, setup, fake_root_teardown),
		cmocka_unit_test(older_statistics_get_the_members_they_have),
		cmocka_unit_test(newer_statistics_are_told_what_they_got),
		cmocka_unit_test(statistics_without_a_size_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
