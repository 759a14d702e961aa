/* SPDX-License-Identifier: MIT */
/* What the verbs of the command share. Each gets argv[0] = its own name ("list"), and returns the exit status. */
#ifndef JOULES_CLI_CLI_H
#define JOULES_CLI_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

struct text;

enum {
	EXIT_DONE = 0,
	EXIT_UNABLE = 1,       /* it could not do what was asked */
	EXIT_USAGE = 2,        /* bad usage; doctor: nothing can be measured */
	EXIT_EXCEEDED = 3,     /* compare --fail-if, check: what must not be, is */
	EXIT_UNDECIDED = 4,    /* the same: it cannot be told */
	EXIT_UNWRITTEN = 3,    /* doctor: its output could not be written, or composed */
	EXIT_RUN_FAILED = 125, /* joules run: Joules itself failed before the command */
	EXIT_NOT_EXECUTABLE = 126,
	EXIT_NOT_FOUND = 127
};

/* The verb that runs, for what several verbs share; main() sets it. */
extern const char *cli_verb;

int cmd_run(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_mark(int argc, char **argv);
int cmd_history(int argc, char **argv);

/* One line on standard error, "joules VERB: what is wrong and what would be right" (VERB "": "joules: …"). Returns
 * status, so that a verb can say `return cli_error("list", EXIT_USAGE, …)`. Passwords in it are masked, and what a
 * terminal would obey is escaped. */
int cli_error(const char *verb, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same for what getopt_long() refused: call it where that gave '?' or ':' (opterr = 0, a short option string that
 * begins with "+:"). Names the option, and the nearest one where it is unknown. */
int cli_bad_option(const char *verb, int status, int result, char *const *argv, const struct option *options);

/* The options of the verbs that only look: list and doctor. */
struct cli_look {
	const char *sysroot; /* NULL: not given */
	bool json;
	bool help; /* what stands behind it was not looked at */
};

/* Reads them; words begin at optind. False after saying what is wrong: EXIT_USAGE. */
bool cli_look(const char *verb, int argc, char **argv, struct cli_look *look);

/* Writes a finished text on standard output; EXIT_DONE, or EXIT_UNABLE after saying why (full disk, no memory). Frees
 * the text. */
int cli_print(const char *verb, struct text *text);

/* The text of --help, wrapped for where it goes; as cli_print(). */
int cli_help(const char *verb, const char *help);

#endif
