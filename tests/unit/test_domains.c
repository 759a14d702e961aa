/* SPDX-License-Identifier: MIT */
/* What a device hands over is copied to the last string, and may be a struct of an older header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/domains.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void a_copy_owns_all_that_it_points_to(void **state)
{
	(void)state;
	char name[] = "gpu_7", scope[] = "module", product[] = "X100", uuid[] = "GPU-1", pci[] = "0000:01:00.0";
	joules_gpu gpu = JOULES_GPU_INIT;
	gpu.product = product;
	gpu.uuid = uuid;
	gpu.pci = pci;
	gpu.mig = true;
	joules_domain domain = JOULES_DOMAIN_INIT, copy;
	domain.name = name;
	domain.part = JOULES_PART_GPU;
	domain.covers = JOULES_COVERS_MODULE;
	domain.scope = scope;
	domain.gpu = &gpu;
	domain.least_power_w = 0.5;
	domain.may_block = true;
	assert_true(domain_copy(&copy, &domain));
	*name = *scope = *product = *uuid = *pci = '?';
	gpu.mig = false;
	assert_string_equal(copy.name, "gpu_7");
	assert_string_equal(copy.scope, "module");
	assert_string_equal(copy.gpu->product, "X100");
	assert_string_equal(copy.gpu->uuid, "GPU-1");
	assert_string_equal(copy.gpu->pci, "0000:01:00.0");
	assert_true(copy.gpu->mig && copy.gpu->visible && !copy.gpu->suspended);
	assert_int_equal(copy.covers, JOULES_COVERS_MODULE);
	assert_true(copy.may_block && copy.least_power_w == 0.5);
	domain_clear(&copy);
	assert_null(copy.name);
	assert_null(copy.gpu);
}

static void each_part_has_its_word(void **state)
{
	(void)state;
	static const char *const words[] = { "other", "package", "core", "uncore", "dram", "platform", "gpu", "machine",
		"board", "node", "unknown" };
	for (unsigned part = 0; part < COUNT(words); part++)
		assert_string_equal(joules_part_name((joules_part)part), words[part]);
	assert_string_equal(joules_part_name((joules_part)COUNT(words)), "other");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_owns_all_that_it_points_to),
		cmocka_unit_test(each_part_has_its_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
