/* SPDX-License-Identifier: MIT */
/* The plan: what a verb that measures commands was asked for. Nothing changes it once the command line is read. */
#ifndef JOULES_CLI_PLAN_H
#define JOULES_CLI_PLAN_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <joules/joules.h>

#include "measure/command.h"
#include "measure/report_format.h"

struct plan {
	int usage_status; /* what bad usage ends with */
	/* what is run */
	struct command *commands;
	size_t command_count;
	const char *input;    /* their standard input, opened anew for each run; NULL: ours */
	bool withholds_input; /* several runs do not get ours */
	const char *setup;    /* before all, for a shell */
	const char *prepare;
	const char *conclude;
	const char *cleanup;
	const char *user;
	bool hides_output; /* of commands: to /dev/null */
	uint64_t rounds;   /* each command once in each */
	uint64_t warmups;  /* rounds before them that are not measured */
	bool ignore_failure;
	/* what is measured */
	joules_options meter; /* its sysroot is the one in use */
	char *settings;       /* its settings */
	double idle_s;        /* 0: not asked for */
	double every_s;       /* how long a sample lasts; 0: from mark to mark */
	/* what comes out */
	const char **outputs; /* -o, as given */
	size_t output_count;
	const char **labels; /* --label, each KEY=VALUE */
	size_t label_count;
	bool no_history;
	const char *report;          /* NULL: where the verb's report goes by itself */
	struct report_wish *reports; /* beside it */
	size_t report_count;
	bool json;
	bool quiet;
};

/* The options that such verbs share: PLAN_OPTIONS in their long options, PLAN_SHORT at the end of their short ones,
 * and a help in the same three parts. A verb's own long options count from PLAN_OWN. */
enum {
	PLAN_PREPARE = 256,
	PLAN_SETUP,
	PLAN_CONCLUDE,
	PLAN_CLEANUP,
	PLAN_EVERY,
	PLAN_COLOR,
	PLAN_IDLE,
	PLAN_DOMAINS,
	PLAN_JSON,
	PLAN_REPORT,
	PLAN_IGNORE,
	PLAN_INPUT,
	PLAN_USER,
	PLAN_ESTIMATE,
	PLAN_WATTS,
	PLAN_SYSROOT,
	PLAN_LABEL,
	PLAN_NO_HISTORY,
	PLAN_OWN
};

/* clang-format off: a row each */
#define PLAN_SHORT "r:w:o:qhV"
#define PLAN_OPTIONS \
	{ "runs", required_argument, NULL, 'r' }, { "warmup", required_argument, NULL, 'w' }, \
	    { "setup", required_argument, NULL, PLAN_SETUP }, { "prepare", required_argument, NULL, PLAN_PREPARE }, \
	    { "conclude", required_argument, NULL, PLAN_CONCLUDE }, { "cleanup", required_argument, NULL, PLAN_CLEANUP }, \
	    { "every", required_argument, NULL, PLAN_EVERY }, { "color", required_argument, NULL, PLAN_COLOR }, \
	    { "idle", required_argument, NULL, PLAN_IDLE }, { "domains", required_argument, NULL, PLAN_DOMAINS }, \
	    { "output", required_argument, NULL, 'o' }, { "json", no_argument, NULL, PLAN_JSON }, \
	    { "report", required_argument, NULL, PLAN_REPORT }, { "quiet", no_argument, NULL, 'q' }, \
	    { "ignore-failure", no_argument, NULL, PLAN_IGNORE }, { "input", required_argument, NULL, PLAN_INPUT }, \
	    { "user", required_argument, NULL, PLAN_USER }, { "estimate", required_argument, NULL, PLAN_ESTIMATE }, \
	    { "estimate-watts", required_argument, NULL, PLAN_WATTS }, \
	    { "sysroot", required_argument, NULL, PLAN_SYSROOT }, { "label", required_argument, NULL, PLAN_LABEL }, \
	    { "no-history", no_argument, NULL, PLAN_NO_HISTORY }, { "version", no_argument, NULL, 'V' }, \
	    { "help", no_argument, NULL, 'h' }
/* clang-format on */

#define PLAN_HELP_HOOKS \
	"      --setup COMMAND     let sh run COMMAND once, before everything else\n" \
	"      --prepare COMMAND   let sh run COMMAND before each run, without measuring\n" \
	"      --conclude COMMAND  let sh run COMMAND after each run, without measuring\n" \
	"      --cleanup COMMAND   let sh run COMMAND once, after all runs\n"

#define PLAN_HELP_COLOR "      --color WHEN        use colours: auto (the default: on a terminal), always or never\n"

#define PLAN_HELP_KEPT \
	"      --label KEY=VALUE   keep this with each run, beside its command, folder, … (repeatable)\n" \
	"      --no-history        do not keep the runs in the history (`joules history`)\n"

#define PLAN_HELP_MEASURED \
	"What to measure\n" \
	"      --domains LIST      measure only these, e.g. package_0,dram_0 (`joules list` shows the names)\n" \
	"      --idle SECONDS      measure the idle machine first, and report what the command used above idle\n" \
	"      --every TIME        begin a new sample each TIME, e.g. 100ms: power over time, with the peak\n" \
	"      --estimate WHEN     auto (the default: only if no CPU counter can be read), never or always\n" \
	"      --estimate-watts IDLE:FULL   for the estimate: the watts that the machine draws when idle and at full " \
	"load\n" \
	"      --sysroot DIR       read DIR/sys and DIR/proc instead of /sys and /proc ($JOULES_SYSROOT)\n\n"

/* False without memory: *status. Release with plan_free() in any case. */
bool plan_begin(struct plan *plan, int usage_status, int argc, int *status);
/* Takes one of the options above, or what getopt_long() refused. False: *status is the exit status to leave with, also
 * after --help (where `help` was printed) and --version. */
bool plan_take(
    struct plan *plan, int option, char *const *argv, const struct option *options, const char *help, int *status);
/* After the options: the commands, which plan_free() releases (what they point to stays the verb's). */
bool plan_take_commands(struct plan *plan, const struct command *commands, size_t count, int *status);
void plan_free(struct plan *plan);

/* For the options of a verb's own. "VERB: OPTION VALUE: what would be right"; false. */
bool plan_refuse(const struct plan *plan, const char *option, const char *value, const char *right, int *status);
bool plan_take_count(
    const struct plan *plan, const char *option, const char *value, uint64_t least, uint64_t *count, int *status);
/* Where an empty word can only be a shell variable that was not set. */
bool plan_take_word(const struct plan *plan, const char *option, const char *value, const char **word, int *status);

#endif
