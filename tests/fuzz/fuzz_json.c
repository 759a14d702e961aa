/* SPDX-License-Identifier: MIT */
/* Any bytes as JSON: nothing is read beyond them; and what was read and written again is read as the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_value value, again;
	size_t line;
	char *exact = malloc(size + 1); /* no byte beyond the end is ours */
	if (!exact)
		return 0;
	memcpy(exact, data, size);
	if (json_read(&value, exact, size, &line)) {
		struct text first = TEXT_INIT, second = TEXT_INIT;
		json_again(&first, NULL, &value);
		if (!json_read(&again, text_string(&first), first.length, &line)) {
			fprintf(stderr, "not read again: %s\n", text_string(&first));
			abort();
		}
		json_again(&second, NULL, &again);
		if (strcmp(text_string(&first), text_string(&second)) != 0)
			abort();
		text_free(&first);
		text_free(&second);
		json_free(&again);
		json_free(&value);
	}
	free(exact);
	return 0;
}
