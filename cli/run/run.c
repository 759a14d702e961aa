/* SPDX-License-Identifier: MIT */
/* joules run: open everything, run the command, report, and leave with its status. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cputime.h"
#include "cli.h"
#include "run/report.h"
#include "run/run.h"
#include "run/user.h"
#include "term.h"

static bool open_meter(struct series *series)
{
	if (joules_meter_open(&series->meter, &series->options->meter) == JOULES_OK)
		return true;
	cli_error("run", 0, "%s", joules_error_message());
	return false;
}

/* ---- notes ---- */

static const joules_domain *estimated_domain(const joules_meter *meter)
{
	for (size_t i = 0; i < joules_meter_domain_count(meter); i++)
		if (joules_meter_domain(meter, i)->source == JOULES_ESTIMATED)
			return joules_meter_domain(meter, i);
	return NULL;
}

static const joules_device *device_called(const joules_list *list, const char *name)
{
	for (size_t i = 0; i < joules_list_device_count(list); i++)
		if (strcmp(joules_list_device(list, i)->name, name) == 0)
			return joules_list_device(list, i);
	return NULL;
}

/* One line: an estimate, of what, and how to measure instead. Asked before --user gives up the rights that the answer
 * depends on. */
static void note_estimate(struct series *series)
{
	const joules_domain *domain = estimated_domain(series->meter);
	joules_list *list = NULL;
	if (!domain || (series->options->quiet && !series->options->report))
		return; /* nobody would read it, and looking at every device takes time */
	const joules_device *rapl = NULL;
	if (series->options->meter.estimate == JOULES_ESTIMATE_AUTO &&
	    joules_list_new(&list, &series->options->meter) == JOULES_OK)
		rapl = device_called(list, "rapl");
	if (rapl && !rapl->available && rapl->reason)
		notes_add(&series->notes, "%s is an estimate (%s), because no counter can be read: %s%s%s", domain->name,
		    domain->scope ? domain->scope : "the whole machine", rapl->reason, rapl->cure ? "; to measure: " : "",
		    rapl->cure ? rapl->cure : "");
	else
		notes_add(&series->notes, "%s is an estimate (%s)", domain->name,
		    domain->scope ? domain->scope : "the whole machine");
	joules_list_free(list);
}

/* GPUs that are left out, and those that the command will not use. Only where nobody has chosen. */
static void note_gpus(struct series *series)
{
	const joules_meter *meter = series->meter;
	size_t measured = 0, visible = 0;
	const char *other = NULL; /* the device measured beside them */
	for (size_t i = 0; i < joules_meter_missing_count(meter); i++) {
		const joules_domain *domain = joules_meter_missing(meter, i);
		if (domain->part == JOULES_PART_GPU)
			notes_add(&series->notes, "%s is left out: %s%s%s", domain->name,
			    domain->reason ? domain->reason : "not available", domain->cure ? "; " : "",
			    domain->cure ? domain->cure : "");
	}
	for (size_t i = 0; i < joules_meter_domain_count(meter); i++) {
		const joules_domain *domain = joules_meter_domain(meter, i);
		measured += domain->part == JOULES_PART_GPU;
		visible += domain->part == JOULES_PART_GPU && domain->visible;
		other = domain->part != JOULES_PART_GPU && !other ? domain->device : other;
	}
	if (series->options->meter.domains || visible == measured)
		return;
	if (visible > 0)
		notes_add(&series->notes,
		    "all %zu GPUs are measured, CUDA_VISIBLE_DEVICES selects %zu of them: --domains %s%snvidia_visible "
		    "measures only those",
		    measured, visible, other ? other : "", other ? "," : "");
	else if (other)
		notes_add(&series->notes,
		    "GPUs are measured too (%zu), CUDA_VISIBLE_DEVICES selects none of them: --domains %s leaves them out",
		    measured, other);
}

static void note_sudo(struct series *series)
{
	const char *user = secure_getenv("SUDO_USER");
	if (!series->options->user && geteuid() == 0 && user && *user && strcmp(user, "root") != 0)
		notes_add(&series->notes,
		    "the command ran as root; sudo joules run --user %s … opens the counters as root and runs it as %s", user,
		    user);
}

/* Data on standard input can be read once only, so runs in a series do not get it. */
static void note_input(struct series *series)
{
	const struct run_options *options = series->options;
	struct stat input, null;
	if (options->input || options->runs + options->warmups == 1 || isatty(STDIN_FILENO) ||
	    fcntl(STDIN_FILENO, F_GETFL) & O_PATH)
		return;
	bool is_null = fstat(STDIN_FILENO, &input) == 0 && stat("/dev/null", &null) == 0 && input.st_rdev == null.st_rdev &&
	    S_ISCHR(input.st_mode);
	if (!is_null)
		notes_add(&series->notes,
		    "standard input was not given to the runs, which are several: --input FILE is opened anew for each");
}

/* ---- before the command ---- */

/* No O_TRUNC: what an earlier run left stays until there is something to replace it. */
static bool open_report(struct series *series)
{
	const char *path = series->options->report;
	if (!path) {
		series->report_fd = series->options->quiet ? -1 : STDERR_FILENO;
		return true;
	}
	if (strcmp(path, "-") == 0) {
		series->report_fd = STDOUT_FILENO;
		if (!(fcntl(STDOUT_FILENO, F_GETFL) & O_PATH)) /* it is closed: see main.c */
			return true;
		cli_error("run", 0, "--report -: standard output is closed");
		return false;
	}
	series->report_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	if (series->report_fd >= 0)
		return true;
	cli_error("run", 0, "--report %s: %s", path, strerror(errno));
	return false;
}

static bool check_input(const struct run_options *options)
{
	if (!options->input)
		return true;
	int fd = open(options->input, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		cli_error("run", 0, "--input %s: %s", options->input, strerror(errno));
		return false;
	}
	close(fd);
	return true;
}

static void open_marks(struct series *series)
{
	if (!marks_open(&series->marks))
		notes_add(&series->notes, "no marks from inside the command: a pipe in %s: %s",
		    secure_getenv("TMPDIR") ? "$TMPDIR or /tmp" : "/tmp", strerror(errno));
}

static bool json_takes_all(const struct series *series)
{
	return series->options->json && (series->report_fd == STDERR_FILENO || series->report_fd == STDOUT_FILENO);
}

/* Everything that can fail before the command fails here. */
static bool open_all(struct series *series)
{
	const struct run_options *options = series->options;
	if (!open_meter(series))
		return false;
	bool reports = !options->quiet || options->report;
	if (reports) {
		note_estimate(series);
		note_gpus(series);
	}
	if (options->user && !user_become(options->user))
		return false;
	note_sudo(series);
	note_input(series);
	if (!open_report(series) || !check_input(options) ||
	    !outputs_open(&series->outputs, options->outputs, options->output_count, series->meter,
	        options->report ? series->report_fd : -1, &series->notes))
		return false;
	series->wants_values = series->report_fd >= 0 || options->output_count > 0;
	if (series->report_fd >= 0)
		series->busy_fd = cputime_open(options->sysroot);
	children_adopt();
	open_marks(series);
	if (!signals_take_over(&series->signals)) {
		cli_error("run", 0, "signals: %s", strerror(errno));
		return false;
	}
	progress_open(&series->progress, !options->quiet && !json_takes_all(series), options->runs + options->warmups);
	return true;
}

/* ---- after the command ---- */

static void write_report(struct series *series)
{
	struct figures figures = { .failed = 0 };
	struct text text = TEXT_INIT;
	struct stat info;
	int fd = series->report_fd;
	bool ok = figures_of(series, &figures);
	if (ok && series->options->json)
		report_json(&text, series, &figures);
	else if (ok)
		report_text(&text, series, &figures, term_color(fd));
	errno = ENOMEM;
	ok = ok && !text.failed;
	if (ok && series->options->report && fd != STDOUT_FILENO && fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
		ok = ftruncate(fd, 0) == 0;
	if (!ok || !cli_write(fd, text_string(&text), text.length))
		notes_add_error(&series->notes, "the report could not be written%s%s: %s",
		    series->options->report ? " to " : "", series->options->report ? series->options->report : "",
		    strerror(errno));
	text_free(&text);
	figures_free(&figures);
}

/* Notes follow the report; in JSON they are in it. Errors met while it was written can only go to standard error. */
static void report(struct series *series)
{
	outputs_close(&series->outputs, &series->notes);
	bool ran = series->done > 0;
	if (ran && series->report_fd >= 0) {
		size_t told = json_takes_all(series) ? series->notes.count : 0;
		write_report(series);
		for (size_t i = 0; i < told; i++)
			series->notes.list[i].is_error = false;
		series->notes.quiet = series->options->quiet || told > 0;
	} else {
		series->notes.quiet = true;
	}
	notes_print(&series->notes);
}

static void close_all(struct series *series)
{
	for (size_t i = 0; i < series->count; i++)
		run_result_clear(&series->results[i]);
	free(series->results);
	joules_sample_free(series->idle);
	progress_close(&series->progress);
	marks_close(&series->marks);
	signals_close(&series->signals);
	notes_free(&series->notes);
	joules_meter_close(series->meter);
	if (series->busy_fd >= 0)
		close(series->busy_fd);
	if (series->report_fd > STDERR_FILENO)
		close(series->report_fd);
}

int cmd_run(int argc, char **argv)
{
	struct run_options options;
	struct series series = { .options = &options, .busy_fd = -1, .report_fd = -1, .input_fd = -1 };
	series.marks.fd = series.signals.fd = series.progress.series_fd = -1;
	int status = EXIT_RUN_FAILED;
	if (!run_options_parse(&options, argc, argv, &status))
		goto out;
	if (open_all(&series)) {
		series_run(&series);
		report(&series);
		status = series.exit_status;
		if (series.done == 0 && series.signals.stop) {
			marks_close(&series.marks);
			status = signals_die(&series.signals);
		}
	} else {
		outputs_close(&series.outputs, &series.notes);
	}
out:
	close_all(&series);
	run_options_free(&options);
	return status;
}
