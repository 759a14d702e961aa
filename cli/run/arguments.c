/* SPDX-License-Identifier: MIT */
#include "run/arguments.h"

#include <string.h>

#include "cli.h"

enum { OPT_NAME = PLAN_OWN };

static const struct option long_options[] = {
	PLAN_OPTIONS,
	{ "name", required_argument, NULL, OPT_NAME },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
    "Usage: joules run [options] [--] COMMAND [ARGUMENT…]\n\n"
    "Runs the command and reports how many joules the machine used meanwhile. The command's input, output and exit "
    "status stay as they are. The report goes to standard error. Options come before the command.\n\n"
    "What to run\n"
    "  -r, --runs N            run it N times, and report mean, spread and median\n"
    "  -w, --warmup N          run it N times first, without measuring\n" PLAN_HELP_HOOKS
    "      --input FILE        standard input of the command, opened again for each run\n"
    "      --user NAME         open the counters first, then run the command and open files as NAME\n"
    "      --ignore-failure    continue after a run that fails; exit with 0 if all runs took "
    "place\n\n" PLAN_HELP_MEASURED "What to write\n"
    "  -o, --output FORMAT:TARGET   also write the samples of each run, e.g. csv:runs.csv or json:- (repeatable)\n"
    "      --report FILE       write the report to FILE (- is standard output)\n"
    "      --report FORMAT:FILE   also write it as text, json, md, csv, junit or hyperfine (repeatable)\n"
    "      --json              write the report as JSON\n"
    "  -q, --quiet             write no report and no notes\n" PLAN_HELP_COLOR
    "      --name TAG          name of the first sample (default: the command's name)\n" PLAN_HELP_KEPT "\n"
    "  -h, --help, -V, --version\n\n"
    "The command can divide its run into samples: `joules mark TAG`, joules_mark() in C, or "
    "echo TAG > \"$JOULES_RUN_TAGS\"\n"
    "Exit status: the command's; 128 + n if signal n ended it; 127 if it is not found; 126 if it cannot be executed; "
    "125 if Joules failed before it could start.\n";

bool arguments_parse(struct plan *plan, int argc, char **argv, int *status)
{
	const char *name = NULL;
	if (!plan_begin(plan, EXIT_RUN_FAILED, argc, status))
		return false;
	for (int option; (option = getopt_long(argc, argv, "+:" PLAN_SHORT, long_options, NULL)) != -1;) {
		if (option == OPT_NAME)
			name = optarg;
		else if (!plan_take(plan, option, argv, long_options, help, status))
			return false;
	}
	if (optind == argc || !*argv[optind]) {
		*status = cli_error("run", EXIT_RUN_FAILED,
		    "a command is missing: joules run [options] COMMAND [ARGUMENT…], e.g. joules run sleep 1");
		return false;
	}
	struct command command = { .argv = argv + optind, .name = name ? name : command_name(argv[optind]) };
	return plan_take_commands(plan, &command, 1, status);
}
