/* SPDX-License-Identifier: MIT */
#include "check/arguments.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "compare/words.h"
#include "quantity.h"

enum { OPT_BUDGET = PLAN_OWN, OPT_AGAINST, OPT_BASELINE, OPT_SAVE, OPT_ALLOW, OPT_UNDECIDED, OPT_NO_CI };

static const struct option long_options[] = {
	PLAN_OPTIONS,
	{ "budget", required_argument, NULL, OPT_BUDGET },
	{ "against", required_argument, NULL, OPT_AGAINST },
	{ "baseline", required_argument, NULL, OPT_BASELINE },
	{ "save", no_argument, NULL, OPT_SAVE },
	{ "allow", required_argument, NULL, OPT_ALLOW },
	{ "undecided", required_argument, NULL, OPT_UNDECIDED },
	{ "no-ci", no_argument, NULL, OPT_NO_CI },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
    "Usage: joules check --budget RULE… [options] [--] COMMAND [ARGUMENT…]\n"
    "       joules check --against 'OTHER' --allow P% [options] [--] COMMAND [ARGUMENT…]\n"
    "       joules check --baseline FILE --allow P% [--save] [options] [--] COMMAND [ARGUMENT…]\n\n"
    "Runs the command and says whether it stays within its limits, for scripts and CI. The report goes to standard "
    "error.\n\n"
    "What to check\n"
    "      --budget RULE       total<=120J, time<=2s, power<=60W, package_0<=80J, tag:solve<=5J (repeatable)\n"
    "      --against 'OTHER'   run both commands in turns, in random order, and compare their energy\n"
    "      --baseline FILE     compare with at least three earlier sessions on this machine\n"
    "      --save              add this session to FILE\n"
    "      --allow P%          how much more than OTHER, or than before, the command may use\n"
    "      --undecided WHEN    fail (the default: exit with 4) or pass, if nothing can be said\n\n"
    "What to run\n"
    "  -r, --runs N            run it N times (default: once; with --baseline 10 times; with --against 10 to 50 times, "
    "about a minute)\n"
    "  -w, --warmup N          run it N times first, without measuring (default: 0; with --against 1)\n" PLAN_HELP_HOOKS
    "      --input FILE        standard input of the command, opened again for each run\n"
    "      --user NAME         open the counters first, then run the command and open files as NAME\n"
    "      --ignore-failure    continue after a run that fails\n\n" PLAN_HELP_MEASURED "What to write\n"
    "  -o, --output FORMAT:TARGET   also write the samples of each run, e.g. csv:runs.csv (repeatable)\n"
    "      --report FILE       write the report to FILE (- is standard output)\n"
    "      --report FORMAT:FILE   also write it as text, json, md, csv or junit (repeatable)\n"
    "      --json              write the report as JSON\n"
    "      --no-ci             in GitHub Actions, write no step summary and no annotations\n"
    "  -q, --quiet             write no report and no notes\n" PLAN_HELP_COLOR PLAN_HELP_KEPT "\n"
    "  -h, --help, -V, --version\n\n"
    "Exit status: 0 within; 3 exceeded; 4 undecided; 1 the command failed, or nothing was measured; 2 bad usage.\n";

static bool take_budget(struct check_arguments *arguments, int *status)
{
	const char *why;
	if (budget_parse(&arguments->budgets[arguments->budget_count++], optarg, &why))
		return true;
	return plan_refuse(&arguments->plan, "--budget", optarg, why ? why : "out of memory", status);
}

static bool take_undecided(struct check_arguments *arguments, int *status)
{
	arguments->undecided_passes = strcmp(optarg, "pass") == 0;
	return arguments->undecided_passes || strcmp(optarg, "fail") == 0 ||
	    plan_refuse(&arguments->plan, "--undecided", optarg, "give fail or pass", status);
}

static bool take(struct check_arguments *arguments, int option, char *const *argv, int *status)
{
	switch (option) {
	case OPT_BUDGET:
		return take_budget(arguments, status);
	case OPT_AGAINST:
		return plan_take_word(&arguments->plan, "--against", optarg, &arguments->against, status);
	case OPT_BASELINE:
		return plan_take_word(&arguments->plan, "--baseline", optarg, &arguments->baseline, status);
	case OPT_SAVE:
		arguments->saves = true;
		return true;
	case OPT_ALLOW:
		return quantity_parse_percent(optarg, &arguments->allow) ||
		    plan_refuse(&arguments->plan, "--allow", optarg, "give a percentage, e.g. --allow 3%", status);
	case OPT_UNDECIDED:
		return take_undecided(arguments, status);
	case OPT_NO_CI:
		arguments->no_ci = true;
		return true;
	default:
		return plan_take(&arguments->plan, option, argv, long_options, help, status);
	}
}

/* ---- what must stand together ---- */

static bool refuse(const struct check_arguments *arguments, const char *why, int *status)
{
	*status = cli_error("check", arguments->plan.usage_status, "%s", why);
	return false;
}

static bool is_complete(const struct check_arguments *arguments, int *status)
{
	if (arguments->budget_count == 0 && !arguments->against && !arguments->baseline)
		return refuse(
		    arguments, "a limit is missing, e.g. --budget 'total<=120J', or --against 'OTHER' --allow 3%", status);
	if (arguments->against && arguments->allow < 0)
		return refuse(arguments, "--against needs --allow, e.g. --allow 3%: how much more the command may use", status);
	if (arguments->baseline && arguments->allow < 0)
		return refuse(arguments, "--baseline needs --allow, e.g. --allow 5%: sessions differ by themselves", status);
	if (!arguments->against && !arguments->baseline && arguments->allow >= 0)
		return refuse(arguments, "--allow needs --against 'OTHER' or --baseline FILE", status);
	if (arguments->saves && !arguments->baseline)
		return refuse(arguments, "--save needs --baseline FILE", status);
	for (size_t i = 0; i < arguments->plan.report_count; i++)
		if (arguments->plan.reports[i].format == REPORT_HYPERFINE)
			return refuse(arguments,
			    "--report hyperfine: a check has no such report; `joules run` and `joules compare` do", status);
	return true;
}

static bool take_commands(struct check_arguments *arguments, int argc, char **argv, int *status)
{
	struct command commands[2] = { { .argv = argv + optind,
		.name = optind < argc ? command_name(argv[optind]) : NULL } };
	const char *why;
	if (optind == argc || !*argv[optind])
		return refuse(arguments,
		    "a command is missing: joules check --budget 'total<=120J' [options] COMMAND [ARGUMENT…]", status);
	if (!arguments->against)
		return plan_take_commands(&arguments->plan, commands, 1, status);
	arguments->against_words = words_split(arguments->against, &why);
	if (!arguments->against_words)
		return plan_refuse(&arguments->plan, "--against", arguments->against, why, status);
	commands[1] = (struct command){ .argv = arguments->against_words, .name = arguments->against };
	return plan_take_commands(&arguments->plan, commands, 2, status);
}

bool check_arguments(struct check_arguments *arguments, int argc, char **argv, int *status)
{
	*arguments = (struct check_arguments){ .allow = -1.0 };
	if (!plan_begin(&arguments->plan, EXIT_USAGE, argc, status))
		return false;
	arguments->plan.rounds = 0;
	arguments->budgets = calloc((size_t)argc, sizeof *arguments->budgets);
	if (!arguments->budgets)
		return refuse(arguments, "out of memory", status);
	bool warms_up = false;
	for (int option; (option = getopt_long(argc, argv, "+:" PLAN_SHORT, long_options, NULL)) != -1;) {
		warms_up |= option == 'w';
		if (!take(arguments, option, argv, status))
			return false;
	}
	if (arguments->against && !warms_up)
		arguments->plan.warmups = 1;
	if (!arguments->against && arguments->plan.rounds == 0)
		arguments->plan.rounds = arguments->baseline ? 10 : 1;
	return is_complete(arguments, status) && take_commands(arguments, argc, argv, status);
}

void check_arguments_free(struct check_arguments *arguments)
{
	for (size_t i = 0; i < arguments->budget_count; i++)
		budget_free(&arguments->budgets[i]);
	free(arguments->budgets);
	words_free(arguments->against_words);
	plan_free(&arguments->plan);
}
