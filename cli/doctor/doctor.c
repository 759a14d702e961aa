/* SPDX-License-Identifier: MIT */
/* joules doctor: what this machine can measure, with what rights, how well, and the commands that would improve it. It
 * changes nothing. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <joules/joules.h>

#include "base/json.h"
#include "base/sysfs.h"
#include "cli.h"
#include "doctor/domain.h"
#include "doctor/machine.h"
#include "doctor/python.h"
#include "doctor/rights.h"
#include "doctor/state.h"
#include "doctor/watch.h"
#include "layout.h"
#include "term.h"

enum verdict { VERDICT_MEASURED, VERDICT_ESTIMATED, VERDICT_NOTHING };

static const struct {
	const char *name;
	int status; /* formats.md section 6 */
	enum term_style style;
	const char *sentence;
} verdicts[] = {
	[VERDICT_MEASURED] = { "measured", EXIT_DONE, TERM_GOOD, "Joules can measure energy on this machine" },
	[VERDICT_ESTIMATED] = { "estimated", EXIT_UNABLE, TERM_WARN, "Joules can only estimate energy on this machine" },
	[VERDICT_NOTHING] = { "nothing", EXIT_USAGE, TERM_BAD, "Joules can neither measure nor estimate anything here" },
};

/* A counter that is stuck is no measurement, nor is that of a part of it: nobody can say whether it is alive. */
static bool is_usable(const struct doctor *doctor, const joules_domain *domain)
{
	const struct watch *watch = doctor_watch_of(doctor, domain);
	const struct watch *parent = domain->parent ? doctor_watch_called(doctor, domain->parent) : NULL;
	return domain->available && !(watch && watch->error) && !watch_is_stuck(watch) && !watch_is_stuck(parent);
}

struct census {
	size_t measured; /* domains that can be used */
	size_t estimated;
	size_t counters; /* domains that exist and would be measured */
};

static struct census count_domains(const struct doctor *doctor)
{
	struct census census = { 0 };
	for (size_t i = 0; i < joules_list_device_count(doctor->list); i++) {
		const joules_device *device = joules_list_device(doctor->list, i);
		for (size_t j = 0; j < device->domain_count; j++) {
			const joules_domain *domain = device->domains[j];
			bool usable = is_usable(doctor, domain);
			census.counters += domain->source == JOULES_MEASURED;
			census.measured += usable && domain->source == JOULES_MEASURED;
			census.estimated += usable && domain->source == JOULES_ESTIMATED;
		}
	}
	return census;
}

/* Counters that are stuck keep a run from estimating by itself, and measure nothing. */
static enum verdict judge(const struct doctor *doctor, const struct census *census)
{
	if (census->measured)
		return VERDICT_MEASURED;
	return census->estimated && !doctor_has_stuck(doctor) ? VERDICT_ESTIMATED : VERDICT_NOTHING;
}

static void find_device(struct doctor *doctor, const joules_device *device)
{
	for (size_t i = 0; i < device->domain_count; i++)
		if (!doctor_is_hidden(device, device->domains[i]))
			doctor_domain(doctor, device->domains[i]);
	/* Why a processor has no counter is doctor_machine()'s to say; and a machine without a GPU lacks nothing. */
	bool is_curable = device->cure || device->command;
	bool is_elsewhere = device->reason_code == JOULES_REASON_ABSENT || device->reason_code == JOULES_REASON_FOREIGN;
	if (device->domain_count > 0 || is_processors(device->part) || (is_elsewhere && !is_curable))
		return;
	doctor_absent(doctor, is_curable ? FINDING_ADVICE : FINDING_OK, device->name, device);
}

static bool examine(struct doctor *doctor)
{
	cpu_identify(&doctor->cpu, doctor->root);
	if (!doctor_watch(doctor))
		return false;
	for (size_t i = 0; i < joules_list_device_count(doctor->list); i++)
		find_device(doctor, joules_list_device(doctor->list, i));
	doctor_machine(doctor);
	doctor_rights(doctor);
	doctor_python(doctor);
	return !findings_failed(&doctor->findings);
}

static void json_report(struct text *out, const struct doctor *doctor, enum verdict verdict)
{
	json_begin_object(out, NULL);
	json_string(out, "format", "joules.doctor.1");
	json_string(out, "version", joules_version());
	json_string(out, "verdict", verdicts[verdict].name);
	findings_json(&doctor->findings, out);
	json_end_object(out);
	text_add(out, "\n");
}

static void text_report(struct text *out, const struct doctor *doctor, const struct census *census)
{
	enum verdict verdict = judge(doctor, census);
	struct page page = term_page(STDOUT_FILENO);
	if (*doctor->cpu.name) {
		text_add_escaped(out, doctor->cpu.name);
		text_addf(out, "%s\n", doctor->cpu.is_virtual ? ", a virtual machine" : "");
	}
	term_add_styled(out, page.color, verdicts[verdict].style, verdicts[verdict].sentence);
	if (census->measured < census->counters)
		text_addf(out, ": %zu of %zu counters can be used", census->measured, census->counters);
	text_add(out, "\n\n");
	findings_text(&doctor->findings, &page, out);
}

static const char help[] =
    "Usage: joules doctor [options]\n\n"
    "Says what this machine can measure and how well, and prints the commands that would improve "
    "it.\n"
    "It watches the counters for 0.1 s, or for 1.5 s if one of them stands still. It changes nothing.\n\n"
    "      --json          print one JSON object, for programs\n"
    "      --color WHEN    use colours: auto (the default: on a terminal), always or never\n"
    "      --sysroot DIR   read DIR/sys and DIR/proc instead of /sys and /proc\n"
    "  -h, --help          show this text\n\n"
    "Exit status: 0 can be measured, 1 can only be estimated, 2 neither (or bad usage), 3 the output "
    "could "
    "not be written.\n";

static int run_doctor(const char *sysroot, bool json)
{
	joules_options options = JOULES_OPTIONS_INIT;
	options.sysroot = sysfs_root(sysroot);
	joules_list *list = NULL;
	if (joules_list_new(&list, &options))
		return cli_error("doctor", EXIT_USAGE, "%s", joules_error_message());
	struct doctor doctor = { .root = options.sysroot, .list = list };
	struct text out = TEXT_INIT;
	int status = EXIT_UNWRITTEN;
	if (!examine(&doctor)) {
		cli_error("doctor", status, "out of memory");
		goto done;
	}
	struct census census = count_domains(&doctor);
	enum verdict verdict = judge(&doctor, &census);
	if (json)
		json_report(&out, &doctor, verdict);
	else
		text_report(&out, &doctor, &census);
	/* A report that nobody got must not look like a verdict. */
	if (cli_print("doctor", &out) == EXIT_DONE)
		status = verdicts[verdict].status;
done:
	findings_free(&doctor.findings);
	free(doctor.watches);
	joules_list_free(list);
	return status;
}

int cmd_doctor(int argc, char **argv)
{
	struct cli_look look;
	if (!cli_look("doctor", argc, argv, &look))
		return EXIT_USAGE;
	if (look.help)
		return cli_help("doctor", help);
	if (optind < argc)
		return cli_error("doctor", EXIT_USAGE, "%s: joules doctor takes only options", argv[optind]);
	return run_doctor(look.sysroot, look.json);
}
