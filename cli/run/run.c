/* SPDX-License-Identifier: MIT */
/* joules run: open everything, run the command, report, and leave with its status. In this folder:
 *   plan       the command line, once read     command   what is run           user      --user: another account
 *   machine    all that is open meanwhile      signals, marks, progress, child           its parts
 *   series     idle machine, warm-ups, runs    prepare   before each run       measure   one run
 *   results    what the runs have shown        share     the command's part    notes, caveats
 *   figures    what the reports compute        outputs   -o                    report    in its two forms
 *   remarks    notes on the results */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "run/caveats.h"
#include "run/machine.h"
#include "run/outputs.h"
#include "run/plan.h"
#include "run/report.h"
#include "run/results.h"
#include "run/series.h"
#include "run/user.h"

static bool check_input(const struct command *command)
{
	if (!command->input)
		return true;
	int fd = open(command->input, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		cli_error("run", 0, "--input %s: %s", command->input, strerror(errno));
		return false;
	}
	close(fd);
	return true;
}

static bool open_meter(const struct plan *plan, struct machine *machine, struct results *results)
{
	if (!machine_open_meter(machine, &plan->meter))
		return false;
	if (results_begin(results, machine->meter))
		return true;
	cli_error("run", 0, "out of memory");
	return false;
}

/* Everything that can fail before the command fails here. */
static bool open_all(const struct plan *plan, struct machine *machine, struct report *report, struct outputs *outputs,
    struct results *results)
{
	struct notes *notes = &results->notes;
	if (!open_meter(plan, machine, results))
		return false;
	caveats_of_counters(plan, machine->meter, notes);
	if (plan->user && !user_become(plan->user))
		return false;
	caveats_of_command(plan, notes);
	if (!report_open(report, plan) || !check_input(&plan->command) ||
	    !outputs_open(
	        outputs, plan->outputs, plan->output_count, machine->meter, report->path ? report->fd : -1, notes))
		return false;
	machine->settles = report->fd >= 0 || plan->output_count > 0;
	if (!machine_open(machine, report->fd >= 0 ? plan->meter.sysroot : NULL, notes))
		return false;
	progress_open(&machine->progress, !plan->quiet && !report_holds_notes(report, plan), plan->runs + plan->warmups);
	return true;
}

/* Notes follow the report; in JSON they are in it. Errors met while it was written can only go to standard error. */
static void tell(const struct plan *plan, const struct report *report, struct results *results)
{
	struct notes *notes = &results->notes;
	if (results->done > 0 && report->fd >= 0) {
		report_write(report, plan, results);
		notes->quiet = plan->quiet;
	} else {
		notes->quiet = true;
	}
	notes_print(notes);
}

int cmd_run(int argc, char **argv)
{
	struct plan plan;
	struct machine machine = MACHINE_CLOSED;
	struct report report = REPORT_NONE;
	struct outputs outputs = { NULL, 0 };
	struct results results = { .count = 0 };
	int status = EXIT_RUN_FAILED;
	if (!plan_parse(&plan, argc, argv, &status))
		goto out;
	if (open_all(&plan, &machine, &report, &outputs, &results)) {
		series_run(&plan, &machine, &outputs, &results);
		outputs_close(&outputs, &results.notes);
		tell(&plan, &report, &results);
		status = results.exit_status;
		if (results.done == 0 && machine.signals.stop) {
			marks_close(&machine.marks);
			status = signals_die(&machine.signals);
		}
	} else {
		outputs_close(&outputs, &results.notes);
	}
out:
	results_free(&results);
	machine_close(&machine);
	report_close(&report);
	plan_free(&plan);
	return status;
}
