/* SPDX-License-Identifier: MIT */
#include "compare/arguments.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli.h"
#include "compare/order.h"
#include "quantity.h"

enum {
	OPT_SEED = PLAN_OWN,
	OPT_SHELL,
	OPT_REFERENCE,
	OPT_UNTIL,
	OPT_METRIC,
	OPT_FAIL_IF,
	OPT_SHOW,
	OPT_SELF,
	OPT_NO_CI,
	OPT_FROM,
	OPT_ANY
};

static const struct option long_options[] = {
	PLAN_OPTIONS,
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "shell", required_argument, NULL, OPT_SHELL },
	{ "no-shell", no_argument, NULL, 'N' },
	{ "parameter-list", required_argument, NULL, 'L' },
	{ "parameter-scan", required_argument, NULL, 'P' },
	{ "parameter-step-size", required_argument, NULL, 'D' },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "any", no_argument, NULL, OPT_ANY },
	{ "reference", required_argument, NULL, OPT_REFERENCE },
	{ "until", required_argument, NULL, OPT_UNTIL },
	{ "metric", required_argument, NULL, OPT_METRIC },
	{ "fail-if", required_argument, NULL, OPT_FAIL_IF },
	{ "show-output", no_argument, NULL, OPT_SHOW },
	{ "self", required_argument, NULL, OPT_SELF },
	{ "no-ci", no_argument, NULL, OPT_NO_CI },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
    "Usage: joules compare [options] 'COMMAND' 'COMMAND'…\n"
    "       joules compare --from RUNS --from RUNS…\n\n"
    "Runs the commands in rounds: each runs once in every round, in a new random order. Says which of them use "
    "less energy than the first. Each command is one argument, which a shell runs. Options end at the first "
    "command.\n\n"
    "What to run\n"
    "  -r, --runs N            run N rounds (default: as many as fit in about a minute, 10 to 50)\n"
    "  -w, --warmup N          run N rounds first, without measuring (default: 1)\n"
    "      --until P%          continue until a difference is found, or half the interval is at most P %\n"
    "      --seed N            choose the random orders from this number\n"
    "      --shell PATH        run the commands with this shell (default: sh)\n"
    "  -N, --no-shell          use no shell: split the commands into words at spaces and quotes\n"
    "  -L, --parameter-list NAME a,b,c        run the commands with each of these values in place of {NAME}\n"
    "  -P, --parameter-scan NAME MIN MAX      the same for the numbers from MIN to MAX\n"
    "  -D, --parameter-step-size STEP         the step of -P (default: 1)\n"
    "      --self 'COMMAND'    compare a command with itself\n" PLAN_HELP_HOOKS
    "      --input FILE        standard input of the commands, opened again for each run (default: /dev/null)\n"
    "      --user NAME         open the counters first, then run the commands and open files as NAME\n"
    "      --ignore-failure    continue after a run that fails, and leave out its round\n\n" PLAN_HELP_MEASURED
    "What to compare\n"
    "      --from RUNS         use earlier runs: a report of `joules run --json`, or KEY=VALUE,… for the history's\n"
    "      --any               accept runs of different processors, hosts, sources or sets of domains\n"
    "      --reference N       compare with command number N (default: 1)\n"
    "      --metric NAME       compare by total (default), time, power, a domain, or above-idle (with --idle)\n\n"
    "What to write\n"
    "  -o, --output FORMAT:TARGET   also write the samples of each run, e.g. csv:runs.csv (repeatable)\n"
    "      --report FILE       write the report to FILE (default: standard output)\n"
    "      --report FORMAT:FILE   also write it as text, json, md, csv, junit or hyperfine (repeatable)\n"
    "      --json              write the report as JSON\n"
    "      --show-output       show what the commands write; the report goes to standard error\n"
    "      --fail-if VERDICT   less or more: exit with 3 if that is found, with 4 if nothing can be said\n"
    "      --no-ci             in GitHub Actions, write no step summary and no annotations\n"
    "  -q, --quiet             write no notes\n" PLAN_HELP_COLOR PLAN_HELP_KEPT "\n"
    "  -h, --help, -V, --version\n\n"
    "Exit status: 0 done; 1 a command failed, or nothing was measured; 2 bad usage; 3 and 4 with --fail-if.\n";

static bool take_shell(struct arguments *arguments, int *status)
{
	return plan_take_word(&arguments->plan, "--shell", optarg, &arguments->shell, status);
}

static bool take_seed(struct arguments *arguments, int *status)
{
	if (number_parse_u64(optarg, &arguments->seed))
		return true;
	return plan_refuse(&arguments->plan, "--seed", optarg, "a seed is a whole number, e.g. --seed 1", status);
}

static bool take_reference(struct arguments *arguments, int *status)
{
	uint64_t number;
	if (!number_parse_u64(optarg, &number) || number == 0)
		return plan_refuse(&arguments->plan, "--reference", optarg,
		    "give the number of a command, counted from 1, e.g. --reference 2", status);
	arguments->reference = (size_t)number - 1;
	return true;
}

static bool take_until(struct arguments *arguments, int *status)
{
	if (quantity_parse_percent(optarg, &arguments->until) && arguments->until > 0)
		return true;
	return plan_refuse(&arguments->plan, "--until", optarg, "give a percentage above 0, e.g. --until 1%", status);
}

static bool take_fail_if(struct arguments *arguments, int *status)
{
	if (strcmp(optarg, "less") != 0 && strcmp(optarg, "more") != 0)
		return plan_refuse(&arguments->plan, "--fail-if", optarg, "give less or more", status);
	arguments->fail_if = optarg;
	return true;
}

static bool take(struct arguments *arguments, int option, char *const *argv, int *status)
{
	switch (option) {
	case OPT_SEED:
		return take_seed(arguments, status);
	case OPT_SHELL:
		return take_shell(arguments, status);
	case 'N':
		arguments->shell = NULL;
		return true;
	case OPT_REFERENCE:
		return take_reference(arguments, status);
	case OPT_UNTIL:
		return take_until(arguments, status);
	case OPT_METRIC:
		return plan_take_word(&arguments->plan, "--metric", optarg, &arguments->metric, status);
	case OPT_FAIL_IF:
		return take_fail_if(arguments, status);
	case OPT_NO_CI:
		arguments->no_ci = true;
		return true;
	case OPT_FROM:
		return plan_take_word(
		    &arguments->plan, "--from", optarg, &arguments->stored[arguments->stored_count++], status);
	case OPT_ANY:
		arguments->any = true;
		return true;
	case OPT_SHOW:
		arguments->plan.hides_output = false;
		return true;
	default:
		return plan_take(&arguments->plan, option, argv, long_options, help, status);
	}
}

/* ---- options of more than one word ---- */

/* The words that stand behind an option's value. */
static bool more_words(const struct arguments *arguments, int argc, char *const *argv, int count, const char *right,
    const char **words, int *status)
{
	for (int i = 0; i < count; i++) {
		if (optind == argc) {
			*status = cli_error("compare", arguments->plan.usage_status, "%s", right);
			return false;
		}
		words[i] = argv[optind++];
	}
	return true;
}

/* -D may stand before or behind its -P. */
struct scan {
	const char *name, *bounds[2], *step;
};

static bool take_list(struct arguments *arguments, int argc, char *const *argv, int *status)
{
	const char *values, *why, *name = optarg;
	if (!more_words(arguments, argc, argv, 1, "-L needs a name and values: -L NAME a,b,c", &values, status))
		return false;
	return subjects_list(&arguments->subjects, name, values, &why) ||
	    plan_refuse(&arguments->plan, "-L", name, why, status);
}

static bool end_scan(struct arguments *arguments, struct scan *scan, int *status)
{
	const char *why;
	if (!scan->name)
		return true;
	bool ok = subjects_range(&arguments->subjects, scan->name, scan->bounds[0], scan->bounds[1], scan->step, &why);
	if (!ok)
		return plan_refuse(&arguments->plan, "-P", scan->name, why, status);
	*scan = (struct scan){ NULL, { NULL, NULL }, NULL };
	return true;
}

static bool take_scan(struct arguments *arguments, int argc, char *const *argv, struct scan *scan, int *status)
{
	if (!end_scan(arguments, scan, status))
		return false;
	scan->name = optarg;
	return more_words(
	    arguments, argc, argv, 2, "-P needs a name and two numbers: -P NAME MIN MAX", scan->bounds, status);
}

/* ---- commands ---- */

static bool add_line(struct arguments *arguments, const char *line, int *status)
{
	const char *why;
	if (*line == '-') {
		*status = cli_error("compare", arguments->plan.usage_status,
		    "%s comes after a command, so it is taken for a command: give the options first", line);
		return false;
	}
	if (subjects_add(&arguments->subjects, line, arguments->shell, &why))
		return true;
	*status = cli_error("compare", arguments->plan.usage_status, "%s: %s", line, why);
	return false;
}

static bool check_commands(const struct arguments *arguments, int *status)
{
	const struct subjects *subjects = &arguments->subjects;
	const char *unused = subjects_unused(subjects);
	if (unused)
		*status = cli_error("compare", arguments->plan.usage_status,
		    "no command contains {%s}: write it where the values should go", unused);
	else if (subjects->count < 2)
		*status = cli_error("compare", arguments->plan.usage_status,
		    "commands are missing: give two or more, each in quotes: joules compare 'xz -6 f' 'zstd -19 f'");
	else if (arguments->reference >= subjects->count)
		*status = cli_error("compare", arguments->plan.usage_status, "--reference %zu: there are only %zu commands",
		    arguments->reference + 1, subjects->count);
	else
		return true;
	return false;
}

/* Runs that were measured earlier, and no commands. */
static bool check_stored(const struct arguments *arguments, bool has_commands, int *status)
{
	const struct plan *plan = &arguments->plan;
	for (size_t i = 0; i < plan->report_count; i++)
		if (plan->reports[i].format != REPORT_TEXT && plan->reports[i].format != REPORT_JSON)
			return plan_refuse(plan, "--report", report_format_name(plan->reports[i].format),
			    "with --from, give text or json", status);
	if (has_commands)
		*status = cli_error("compare", plan->usage_status, "--from compares earlier runs: leave out the commands");
	else if (arguments->stored_count < 2)
		*status = cli_error(
		    "compare", plan->usage_status, "--from %s: with which? Give --from twice or more", arguments->stored[0]);
	else if (arguments->reference >= arguments->stored_count)
		*status = cli_error("compare", plan->usage_status, "--reference %zu: --from is given only %zu times",
		    arguments->reference + 1, arguments->stored_count);
	else
		return true;
	return false;
}

static bool take_commands(struct arguments *arguments, int *status)
{
	const struct subjects *subjects = &arguments->subjects;
	struct command *commands = calloc(subjects->count, sizeof *commands);
	if (!commands) {
		*status = cli_error("compare", EXIT_UNABLE, "out of memory");
		return false;
	}
	for (size_t i = 0; i < subjects->count; i++)
		commands[i] = (struct command){ .argv = subjects->list[i].words, .name = subjects->list[i].line };
	bool ok = plan_take_commands(&arguments->plan, commands, subjects->count, status);
	free(commands);
	return ok;
}

bool compare_arguments(struct arguments *arguments, int argc, char **argv, int *status)
{
	*arguments = (struct arguments){ .shell = "sh", .metric = "total", .seed = order_seed() };
	const char *self = NULL;
	struct scan scan = { NULL, { NULL, NULL }, NULL };
	if (!plan_begin(&arguments->plan, EXIT_USAGE, argc, status))
		return false;
	arguments->stored = calloc((size_t)argc, sizeof *arguments->stored);
	if (!arguments->stored) {
		*status = cli_error("compare", EXIT_UNABLE, "out of memory");
		return false;
	}
	arguments->plan.rounds = 0;
	arguments->plan.warmups = 1;
	arguments->plan.hides_output = true;
	for (int option; (option = getopt_long(argc, argv, "+:L:P:D:N" PLAN_SHORT, long_options, NULL)) != -1;) {
		bool ok = true;
		if (option == 'L')
			ok = take_list(arguments, argc, argv, status);
		else if (option == 'P')
			ok = take_scan(arguments, argc, argv, &scan, status);
		else if (option == 'D')
			scan.step = optarg;
		else if (option == OPT_SELF)
			ok = plan_take_word(&arguments->plan, "--self", optarg, &self, status);
		else
			ok = take(arguments, option, argv, status);
		if (!ok)
			return false;
	}
	if (!end_scan(arguments, &scan, status))
		return false;
	if (scan.step)
		return plan_refuse(&arguments->plan, "-D", scan.step, "it is the step of -P NAME MIN MAX", status);
	if (arguments->stored_count > 0)
		return check_stored(arguments, self || optind < argc, status);
	for (int twice = 0; self && twice < 2; twice++)
		if (!add_line(arguments, self, status))
			return false;
	for (; optind < argc; optind++)
		if (!add_line(arguments, argv[optind], status))
			return false;
	return check_commands(arguments, status) && take_commands(arguments, status);
}

void arguments_free(struct arguments *arguments)
{
	plan_free(&arguments->plan);
	free(arguments->stored);
	subjects_free(&arguments->subjects);
}
