/* SPDX-License-Identifier: MIT */
/* joules history: what `joules run` has kept. A table of the parts; each has a file of its own. */
#include "history/parts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/uri.h"
#include "base/words.h"
#include "cli.h"
#include "term.h"

static const char help[] =
    "Usage: joules history [FILTER…]\n"
    "       joules history show ID\n"
    "       joules history export [FILTER…] -o FORMAT:TARGET\n"
    "       joules history push [ADDRESS] [FILTER…]\n"
    "       joules history rm FILTER…\n"
    "       joules history limit [SIZE]\n\n"
    "Lists the runs that `joules run` has kept, oldest first. These words do something else:\n\n"
    "  show     show one run, domain by domain\n"
    "  export   write runs as `joules run -o` would have written them\n"
    "  push     send the runs that a server did not take, or send all of them to ADDRESS\n"
    "  rm       remove runs\n"
    "  limit    show how large the history may grow, or set it: 100MB, 1GB, or 0 for no limit\n\n"
    "A FILTER is KEY=VALUE. Write several with commas between them: command=xz (part of the command), name, host, id, "
    "label.KEY, since=2h, since=2026-11-25, until. Write a comma in a value as \\,. If an argument is a file that -o "
    "sqlite:FILE has written, that file is read instead of the history.\n\n"
    "  -o, --output FORMAT:TARGET   where export writes to, e.g. csv:- or json:runs.jsonl (repeatable)\n"
    "      --json                   list and show: print one JSON object, for programs\n"
    "      --color WHEN             use colours: auto (the default: on a terminal), always or never\n"
    "  -h, --help                   show this text\n\n"
    "The history is the file $JOULES_HISTORY, or $XDG_STATE_HOME/joules/history.db, or else "
    "~/.local/state/joules/history.db. With JOULES_HISTORY=off, or `joules run --no-history`, nothing is kept.\n";

/* ---- the command line ---- */

enum part { LIST, SHOW, EXPORT, PUSH, RM, LIMIT, PARTS };

static const char *const parts[] = { "list", "show", "export", "push", "rm", "limit" };

/* A word that is none of ours, no file, and no KEY=VALUE. */
static int unknown_word(const char *word)
{
	const char *nearest = NULL;
	for (size_t i = 0; i < PARTS; i++)
		nearest = words_nearer(word, strlen(word), nearest, parts[i]);
	if (nearest)
		return cli_error("history", EXIT_USAGE, "%s: did you mean `joules history %s`?", word, nearest);
	return cli_error("history", EXIT_USAGE,
	    "%s is neither a file nor a filter such as command=xz; `joules history --help` has them all", word);
}

static int take_word(struct request *request, const char *word)
{
	struct stat info;
	if (!request->file && stat(word, &info) == 0) {
		request->file = word;
		return EXIT_DONE;
	}
	if (!strchr(word, '='))
		return unknown_word(word);
	text_addf(&request->filter, "%s%s", request->filter.length ? "," : "", word);
	return EXIT_DONE;
}

/* And no filter: command=http://… */
static bool is_address(const char *word)
{
	return uri_is_address(word) && word[strcspn(word, "=:?")] != '=';
}

/* Of show, push and limit: the word that is theirs, which is no file's name. */
static bool is_value(enum part part, const char *word)
{
	return part == LIMIT || (part == SHOW && !strpbrk(word, "/.")) || (part == PUSH && is_address(word));
}

static int take_words(struct request *request, enum part part, char *const *words, const char **value)
{
	int status = EXIT_DONE;
	for (; *words && status == EXIT_DONE; words++) {
		if (!*value && is_value(part, *words))
			*value = *words;
		else
			status = take_word(request, *words);
	}
	return status;
}

static int go(const struct request *request, enum part part, const char *value)
{
	switch (part) {
	case SHOW:
		return history_show(request, value);
	case EXPORT:
		return history_export(request);
	case PUSH:
		return history_push(request, value);
	case RM:
		return history_rm(request);
	case LIMIT:
		return history_limit(request, value);
	default:
		return history_list(request);
	}
}

static enum part find_part(const char *word)
{
	for (int i = LIST; word && i < PARTS; i++)
		if (strcmp(word, parts[i]) == 0)
			return (enum part)i;
	return PARTS;
}

static int take_options(struct request *request, int argc, char **argv, bool *wants_help)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "json", no_argument, NULL, 'j' },
		{ "color", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	opterr = 0;
	for (int option; !*wants_help && (option = getopt_long(argc, argv, ":o:h", options, NULL)) != -1;) {
		if (option == 'h')
			*wants_help = true;
		else if (option == 'j')
			request->json = true;
		else if (option == 'o')
			request->outputs[request->output_count++] = optarg;
		else if (option != 'c')
			return cli_bad_option("history", EXIT_USAGE, option, argv, options);
		else if (!term_color_mode(optarg))
			return cli_error("history", EXIT_USAGE, "--color %s: " TERM_COLOR_WORDS, optarg);
	}
	return EXIT_DONE;
}

static int take_all(struct request *request, int argc, char **argv)
{
	bool wants_help = false;
	const char *value = NULL;
	int status = take_options(request, argc, argv, &wants_help);
	if (status != EXIT_DONE || wants_help)
		return wants_help ? cli_help("history", help) : status;
	enum part part = find_part(argv[optind]);
	status = take_words(request, part, argv + optind + (part < PARTS), &value);
	if (status == EXIT_DONE && request->filter.failed)
		status = cli_error("history", EXIT_UNABLE, "out of memory");
	if (status == EXIT_DONE && part != EXPORT && request->output_count > 0)
		status = cli_error("history", EXIT_USAGE, "-o is for `joules history export`");
	return status == EXIT_DONE ? go(request, part, value) : status;
}

int cmd_history(int argc, char **argv)
{
	struct request request = REQUEST_NONE;
	request.outputs = calloc((size_t)argc, sizeof *request.outputs);
	int status = request.outputs ? take_all(&request, argc, argv) : cli_error("history", EXIT_UNABLE, "out of memory");
	free(request.outputs);
	text_free(&request.filter);
	return status;
}
