/* SPDX-License-Identifier: MIT */
/* The device nvidia on the fake NVML: which GPUs there are, which are chosen, and how each can be measured. */
#include "nvidia_common.h"

#include "devices/nvidia/gpus.h"
#include "devices/nvidia/nvml.h"
#include "devices/nvidia/visible.h"
#include "devices/nvidia/wish.h"

/* ---- CUDA_VISIBLE_DEVICES ---- */

static const char *const instances_of_1[] = { "MIG-aaaa1111-0000", "MIG-aaaa2222-0000" };
static const char *const instances_of_3[] = { "MIG-bbbb1111-0000" };

static void visible(const char *value, const char *expected)
{
	struct visible_gpu gpus[4] = {
		{ .uuid = "GPU-11112222-0000" },
		{ .uuid = "GPU-11113333-0000", .instances = instances_of_1, .instance_count = 2 },
		{ .uuid = NULL },
		{ .uuid = "GPU-44445555-0000", .instances = instances_of_3, .instance_count = 1 },
	};
	char got[8] = "";
	visible_select(value, gpus, 4);
	for (int i = 0; i < 4; i++)
		if (gpus[i].visible)
			(void)snprintf(got + strlen(got), sizeof got - strlen(got), "%d", i);
	if (strcmp(got, expected) != 0)
		fail_msg("CUDA_VISIBLE_DEVICES=%s selects '%s', not '%s'", value ? value : "(not set)", got, expected);
}

static void test_visible_devices(void **state)
{
	(void)state;
	visible(NULL, "0123");
	visible("", "");
	visible("-1", "");
	visible("NoDevFiles", "");
	visible("2", "2");
	visible("3,0", "03");
	visible(" 1 , 2 ", "12");
	visible("0,-1,2", "0");
	visible("0,junk,2", "0");
	visible("0,,2", "0");
	visible("0,4,1", "0");
	visible("1gpu,2ampere", "12");
	visible("99999999999999999999999", "");
	visible("0,1,0", ""); /* twice: nothing at all */
	visible("GPU-11112222-0000", "0");
	visible("GPU-4444", "3");
	visible("gpu-4444", "3");
	visible("GPU-1111", ""); /* fits two */
	visible("GPU-4444,GPU-11113", "13");
	visible("GPU-4444,GPU-444", ""); /* the same one twice */
	visible("GPU-4444,GPU-9999,GPU-11112", "3");
	visible("GPU-4444,0", "3"); /* the kinds do not mix */
	visible("0,GPU-4444", "0");
	visible("MIG-aaaa1111-0000", "1");
	visible("MIG-aaaa1111,MIG-aaaa2222", "1"); /* two instances, one GPU */
	visible("MIG-aaaa1111,MIG-bbbb", "13");
	visible("MIG-aaaa1111,MIG-aaaa1111", "");
	visible("MIG-aaaa", ""); /* fits two */
	visible("MIG-GPU-44445555-0000/1/0", "3");
	visible("MIG-GPU-44445555-0000/1/0,MIG-GPU-44445555-0000/2/0", "3");
	visible("MIG-GPU-44445555-0000/1/0,MIG-GPU-44445555-0000/1/0", "");
}

static void test_visible_in_domains(void **state)
{
	(void)state;
	joules_list *list;
	settings("gpus=4 1.handle=17 2.mig=2");
	/* CUDA does not count the GPU that may not be opened. */
	setenv("CUDA_VISIBLE_DEVICES", "1", 1);
	const joules_device *device = device_of(&list, NULL);
	assert_int_equal(device->domain_count, 4);
	assert_false(device->domains[0]->gpu->visible);
	assert_false(device->domains[1]->gpu->visible);
	assert_true(device->domains[2]->gpu->visible);
	assert_false(device->domains[3]->gpu->visible);
	joules_list_free(list);
	/* An instance stands for its GPU. */
	char instance[64];
	(void)snprintf(instance, sizeof instance, "MIG-%08x", 0xa0b0c0d0 + 16 * 2);
	setenv("CUDA_VISIBLE_DEVICES", instance, 1);
	joules_meter *meter = open_meter("nvidia_visible");
	assert_int_equal(joules_meter_domain_count(meter), 1);
	assert_string_equal(joules_meter_domain(meter, 0)->name, "nvidia_gpu_2");
	assert_true(joules_meter_domain(meter, 0)->gpu->mig);
	joules_meter_close(meter);
	joules_options options = options_for("nvidia_visible");
	setenv("CUDA_VISIBLE_DEVICES", "junk", 1);
	assert_int_equal(joules_meter_open(&meter, &options), JOULES_NO_DOMAIN);
	assert_non_null(strstr(joules_error_message(), "CUDA_VISIBLE_DEVICES=junk"));
}

/* ---- names ---- */

static void test_wishes(void **state)
{
	(void)state;
	assert_false(wish_of(NULL).nothing);
	assert_true(wish_of("package_0,rapl").nothing);
	assert_true(wish_of("rapl, nvidia").device);
	assert_false(wish_of("nvidia").named);
	assert_true(wish_of("package_0 , nvidia_gpu_12").named);
	assert_true(wish_of("GPU-1").named);
	assert_true(wish_of("nvidia_visible").visible);
	struct wish wish = wish_of("nvidia_gpu_1,nvidia_gpu_12");
	assert_true(wish_has_index(&wish, 1));
	assert_true(wish_has_index(&wish, 12));
	assert_false(wish_has_index(&wish, 2));
}

static void refused(const char *domains, joules_status status, const char *words)
{
	joules_meter *meter;
	joules_options options = options_for(domains);
	assert_int_equal(joules_meter_open(&meter, &options), status);
	assert_null(meter);
	if (!strstr(joules_error_message(), words))
		fail_msg("'%s' is not in: %s", words, joules_error_message());
}

static void test_names(void **state)
{
	(void)state;
	settings("gpus=4 2.handle=4 3.energy=3 3.fields=3 3.usage=3 0.uuid=GPU-aaaa1111 1.uuid=GPU-aaaa2222 "
	         "2.uuid=GPU-bbbb 3.uuid=GPU-cccc");
	static const char *const good[][2] = { { "nvidia_gpu_1", "nvidia_gpu_1" }, { "GPU-aaaa2", "nvidia_gpu_1" },
		{ "GPU-AAAA1111", "nvidia_gpu_0" }, { "nvidia_gpu_0,GPU-aaaa1", "nvidia_gpu_0" } };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		joules_meter *meter = open_meter(good[i][0]);
		assert_int_equal(joules_meter_domain_count(meter), 1);
		assert_string_equal(joules_meter_domain(meter, 0)->name, good[i][1]);
		joules_meter_close(meter);
	}
	refused("nvidia_gpu_4", JOULES_NO_DOMAIN, "there is no domain or device 'nvidia_gpu_4'");
	refused("GPU-dddd", JOULES_NO_DOMAIN, "there is no domain or device 'GPU-dddd'");
	refused(
	    "GPU-aaaa", JOULES_INVALID_ARGUMENT, "fits both nvidia_gpu_0 (GPU-aaaa1111) and nvidia_gpu_1 (GPU-aaaa2222)");
	refused("MIG-1234", JOULES_NO_DOMAIN, "name the whole GPU");
	refused("nvidia_gpu_2", JOULES_NO_PERMISSION, "may not open the GPU");
	refused("nvidia_gpu_3", JOULES_NO_DOMAIN, "neither an energy counter nor a power reading");
}

/* All that may be opened; what has no value is missed, what is forbidden is not. */
static void test_default_choice(void **state)
{
	(void)state;
	settings("gpus=4 2.handle=4 3.energy=3 3.fields=3 3.usage=3");
	joules_meter *meter = open_meter(NULL);
	assert_int_equal(joules_meter_domain_count(meter), 2);
	assert_int_equal(joules_meter_missing_count(meter), 1);
	assert_string_equal(joules_meter_missing(meter, 0)->name, "nvidia_gpu_3");
	joules_meter_close(meter);
}

/* ---- return codes ---- */

static const int codes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
	26, 27, 28, 29, 30, 999, 12345 };
#define CODES (sizeof codes / sizeof *codes)

static void test_codes_have_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < CODES; i++) {
		const struct nvml_meaning *meaning = nvml_meaning(codes[i]);
		assert_int_equal(meaning->code, codes[i] == 12345 ? 999 : codes[i]);
		assert_true(strlen(meaning->name) > 2 && strlen(meaning->reason) > 10);
		assert_int_not_equal(meaning->error, 0);
		assert_int_equal(meaning->no_driver, codes[i] == 9 || codes[i] == 12);
		assert_int_equal(
		    meaning->reason_code == JOULES_REASON_FOREIGN, codes[i] == 4 || codes[i] == 17 || codes[i] == 19);
	}
	assert_non_null(strstr(nvml_meaning(18)->reason, "driver was updated"));
	assert_string_equal(nvml_meaning(18)->command, "sudo reboot");
	assert_string_equal(nvml_meaning(9)->command, "sudo modprobe nvidia");
	assert_non_null(strstr(nvml_meaning(17)->cure, "container"));
}

/* NVML is initialised once for a process, so each code is tried in a forked one. */
static int init_fails(int code)
{
	char text[64];
	joules_list *list = NULL;
	joules_options options = options_for(NULL);
	(void)snprintf(text, sizeof text, "gpus=2 init=%d", code);
	if (configure(text) || joules_list_new(&list, &options))
		return 1;
	const joules_device *device = NULL;
	for (size_t i = 0; i < joules_list_device_count(list); i++)
		if (strcmp(joules_list_device(list, i)->name, "nvidia") == 0)
			device = joules_list_device(list, i);
	int result = !device || device->available || !device->reason                                                   ? 2
	    : !strstr(device->reason, nvml_meaning(code)->reason) || !strstr(device->reason, nvml_meaning(code)->name) ? 3
	    : (device->cure == NULL) != (nvml_meaning(code)->cure == NULL)                                             ? 4
	                                                                                                               : 0;
	joules_list_free(list);
	/* Asked for by name it is an error that says the same. */
	joules_meter *meter;
	options.domains = "nvidia";
	if (!result &&
	    (joules_meter_open(&meter, &options) != JOULES_NO_DEVICE ||
	        !strstr(joules_error_message(), nvml_meaning(code)->reason)))
		result = 5;
	/* The next attempt may succeed: the driver was loaded meanwhile. */
	if (!result && (configure("gpus=2") || joules_meter_open(&meter, &options)))
		result = 6;
	if (!result)
		joules_meter_close(meter);
	return result;
}

static void test_init_fails_with_each_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < CODES; i++) {
		pid_t child = fork();
		if (child == 0)
			_exit(init_fails(codes[i]));
		int result = child_status(child);
		if (result)
			fail_msg("init = %d: check %d", codes[i], result);
	}
}

static void test_each_code_of_one_gpu(void **state)
{
	(void)state;
	for (size_t i = 0; i < CODES; i++) {
		char text[64];
		joules_list *list;
		(void)snprintf(text, sizeof text, "gpus=3 1.handle=%d", codes[i]);
		settings(text);
		const joules_device *device = device_of(&list, NULL);
		assert_true(device->available);
		assert_int_equal(device->domain_count, 3);
		assert_true(device->domains[0]->available && device->domains[2]->available);
		assert_false(device->domains[1]->available);
		assert_non_null(strstr(device->domains[1]->reason, nvml_meaning(codes[i])->reason));
		assert_int_equal(device->domains[1]->reason_code, nvml_meaning(codes[i])->reason_code);
		assert_int_not_equal(device->domains[1]->reason_code, JOULES_REASON_NONE);
		joules_list_free(list);
	}
	settings("count=999");
	joules_list *list;
	const joules_device *device = device_of(&list, NULL);
	assert_false(device->available);
	assert_non_null(strstr(device->reason, "internal error"));
	joules_list_free(list);
	settings("gpus=0");
	device = device_of(&list, NULL);
	assert_non_null(strstr(device->reason, "finds no GPU"));
	joules_list_free(list);
}

/* ---- the way of measuring ---- */

static void way(const char *text, joules_method method, const char *scope)
{
	joules_list *list;
	settings(text);
	const joules_domain *domain = device_of(&list, NULL)->domains[0];
	if (!domain->available)
		fail_msg("%s: %s", text, domain->reason);
	if (domain->method != method || strcmp(domain->scope, scope) != 0 ||
	    (domain->covers == JOULES_COVERS_MODULE) != (strcmp(scope, "module") == 0))
		fail_msg("%s: %s, %s", text, joules_method_name(domain->method), domain->scope);
	assert_int_equal(domain->kind, method == JOULES_METHOD_COUNTER ? JOULES_KIND_COUNTER : JOULES_KIND_JOULES);
	assert_int_equal(domain->source, JOULES_MEASURED);
	joules_list_free(list);
}

static void test_ways(void **state)
{
	(void)state;
	way("", JOULES_METHOD_COUNTER, "gpu");
	way("energy=3", JOULES_METHOD_POWER, "gpu");
	way("energy=13", JOULES_METHOD_POWER, "gpu");
	way("energy=999", JOULES_METHOD_POWER, "gpu");
	way("energy=27#2", JOULES_METHOD_COUNTER, "gpu"); /* not ready at first */
	way("energy=27", JOULES_METHOD_POWER, "gpu");     /* never ready: H100 PCIe */
	way("energy=3 instant=3", JOULES_METHOD_POWER_AVERAGE, "gpu");
	way("energy=3 instant=3 average=3", JOULES_METHOD_POWER_AVERAGE, "gpu"); /* nvmlDeviceGetPowerUsage on Ampere */
	way("energy=3 instant=3 average=3 architecture=4", JOULES_METHOD_POWER, "gpu"); /* … on Pascal */
	way("energy=3 fields=3 architecture=4", JOULES_METHOD_POWER, "gpu");
	way("energy=3 instant=3 module=0", JOULES_METHOD_POWER, "module"); /* GH200 without a GPU's own */
	way("energy=3 instant=3 average=3 usage=3 module_average=0", JOULES_METHOD_POWER_AVERAGE, "module");
	way("name=NVIDIA_GH200_480GB module=0", JOULES_METHOD_COUNTER, "module");
}

static void unavailable(const char *text, joules_reason code, const char *words)
{
	joules_list *list;
	settings(text);
	const joules_domain *domain = device_of(&list, NULL)->domains[0];
	assert_false(domain->available);
	if (!strstr(domain->reason, words))
		fail_msg("%s: %s", text, domain->reason);
	assert_int_equal(domain->reason_code, code);
	assert_int_equal(domain->gpu->visible, true);
	joules_list_free(list);
}

static void test_no_way(void **state)
{
	(void)state;
	unavailable(
	    "energy=3 fields=3 usage=3", JOULES_REASON_UNSUPPORTED, "neither an energy counter nor a power reading");
	unavailable(
	    "energy=13 fields=13 usage=3", JOULES_REASON_UNSUPPORTED, "neither an energy counter nor a power reading");
	unavailable("energy=3 fields=3 usage=27", JOULES_REASON_FAILED, "not ready");
	unavailable("energy=15 fields=15 usage=15", JOULES_REASON_FAILED, "fallen off the bus");
	unavailable("energy=4 fields=3 usage=4", JOULES_REASON_PERMISSION, "no permission");
}

static void test_description(void **state)
{
	(void)state;
	joules_list *list;
	settings("gpus=2 name=NVIDIA_X 1.mig=2 1.limit_w=300");
	const joules_device *device = device_of(&list, NULL);
	assert_int_equal(device->domain_count, 2); /* the parent once, never its instances */
	const joules_domain *domain = device->domains[1];
	assert_string_equal(domain->name, "nvidia_gpu_1");
	assert_string_equal(domain->device, "nvidia");
	assert_string_equal(domain->gpu->product, "NVIDIA X");
	assert_string_equal(domain->gpu->pci, "0000:02:00.0");
	assert_memory_equal(domain->gpu->uuid, "GPU-", 4);
	assert_true(domain->gpu->mig && domain->gpu->visible && domain->in_total && !domain->gpu->suspended);
	assert_int_equal(domain->gpu->instances, 2);
	assert_string_equal(domain->scope, "gpu, 2 instances");
	assert_false(device->domains[0]->gpu->mig);
	assert_int_equal(device->domains[0]->gpu->instances, 0);
	assert_string_equal(device->domains[0]->scope, "gpu");
	assert_int_equal(domain->part, JOULES_PART_GPU);
	assert_true(domain->may_block);
	assert_near(domain->unit_j, 1e-3, 0.0);
	assert_int_equal(domain->modulus, 0);
	assert_near(domain->max_power_w, 600.0, 0.0);
	assert_near(domain->settle_s, 0.25, 0.0);
	joules_list_free(list);
}

static int clean_up(void **state)
{
	(void)state;
	unsetenv("CUDA_VISIBLE_DEVICES");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_visible_devices, clean_up),
		cmocka_unit_test_teardown(test_visible_in_domains, clean_up),
		cmocka_unit_test_teardown(test_wishes, clean_up),
		cmocka_unit_test_teardown(test_names, clean_up),
		cmocka_unit_test_teardown(test_default_choice, clean_up),
		cmocka_unit_test_teardown(test_codes_have_words, clean_up),
		cmocka_unit_test_teardown(test_init_fails_with_each_code, clean_up),
		cmocka_unit_test_teardown(test_each_code_of_one_gpu, clean_up),
		cmocka_unit_test_teardown(test_ways, clean_up),
		cmocka_unit_test_teardown(test_no_way, clean_up),
		cmocka_unit_test_teardown(test_description, clean_up),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
