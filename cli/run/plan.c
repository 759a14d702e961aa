/* SPDX-License-Identifier: MIT */
#include "run/plan.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sysfs.h"
#include "base/text.h"
#include "cli.h"

enum {
	OPT_PREPARE = 256,
	OPT_IDLE,
	OPT_DOMAINS,
	OPT_JSON,
	OPT_REPORT,
	OPT_NAME,
	OPT_IGNORE,
	OPT_INPUT,
	OPT_USER,
	OPT_ESTIMATE,
	OPT_WATTS,
	OPT_SYSROOT
};

static const struct option long_options[] = {
	{ "runs", required_argument, NULL, 'r' },
	{ "warmup", required_argument, NULL, 'w' },
	{ "prepare", required_argument, NULL, OPT_PREPARE },
	{ "idle", required_argument, NULL, OPT_IDLE },
	{ "domains", required_argument, NULL, OPT_DOMAINS },
	{ "output", required_argument, NULL, 'o' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "report", required_argument, NULL, OPT_REPORT },
	{ "quiet", no_argument, NULL, 'q' },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "ignore-failure", no_argument, NULL, OPT_IGNORE },
	{ "input", required_argument, NULL, OPT_INPUT },
	{ "user", required_argument, NULL, OPT_USER },
	{ "estimate", required_argument, NULL, OPT_ESTIMATE },
	{ "estimate-watts", required_argument, NULL, OPT_WATTS },
	{ "sysroot", required_argument, NULL, OPT_SYSROOT },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
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
    "      --ignore-failure    go on after a run that fails; exit with 0 if all ran\n\n"
    "What is measured\n"
    "      --domains LIST      only these, e.g. package_0,dram_0 (names: joules list)\n"
    "      --idle SECONDS      measure the idle machine first and print what the command took above idle\n"
    "      --estimate WHEN     auto (where no CPU counter can be read), never, always\n"
    "      --estimate-watts IDLE:FULL   the machine's watts when idle and at full load, for the estimate\n"
    "      --sysroot DIR       the folder that holds the sys and proc to read ($JOULES_SYSROOT)\n\n"
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

static bool bad(int *status, const char *option, const char *value, const char *right)
{
	*status = cli_error("run", EXIT_RUN_FAILED, "%s %s: %s", option, value, right);
	return false;
}

static bool take_count(const char *option, const char *value, uint64_t least, uint64_t *count, int *status)
{
	uint64_t number;
	if (!number_parse_u64(value, &number) || number > INT_MAX)
		return bad(status, option, value, "that is no number of runs: give a whole one, e.g. 10");
	if (number < least)
		return bad(status, option, value, "there must be at least one run, e.g. -r 10");
	*count = number;
	return true;
}

static bool take_idle(struct plan *plan, const char *value, int *status)
{
	double seconds;
	if (!number_parse_double(value, &seconds) || seconds <= 0 || seconds > 86400)
		return bad(status, "--idle", value, "give a time in seconds above 0 and up to a day, e.g. --idle 2");
	plan->idle_s = seconds;
	return true;
}

static bool take_estimate(struct plan *plan, const char *value, int *status)
{
	static const struct {
		const char *word;
		joules_estimate when;
	} words[] = { { "auto", JOULES_ESTIMATE_AUTO }, { "never", JOULES_ESTIMATE_NEVER },
		{ "always", JOULES_ESTIMATE_ALWAYS } };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(value, words[i].word) == 0) {
			plan->meter.estimate = words[i].when;
			return true;
		}
	}
	return bad(status, "--estimate", value, "it is one of auto, never, always");
}

/* The device says whether these are watts; a comma would begin another setting. */
static bool take_watts(struct plan *plan, const char *value, int *status)
{
	if (strchr(value, ','))
		return bad(status, "--estimate-watts", value,
		    "give the machine's watts when idle and at full load, e.g. --estimate-watts 40:180");
	free(plan->settings);
	if (asprintf(&plan->settings, "estimate.watts=%s", value) < 0) {
		plan->settings = NULL;
		*status = cli_error("run", EXIT_RUN_FAILED, "out of memory");
		return false;
	}
	plan->meter.settings = plan->settings;
	return true;
}

/* Where an empty word can only be a shell variable that was not set. */
static bool take_word(const char *option, const char *value, const char **word, int *status)
{
	if (!*value)
		return bad(status, option, "''", "the value is empty: is a variable unset?");
	*word = value;
	return true;
}

static bool print_help(int *status)
{
	struct text text = TEXT_INIT;
	text_add(&text, help);
	*status = cli_print("run", &text);
	return false;
}

static bool print_version(int *status)
{
	struct text text = TEXT_INIT;
	text_addf(&text, "joules %s\n", joules_version());
	*status = cli_print("run", &text);
	return false;
}

static bool take(struct plan *plan, int option, char *const *argv, int *status)
{
	switch (option) {
	case 'r':
		return take_count("-r", optarg, 1, &plan->runs, status);
	case 'w':
		return take_count("--warmup", optarg, 0, &plan->warmups, status);
	case 'o':
		return take_word("-o", optarg, &plan->outputs[plan->output_count++], status);
	case 'q':
		plan->quiet = true;
		return true;
	case 'V':
		return print_version(status);
	case 'h':
		return print_help(status);
	case OPT_PREPARE:
		return take_word("--prepare", optarg, &plan->prepare, status);
	case OPT_IDLE:
		return take_idle(plan, optarg, status);
	case OPT_DOMAINS:
		return take_word("--domains", optarg, &plan->meter.domains, status);
	case OPT_JSON:
		plan->json = true;
		return true;
	case OPT_REPORT:
		return take_word("--report", optarg, &plan->report, status);
	case OPT_NAME:
		plan->command.name = optarg;
		return true;
	case OPT_IGNORE:
		plan->ignore_failure = true;
		return true;
	case OPT_INPUT:
		return take_word("--input", optarg, &plan->command.input, status);
	case OPT_USER:
		return take_word("--user", optarg, &plan->user, status);
	case OPT_ESTIMATE:
		return take_estimate(plan, optarg, status);
	case OPT_WATTS:
		return take_watts(plan, optarg, status);
	case OPT_SYSROOT:
		return take_word("--sysroot", optarg, &plan->meter.sysroot, status);
	default:
		*status = cli_bad_option("run", EXIT_RUN_FAILED, option, argv, long_options);
		return false;
	}
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

static void set_command(struct command *command, char *const *words)
{
	command->argv = words;
	if (!command->name)
		command->name = base_name(words[0]);
}

/* Data on standard input can be read once only, so runs in a series do not get it. */
static void withhold_input(struct plan *plan)
{
	plan->withholds_input = !plan->command.input && plan->runs + plan->warmups > 1;
	if (plan->withholds_input)
		plan->command.input = "/dev/null";
}

bool plan_parse(struct plan *plan, int argc, char **argv, int *status)
{
	*plan = (struct plan){ .meter = JOULES_OPTIONS_INIT, .runs = 1 };
	plan->outputs = calloc((size_t)argc, sizeof *plan->outputs);
	if (!plan->outputs) {
		*status = cli_error("run", EXIT_RUN_FAILED, "out of memory");
		return false;
	}
	opterr = 0;
	int option;
	while ((option = getopt_long(argc, argv, "+:r:w:o:qhV", long_options, NULL)) != -1)
		if (!take(plan, option, argv, status))
			return false;
	if (optind == argc || !*argv[optind]) {
		*status = cli_error(
		    "run", EXIT_RUN_FAILED, "which command? joules run [options] COMMAND [ARGUMENT…], e.g. joules run sleep 1");
		return false;
	}
	set_command(&plan->command, argv + optind);
	withhold_input(plan);
	plan->meter.sysroot = sysfs_root(plan->meter.sysroot);
	return true;
}

void plan_free(struct plan *plan)
{
	free(plan->outputs);
	free(plan->settings);
	plan->outputs = NULL;
	plan->settings = NULL;
}
