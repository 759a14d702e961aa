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
    "Runs the command and says how many joules the machine spent meanwhile. The command's input, output and exit "
    "status are\n"
    "untouched; the report goes to standard error. Options end at the first word that is none.\n\n"
    "What is run\n"
    "  -r, --runs N            N runs: mean, spread and median\n"
    "  -w, --warmup N          N runs first that are not measured\n"
    "      --prepare COMMAND   run by sh before each run, not measured\n"
    "      --input FILE        the command's standard input, opened anew for each run\n"
    "      --user NAME         open the counters first, then run the command and open files as NAME\n"
    "      --ignore-failure    go on after a run that fails; exit with 0 if all ran\n\n" PLAN_HELP_MEASURED
    "What comes out\n"
    "  -o, --output FORMAT:TARGET   also write each run's trace there, e.g. csv:runs.csv, json:- (repeatable)\n"
    "      --report FILE       write the report there (- is standard output)\n"
    "      --json              the report as JSON\n"
    "  -q, --quiet             no report and no notes\n"
    "      --name TAG          the name of the first sample (default: the command's)\n\n"
    "  -h, --help, -V, --version\n\n"
    "The command can set breakpoints: `joules mark TAG`, joules_mark() in C, or: echo TAG > \"$JOULES_RUN_TAGS\"\n"
    "Exit status: the command's; 128 + n after signal n; 127 not found; 126 not executable; 125 Joules itself failed "
    "before it.\n";

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

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
		*status = cli_error(
		    "run", EXIT_RUN_FAILED, "which command? joules run [options] COMMAND [ARGUMENT…], e.g. joules run sleep 1");
		return false;
	}
	struct command command = { .argv = argv + optind, .name = name ? name : base_name(argv[optind]) };
	return plan_take_commands(plan, &command, 1, status);
}
