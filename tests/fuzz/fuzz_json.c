/* SPDX-License-Identifier: MIT */
/* Any bytes as JSON: nothing is read beyond them; and what was read and written again is read as the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(struct text *out, const struct json_value *value)
{
	switch (value->kind) {
	case JSON_NUMBER:
		json_number(out, value->name, value->number);
		return;
	case JSON_BOOL:
		json_bool(out, value->name, value->number > 0);
		return;
	case JSON_STRING:
		json_string(out, value->name, value->string);
		return;
	case JSON_ARRAY:
		json_begin_array(out, value->name);
		break;
	case JSON_OBJECT:
		json_begin_object(out, value->name);
		break;
	case JSON_NULL:
	default:
		json_null(out, value->name);
		return;
	}
	for (size_t i = 0; i < value->count; i++)
		write_again(out, &value->items[i]);
	(value->kind == JSON_ARRAY ? json_end_array : json_end_object)(out);
}

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
		write_again(&first, &value);
		if (!json_read(&again, text_string(&first), first.length, &line)) {
			fprintf(stderr, "not read again: %s\n", text_string(&first));
			abort();
		}
		write_again(&second, &again);
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
