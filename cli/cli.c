/* SPDX-License-Identifier: MIT */
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mask.h"
#include "base/text.h"
#include "base/words.h"
#include "base/write.h"
#include "layout.h"

const char *cli_verb = "";

int cli_error(const char *verb, int status, const char *format, ...)
{
	char *message = NULL;
	va_list arguments;
	va_start(arguments, format);
	if (vasprintf(&message, format, arguments) < 0)
		message = NULL;
	va_end(arguments);
	if (message)
		mask_passwords(message);
	struct text line = TEXT_INIT;
	text_addf(&line, "joules%s%s: ", *verb ? " " : "", verb);
	text_add_escaped(&line, message ? message : "out of memory");
	text_add(&line, "\n");
	write_all(STDERR_FILENO, text_string(&line), line.length);
	text_free(&line);
	free(message);
	return status;
}

/* A reader that has gone, as `joules list | head -1`, has seen enough. */
static int unwritten(const char *verb, int error)
{
	return error == EPIPE ? EXIT_UNABLE : cli_error(verb, EXIT_UNABLE, "standard output: %s", strerror(error));
}

int cli_print(const char *verb, struct text *text)
{
	int status = EXIT_DONE;
	if (text->failed)
		status = cli_error(verb, EXIT_UNABLE, "out of memory");
	else if (write_all(STDOUT_FILENO, text_string(text), text->length) < text->length)
		status = unwritten(verb, errno);
	text_free(text);
	return status;
}

int cli_help(const char *verb, const char *help)
{
	struct text text = TEXT_INIT;
	layout_help(&text, help, term_width(STDOUT_FILENO));
	return cli_print(verb, &text);
}

static const struct option *option_of(const struct option *options, int value)
{
	for (; options->name; options++)
		if (options->val == value)
			return options;
	return NULL;
}

static int unknown_option(const char *verb, int status, const char *word, const struct option *options)
{
	const char *nearest = NULL;
	for (; options->name; options++)
		nearest = words_nearer(word + 2, strcspn(word + 2, "="), nearest, options->name);
	if (nearest)
		return cli_error(verb, status, "unknown option %s: did you mean --%s?", word, nearest);
	return cli_error(verb, status, "unknown option %s: `joules %s --help` lists the options", word, verb);
}

int cli_bad_option(const char *verb, int status, int result, char *const *argv, const struct option *options)
{
	const char *word = argv[optind - 1];
	const struct option *option = option_of(options, optopt);
	bool is_long = word && word[0] == '-' && word[1] == '-';
	if (result == ':' && is_long)
		return cli_error(verb, status, "%s needs a value: %s VALUE", word, word);
	if (result == ':')
		return cli_error(verb, status, "-%c needs a value: -%c VALUE", optopt, optopt);
	if (is_long && option && optopt && strchr(word, '='))
		return cli_error(verb, status, "--%s takes no value: leave out %s", option->name, strchr(word, '='));
	if (is_long)
		return unknown_option(verb, status, word, options);
	return cli_error(verb, status, "unknown option -%c: `joules %s --help` lists the options", optopt, verb);
}

bool cli_look(const char *verb, int argc, char **argv, struct cli_look *look)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "color", required_argument, NULL, 'c' },
		{ "sysroot", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	*look = (struct cli_look){ 0 };
	opterr = 0;
	for (int option; !look->help && (option = getopt_long(argc, argv, "+:h", options, NULL)) != -1;) {
		if (option == 'h')
			look->help = true;
		else if (option == 'j')
			look->json = true;
		else if (option == 's')
			look->sysroot = optarg;
		else if (option != 'c')
			return cli_bad_option(verb, EXIT_USAGE, option, argv, options), false;
		else if (!term_color_mode(optarg))
			return cli_error(verb, EXIT_USAGE, "--color %s: " TERM_COLOR_WORDS, optarg), false;
	}
	return true;
}
