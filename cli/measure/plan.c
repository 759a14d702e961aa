/* SPDX-License-Identifier: MIT */
#include "measure/plan.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sysfs.h"
#include "base/text.h"
#include "cli.h"
#include "quantity.h"
#include "term.h"

bool plan_refuse(const struct plan *plan, const char *option, const char *value, const char *right, int *status)
{
	*status = cli_error(cli_verb, plan->usage_status, "%s %s: %s", option, value, right);
	return false;
}

bool plan_take_count(
    const struct plan *plan, const char *option, const char *value, uint64_t least, uint64_t *count, int *status)
{
	uint64_t number;
	if (!number_parse_u64(value, &number) || number > INT_MAX)
		return plan_refuse(plan, option, value, "this is not a number of runs: give a whole number, e.g. 10", status);
	if (number < least)
		return plan_refuse(plan, option, value, "there must be at least one run, e.g. -r 10", status);
	*count = number;
	return true;
}

static bool take_idle(struct plan *plan, const char *value, int *status)
{
	double seconds;
	if (!number_parse_double(value, &seconds) || seconds <= 0 || seconds > 86400)
		return plan_refuse(
		    plan, "--idle", value, "give a time in seconds, more than 0 and at most one day, e.g. --idle 2", status);
	plan->idle_s = seconds;
	return true;
}

static bool take_every(struct plan *plan, const char *value, int *status)
{
	double seconds;
	if (!quantity_parse_time(value, &seconds) || seconds < 1e-3 || seconds > 86400)
		return plan_refuse(plan, "--every", value, "give a time from 1ms to a day, e.g. --every 100ms", status);
	plan->every_s = seconds;
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
	return plan_refuse(plan, "--estimate", value, "give auto, never or always", status);
}

/* The device says whether these are watts; a comma would begin another setting. */
static bool take_watts(struct plan *plan, const char *value, int *status)
{
	if (strchr(value, ','))
		return plan_refuse(plan, "--estimate-watts", value,
		    "give the watts that the machine draws when idle and at full load, e.g. --estimate-watts 40:180", status);
	free(plan->settings);
	if (asprintf(&plan->settings, "estimate.watts=%s", value) < 0) {
		plan->settings = NULL;
		*status = cli_error(cli_verb, plan->usage_status, "out of memory");
		return false;
	}
	plan->meter.settings = plan->settings;
	return true;
}

bool plan_take_word(const struct plan *plan, const char *option, const char *value, const char **word, int *status)
{
	if (!*value)
		return plan_refuse(plan, option, "''", "the value is empty: is a variable unset?", status);
	*word = value;
	return true;
}

/* "KEY=…" */
static bool is_label(const char *word)
{
	size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
	return length > 0 && word[length] == '=';
}

static bool take_label(struct plan *plan, const char *value, int *status)
{
	if (!is_label(value))
		return plan_refuse(plan, "--label", value,
		    "write KEY=VALUE, with a key of letters, digits, - and _, e.g. branch=main", status);
	plan->labels[plan->label_count++] = value;
	return true;
}

static bool print_version(int *status)
{
	struct text text = TEXT_INIT;
	text_addf(&text, "joules %s\n", joules_version());
	*status = cli_print(cli_verb, &text);
	return false;
}

static bool take_report(struct plan *plan, const char *value, int *status)
{
	struct text why = TEXT_INIT;
	enum report_meaning meaning = report_understand(value, &plan->reports[plan->report_count], &why);
	plan->report_count += meaning == REPORT_MEANS_FORMAT;
	if (meaning == REPORT_MEANS_NOTHING)
		plan_refuse(plan, "--report", value, text_string(&why), status);
	text_free(&why);
	return meaning == REPORT_MEANS_FILE ? plan_take_word(plan, "--report", value, &plan->report, status)
	                                    : meaning == REPORT_MEANS_FORMAT;
}

bool plan_take(
    struct plan *plan, int option, char *const *argv, const struct option *options, const char *help, int *status)
{
	switch (option) {
	case 'r':
		return plan_take_count(plan, "-r", optarg, 1, &plan->rounds, status);
	case 'w':
		return plan_take_count(plan, "--warmup", optarg, 0, &plan->warmups, status);
	case 'o':
		return plan_take_word(plan, "-o", optarg, &plan->outputs[plan->output_count++], status);
	case 'q':
		plan->quiet = true;
		return true;
	case 'V':
		return print_version(status);
	case 'h':
		*status = cli_help(cli_verb, help);
		return false;
	case PLAN_SETUP:
		return plan_take_word(plan, "--setup", optarg, &plan->setup, status);
	case PLAN_CONCLUDE:
		return plan_take_word(plan, "--conclude", optarg, &plan->conclude, status);
	case PLAN_CLEANUP:
		return plan_take_word(plan, "--cleanup", optarg, &plan->cleanup, status);
	case PLAN_EVERY:
		return take_every(plan, optarg, status);
	case PLAN_COLOR:
		return term_color_mode(optarg) || plan_refuse(plan, "--color", optarg, TERM_COLOR_WORDS, status);
	case PLAN_PREPARE:
		return plan_take_word(plan, "--prepare", optarg, &plan->prepare, status);
	case PLAN_IDLE:
		return take_idle(plan, optarg, status);
	case PLAN_DOMAINS:
		return plan_take_word(plan, "--domains", optarg, &plan->meter.domains, status);
	case PLAN_JSON:
		plan->json = true;
		return true;
	case PLAN_REPORT:
		return take_report(plan, optarg, status);
	case PLAN_IGNORE:
		plan->ignore_failure = true;
		return true;
	case PLAN_INPUT:
		return plan_take_word(plan, "--input", optarg, &plan->input, status);
	case PLAN_USER:
		return plan_take_word(plan, "--user", optarg, &plan->user, status);
	case PLAN_ESTIMATE:
		return take_estimate(plan, optarg, status);
	case PLAN_WATTS:
		return take_watts(plan, optarg, status);
	case PLAN_SYSROOT:
		return plan_take_word(plan, "--sysroot", optarg, &plan->meter.sysroot, status);
	case PLAN_LABEL:
		return take_label(plan, optarg, status);
	case PLAN_NO_HISTORY:
		plan->no_history = true;
		return true;
	default:
		*status = cli_bad_option(cli_verb, plan->usage_status, option, argv, options);
		return false;
	}
}

static bool out_of_memory(const struct plan *plan, int *status)
{
	*status = cli_error(cli_verb, plan->usage_status, "out of memory");
	return false;
}

bool plan_begin(struct plan *plan, int usage_status, int argc, int *status)
{
	*plan = (struct plan){ .usage_status = usage_status, .meter = JOULES_OPTIONS_INIT, .rounds = 1 };
	plan->outputs = calloc((size_t)argc, sizeof *plan->outputs);
	plan->reports = calloc((size_t)argc, sizeof *plan->reports);
	plan->labels = calloc((size_t)argc, sizeof *plan->labels);
	opterr = 0;
	return (plan->outputs && plan->reports && plan->labels) || out_of_memory(plan, status);
}

/* Data on standard input can be read once only, so several runs do not get it. */
bool plan_take_commands(struct plan *plan, const struct command *commands, size_t count, int *status)
{
	plan->commands = calloc(count, sizeof *commands);
	if (!plan->commands)
		return out_of_memory(plan, status);
	memcpy(plan->commands, commands, count * sizeof *commands);
	plan->command_count = count;
	plan->withholds_input = !plan->input && (count > 1 || plan->rounds + plan->warmups > 1);
	if (plan->withholds_input)
		plan->input = "/dev/null";
	plan->meter.sysroot = sysfs_root(plan->meter.sysroot);
	return true;
}

void plan_free(struct plan *plan)
{
	free(plan->commands);
	free(plan->outputs);
	free(plan->reports);
	free(plan->labels);
	free(plan->settings);
	*plan = (struct plan){ .usage_status = plan->usage_status };
}
