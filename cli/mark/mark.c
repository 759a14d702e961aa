/* SPDX-License-Identifier: MIT */
/* joules mark TAG: a breakpoint from a shell script that `joules run` measures. */
#include <string.h>

#include <joules/joules.h>

#include "cli.h"

static const char help[] =
    "Usage: joules mark TAG\n\n"
    "Inside a command that `joules run` measures, this ends the current sample and begins one called TAG.\n"
    "Anywhere else it does nothing and succeeds, so it can stay in a script.\n\n"
    "  -h, --help   show this text\n";

int cmd_mark(int argc, char **argv)
{
	static const struct option options[] = { { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 } };
	opterr = 0;
	int option = getopt_long(argc, argv, "+:h", options, NULL);
	if (option == 'h')
		return cli_help("mark", help);
	if (option != -1)
		return cli_bad_option("mark", EXIT_USAGE, option, argv, options);
	if (argc - optind != 1)
		return cli_error("mark", EXIT_USAGE, "%s: joules mark TAG",
		    optind == argc ? "a tag is missing" : "give one tag; put it in quotes if it contains spaces");
	joules_status status = joules_mark(argv[optind]);
	if (status == JOULES_OK)
		return EXIT_DONE;
	return cli_error(
	    "mark", status == JOULES_INVALID_ARGUMENT ? EXIT_USAGE : EXIT_UNABLE, "%s", joules_error_message());
}
