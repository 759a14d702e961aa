/* SPDX-License-Identifier: MIT */
/* The command: a table of verbs. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <joules/joules.h>

#include "base/text.h"
#include "base/words.h"
#include "cli.h"

struct verb {
	const char *name;
	int (*command)(int argc, char **argv);
	const char *help;
};

static const struct verb verbs[] = {
	{ "run", cmd_run, "run a command and report how many joules the machine used" },
	{ "compare", cmd_compare, "run commands in turns and say which uses less energy" },
	{ "check", cmd_check, "say whether a command stays within its limits, for scripts and CI" },
	{ "list", cmd_list, "list every device and domain, and say why one is not available" },
	{ "doctor", cmd_doctor, "say what this machine can measure, how well, and what would improve it" },
	{ "history", cmd_history, "list, show and export the runs that `joules run` has kept" },
	{ "mark", cmd_mark, "inside a command that `joules run` measures: end a sample and begin the next" },
};

enum { VERBS = sizeof verbs / sizeof *verbs };

static void add_help(struct text *text)
{
	text_add(text,
	    "Usage: joules VERB [options]\n\n"
	    "Measures the energy that a machine uses while code runs, and says how far each number can be trusted.\n\n");
	for (size_t i = 0; i < VERBS; i++)
		text_addf(text, "  %-8s %s\n", verbs[i].name, verbs[i].help);
	text_add(text,
	    "\n  joules VERB --help   show the options of a verb\n  joules --version     show the version\n\n"
	    "Try: joules run sleep 1\n");
}

static int print_help(void)
{
	struct text text = TEXT_INIT;
	add_help(&text);
	int status = cli_help("", text_string(&text));
	text_free(&text);
	return status;
}

static int print_version(void)
{
	struct text text = TEXT_INIT;
	text_addf(&text, "joules %s\n", joules_version());
	return cli_print("", &text);
}

static int unknown_verb(const char *word)
{
	const char *nearest = NULL;
	for (size_t i = 0; i < VERBS; i++)
		nearest = words_nearer(word, strlen(word), nearest, verbs[i].name);
	if (nearest)
		return cli_error("", EXIT_USAGE, "unknown verb %s: did you mean `joules %s`?", word, nearest);
	return cli_error("", EXIT_USAGE,
	    "unknown verb %s: `joules --help` lists the verbs; to measure a command, use `joules run %s`", word, word);
}

/* A standard stream that is closed must not become one of our files, stays an error to use, and stays closed in a
 * child: O_PATH refuses reads and writes with EBADF, close-on-exec undoes it. */
static void occupy_standard_streams(void)
{
	int fd;
	do {
		fd = open("/", O_PATH | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	occupy_standard_streams();
	if (argc < 2)
		return cli_error("", EXIT_USAGE,
		    "a verb is missing: `joules run COMMAND` measures a command; `joules --help` lists the verbs");
	const char *word = argv[1];
	for (size_t i = 0; i < VERBS; i++) {
		if (strcmp(word, verbs[i].name) != 0)
			continue;
		cli_verb = verbs[i].name;
		return verbs[i].command(argc - 1, argv + 1);
	}
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0)
		return print_help();
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
		return print_version();
	return unknown_verb(word);
}
