/* SPDX-License-Identifier: MIT */
/* What may be said of an output and of a server's address. */
#include <string.h>

#include <joules/joules.h>

#include "base/text.h"
#include "base/uri.h"

/* "FORMAT:" at the beginning, unless it is the scheme of an address; 0: none. */
static size_t format_length(const char *output)
{
	for (size_t i = 0; joules_handler_format(i); i++) {
		size_t length = strlen(joules_handler_format(i));
		if (strncmp(output, joules_handler_format(i), length) == 0 && output[length] == ':' &&
		    strncmp(output + length + 1, "//", 2) != 0)
			return length + 1;
	}
	return 0;
}

char *joules_output_shown(const char *output)
{
	struct text shown = TEXT_INIT;
	output = output ? output : "";
	size_t format = format_length(output);
	text_add_bytes(&shown, output, format);
	if (uri_is_address(output + format))
		uri_show(&shown, output + format);
	else
		text_add(&shown, output + format);
	if (!shown.failed)
		return shown.bytes;
	text_free(&shown);
	return NULL;
}

bool joules_address_is_unescaped(const char *address)
{
	return address && uri_is_unescaped(address);
}

const char *joules_address_scrub(const char *address, const char *message)
{
	return address && message ? uri_scrub(message, address) : message;
}
