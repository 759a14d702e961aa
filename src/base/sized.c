/* SPDX-License-Identifier: MIT */
#include "base/sized.h"

#include <string.h>

#define MOST 4096 /* no struct of ours will be larger: one that says so was never initialised */

static joules_status check_size(const void *given, const char *name, size_t *size)
{
	memcpy(size, given, sizeof *size);
	if (*size >= sizeof *size && *size <= MOST)
		return JOULES_OK;
	return joules_fail(
	    JOULES_INVALID_ARGUMENT, "%s.size is %zu, which cannot be right; set it to sizeof(%s)", name, *size, name);
}

joules_status sized_take(void *known, size_t size, const void *given, const char *name)
{
	size_t given_size;
	joules_status status = check_size(given, name, &given_size);
	if (status)
		return status;
	const unsigned char *bytes = given;
	for (size_t i = size; i < given_size; i++)
		if (bytes[i])
			return joules_fail(JOULES_INVALID_ARGUMENT,
			    "%s: the program sets a member that libjoules " JOULES_VERSION
			    " does not know; leave it 0, or use a library as new as the header that the program was built with",
			    name);
	memcpy(known, given, given_size < size ? given_size : size);
	memcpy(known, &size, sizeof size);
	return JOULES_OK;
}

joules_status sized_give(void *given, const void *known, size_t size, const char *name)
{
	size_t given_size;
	joules_status status = check_size(given, name, &given_size);
	if (status)
		return status;
	if (given_size > size)
		given_size = size;
	memcpy(given, known, given_size);
	memcpy(given, &given_size, sizeof given_size);
	return JOULES_OK;
}
