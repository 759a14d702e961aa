/* SPDX-License-Identifier: MIT */
/* A handler by name: "csv:runs.csv", "print", "runs.json", "mongodb://host/runs". */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cancel.h"
#include "base/status.h"
#include "base/text.h"
#include "base/words.h"
#include "handlers/handler.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* ---- what there is, in words ---- */

static void add_names(struct text *out)
{
	for (size_t i = 0; joules_handler_format(i); i++)
		text_addf(out, "%s%s", i > 0 ? " " : "", joules_handler_format(i));
}

static void add_extensions(struct text *out)
{
	struct known_handler known;
	for (size_t i = 0; known_handler_at(i, &known); i++)
		for (const char *const *at = known.ops->extensions; at && *at; at++)
			text_addf(out, " %s", *at);
}

/* The message that was composed, which ends here. */
static joules_status fail_text(joules_status status, struct text *message)
{
	status = message->failed ? fail_memory() : joules_fail(status, "%s", text_string(message));
	text_free(message);
	return status;
}

static joules_status fail_unknown(struct text *message, const char *nearest)
{
	if (nearest)
		text_addf(message, "; did you mean '%s'?", nearest);
	text_addf(message, "%s formats are ", nearest ? " The" : "; the");
	add_names(message);
	return fail_text(JOULES_UNKNOWN_FORMAT, message);
}

static joules_status fail_format(const char *wanted, size_t length)
{
	const char *nearest = NULL;
	for (size_t i = 0; joules_handler_format(i); i++)
		nearest = words_nearer(wanted, length, nearest, joules_handler_format(i));
	struct text message = TEXT_INIT;
	text_addf(&message, "there is no format '%.*s'", (int)length, wanted);
	return fail_unknown(&message, nearest);
}

static joules_status fail_scheme(const char *wanted, size_t length)
{
	struct known_handler known;
	const char *nearest = NULL;
	for (size_t i = 0; known_handler_at(i, &known); i++)
		for (const char *const *at = known.ops->schemes; at && *at; at++)
			nearest = words_nearer(wanted, length, nearest, *at);
	struct text message = TEXT_INIT;
	text_addf(&message, "there is no format for addresses that begin with %.*s://", (int)length, wanted);
	return fail_unknown(&message, nearest);
}

static joules_status fail_unclear(const char *output)
{
	struct text message = TEXT_INIT;
	char *shown = joules_output_shown(output);
	text_addf(&message, "the format is not clear from the name; write FORMAT:%s, where FORMAT is one of ",
	    shown ? shown : "FILE");
	free(shown);
	add_names(&message);
	text_add(&message, ", or let the name end with one of:");
	add_extensions(&message);
	return fail_text(JOULES_UNKNOWN_FORMAT, &message);
}

static joules_status fail_empty(void)
{
	struct text message = TEXT_INIT;
	text_add(&message, "the output is empty; write FORMAT:FILE, where FORMAT is one of ");
	add_names(&message);
	return fail_text(JOULES_INVALID_ARGUMENT, &message);
}

/* ---- which one is meant ---- */

/* Schemes are of any case by RFC 3986, extensions because some systems shout. */
static bool is_among(const char *const *words, const char *word, size_t length)
{
	for (; words && *words; words++)
		if (strlen(*words) == length && strncasecmp(*words, word, length) == 0)
			return true;
	return false;
}

static bool is_named(const joules_handler_ops *ops, const char *word, size_t length)
{
	return strlen(ops->name) == length && memcmp(ops->name, word, length) == 0;
}

static bool has_scheme(const joules_handler_ops *ops, const char *word, size_t length)
{
	return is_among(ops->schemes, word, length);
}

static bool has_extension(const joules_handler_ops *ops, const char *word, size_t length)
{
	return is_among(ops->extensions, word, length);
}

/* The first handler that the word means. */
static bool find(struct known_handler *known, bool (*is_it)(const joules_handler_ops *, const char *, size_t),
    const char *word, size_t length)
{
	for (size_t i = 0; known_handler_at(i, known); i++)
		if (is_it(known->ops, word, length))
			return true;
	return false;
}

/* Of an address, scheme://…, by RFC 3986; 0: it is none. */
static size_t scheme_length(const char *output)
{
	size_t length = strspn(output, LETTERS "0123456789+.-");
	return strspn(output, LETTERS) > 0 && strncmp(output + length, "://", 3) == 0 ? length : 0;
}

/* What may be a format with a slip in it. Anything else before a colon belongs to a file name ("./10:30.csv",
 * "2026-01-01T10:30.csv"). */
static bool is_word(const char *output, size_t length)
{
	return length > 0 && output[0] != '-' && strspn(output, LETTERS "-_") >= length;
}

/* A bare file name: the extension of its last part decides. */
static joules_status find_by_extension(const char *output, struct known_handler *known)
{
	const char *slash = strrchr(output, '/');
	const char *dot = strrchr(slash ? slash : output, '.');
	return dot && find(known, has_extension, dot, strlen(dot)) ? JOULES_OK : fail_unclear(output);
}

static joules_status understand(const char *output, struct known_handler *known, const char **target)
{
	*target = output;
	size_t scheme = scheme_length(output), word = strcspn(output, ":");
	if (scheme > 0)
		return find(known, has_scheme, output, scheme) ? JOULES_OK : fail_scheme(output, scheme);
	if (find(known, is_named, output, word)) {
		*target = output[word] ? output + word + 1 : "";
		return JOULES_OK;
	}
	if (output[word] && is_word(output, word))
		return fail_format(output, word);
	return *output ? find_by_extension(output, known) : fail_empty();
}

joules_status joules_handler_open(joules_handler **handler, const char *output)
{
	UNCANCELLED;
	if (!handler || !output)
		return joules_fail(JOULES_INVALID_ARGUMENT, "joules_handler_open: handler and output must not be NULL");
	*handler = NULL;
	struct known_handler known;
	const char *target;
	joules_status status = understand(output, &known, &target);
	return status ? status : handler_open(handler, &known, target);
}

joules_status joules_handler_prepare(joules_handler *handler, const joules_meter *meter)
{
	UNCANCELLED;
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
