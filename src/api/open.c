/* SPDX-License-Identifier: MIT */
/* A handler by name: "csv:runs.csv", "print", "runs.json". */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/status.h"
#include "base/words.h"
#include "handlers/handler.h"
#include "handlers/writer.h"

#define FORMATS "print csv csv-full json"

static const struct format *const formats[] = { &format_print, &format_csv, &format_csv_full, &format_json };

static const struct {
	const char *extension;
	const struct format *format;
} extensions[] = {
	{ ".csv", &format_csv },
	{ ".json", &format_json },
	{ ".jsonl", &format_json },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

const char *joules_handler_formats(void)
{
	return FORMATS;
}

static const struct format *find_format(const char *name, size_t length)
{
	for (size_t i = 0; i < COUNT(formats); i++)
		if (strlen(formats[i]->name) == length && memcmp(formats[i]->name, name, length) == 0)
			return formats[i];
	return NULL;
}

/* ---- "FORMAT:TARGET" ---- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A format's name is a word; anything else before a colon belongs to a file name ("./10:30.csv",
 * "2026-01-01T10:30.csv"). */
static bool is_word(const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!is_letter(name[i]) && name[i] != '-' && name[i] != '_')
			return false;
	return length > 0 && name[0] != '-';
}

/* Of a server's address, scheme://…, by RFC 3986: that is no file name, whatever it ends with
 * ("mongodb+srv://db/x.json"). 0: it is none. */
static size_t scheme_length(const char *output)
{
	size_t length = strspn(output, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");
	return is_letter(*output) && strncmp(output + length, "://", 3) == 0 ? length : 0;
}

static joules_status fail_format(const char *output, size_t length)
{
	const char *nearest = NULL;
	for (size_t i = 0; i < COUNT(formats); i++)
		nearest = words_nearer(output, length, nearest, formats[i]->name);
	return joules_fail(JOULES_UNKNOWN_FORMAT, "there is no format '%.*s'%s%s%s; the formats are " FORMATS, (int)length,
	    output, nearest ? ", is '" : "", nearest ? nearest : "", nearest ? "' meant?" : "");
}

static joules_status fail_target(const char *format)
{
	return joules_fail(
	    JOULES_INVALID_ARGUMENT, "no file is named; write %s:FILE, or %s:- for standard output", format, format);
}

/* A bare file name: the extension of its last part decides. */
static joules_status find_by_extension(const char *output, const struct format **format)
{
	const char *slash = strrchr(output, '/');
	const char *dot = strrchr(slash ? slash : output, '.');
	for (size_t i = 0; i < COUNT(extensions) && dot; i++) {
		if (strcasecmp(dot, extensions[i].extension) == 0) {
			*format = extensions[i].format;
			return JOULES_OK;
		}
	}
	return joules_fail(JOULES_UNKNOWN_FORMAT,
	    "the format is not clear from the name; write FORMAT:%s, where FORMAT is one of " FORMATS
	    ", or name a file .csv, .json or .jsonl",
	    output);
}

static joules_status split(const char *output, const struct format **format, const char **target)
{
	const char *colon = strchr(output, ':');
	size_t length = colon ? (size_t)(colon - output) : strlen(output);
	*format = find_format(output, length);
	if (!*format) {
		if (colon && (is_word(output, length) || scheme_length(output)))
			return fail_format(output, length);
		*target = output;
		return *output ? find_by_extension(output, format)
		               : joules_fail(JOULES_INVALID_ARGUMENT,
		                     "an empty output; write FORMAT:FILE, where FORMAT is one of " FORMATS);
	}
	if (!colon && *format == &format_print) {
		*target = "-";
		return JOULES_OK;
	}
	if (!colon || !colon[1])
		return fail_target((*format)->name);
	*target = colon + 1;
	return JOULES_OK;
}

joules_status joules_handler_open(joules_handler **handler, const char *output)
{
	if (!handler || !output)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_handler_open: handler and output must not be NULL");
	*handler = NULL;
	const struct format *format = NULL;
	const char *target = "";
	joules_status status = split(output, &format, &target);
	return status ? status : writer_open(handler, format, target);
}

joules_status joules_handler_prepare(joules_handler *handler, const joules_meter *meter)
{
	if (!meter)
		return joules_fail(JOULES_INVALID_ARGUMENT, "the meter is NULL");
	size_t count = joules_meter_domain_count(meter);
	const joules_domain **domains = malloc((count ? count : 1) * sizeof *domains);
	if (!domains)
		return fail_memory();
	for (size_t i = 0; i < count; i++)
		domains[i] = joules_meter_domain(meter, i);
	joules_status status = handler_prepare(handler, domains, count);
	free(domains);
	return status;
}
