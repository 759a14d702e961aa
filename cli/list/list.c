/* SPDX-License-Identifier: MIT */
/* joules list: every device and domain, available or why not and what would help. */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include <joules/joules.h>

#include "base/json.h"
#include "cli.h"
#include "layout.h"
#include "term.h"

/* ---- for programs: formats.md section 4 ---- */

static void json_gpu(struct text *out, const joules_domain *domain)
{
	const joules_gpu *gpu = domain->gpu;
	json_string(out, "name", gpu->product);
	json_string(out, "uuid", gpu->uuid);
	json_string(out, "pci", gpu->pci);
	json_string(out, "scope", domain->covers == JOULES_COVERS_MODULE ? "module" : "gpu");
	json_bool(out, "mig", gpu->mig);
	json_bool(out, "suspended", gpu->suspended);
	json_bool(out, "visible", gpu->visible);
}

static void json_why(struct text *out, const char *reason, joules_reason code, const char *cure, const char *command)
{
	json_string(out, "reason", reason);
	json_string(out, "reason_code", joules_reason_name(code));
	json_string(out, "cure", cure);
	json_string(out, "command", command);
}

static void json_domain(struct text *out, const joules_domain *domain)
{
	bool has_unit = domain->kind == JOULES_KIND_COUNTER && domain->unit_known;
	json_begin_object(out, NULL);
	json_string(out, "domain", domain->name);
	json_bool(out, "available", domain->available);
	json_why(out, domain->reason, domain->reason_code, domain->cure, domain->command);
	json_string(out, "source", joules_source_name(domain->source));
	json_string(out, "gain", joules_gain_name(domain->gain));
	json_string(out, "parent", domain->parent);
	json_bool(out, "in_total", domain->in_total);
	json_number(out, "unit_uj", has_unit ? domain->unit_j * 1e6 : (double)NAN);
	if (domain->range_uj)
		json_unsigned(out, "range_uj", domain->range_uj);
	else
		json_null(out, "range_uj");
	json_string(out, "path", domain->path);
	if (domain->gpu)
		json_gpu(out, domain);
	else if (domain->scope)
		json_string(out, "scope", domain->scope);
	json_end_object(out);
}

static void json_device(struct text *out, const joules_device *device)
{
	json_begin_object(out, NULL);
	json_string(out, "device", device->name);
	json_bool(out, "available", device->available);
	json_why(out, device->reason, device->reason_code, device->cure, device->command);
	json_begin_array(out, "domains");
	for (size_t i = 0; i < device->domain_count; i++)
		json_domain(out, device->domains[i]);
	json_end_array(out);
	json_end_object(out);
}

static void json_list(struct text *out, const joules_list *list)
{
	json_begin_object(out, NULL);
	json_string(out, "format", "joules.list.1");
	json_string(out, "version", joules_version());
	json_begin_array(out, "devices");
	for (size_t i = 0; i < joules_list_device_count(list); i++)
		json_device(out, joules_list_device(list, i));
	json_end_array(out);
	json_end_object(out);
	text_add(out, "\n");
}

/* ---- for people ---- */

enum { INDENT = 2, GAP = 2, REASON_INDENT = 6 };

/* Widths of the columns; the last one, the file, is as wide as it likes. */
struct columns {
	size_t name, parent, source, unit;
};

static const char *parent_of(const joules_domain *domain)
{
	return domain->parent ? domain->parent : "-";
}

static const char *source_of(const joules_domain *domain)
{
	return domain->available ? joules_source_name(domain->source) : "unavailable";
}

static void unit_of(const joules_domain *domain, struct text *out)
{
	text_clear(out);
	if (domain->kind != JOULES_KIND_COUNTER)
		text_add(out, "-");
	else if (!domain->unit_known)
		text_add(out, "unknown");
	else
		layout_unit(out, domain->unit_j);
}

static void widen(size_t *width, const char *string)
{
	size_t columns = term_columns(string);
	if (columns > *width)
		*width = columns;
}

/* Where the parent is on the list too, the part stands a step to the right, as in the report of `joules run`. */
static size_t depth_of(const joules_device *device, const joules_domain *domain)
{
	size_t depth = 0;
	for (const char *parent = domain->parent; parent && depth < 4; depth++) {
		const joules_domain *found = NULL;
		for (size_t i = 0; i < device->domain_count && !found; i++)
			if (strcmp(device->domains[i]->name, parent) == 0)
				found = device->domains[i];
		parent = found ? found->parent : NULL;
	}
	return depth;
}

static struct columns measure(const joules_list *list)
{
	struct columns columns = { strlen("DOMAIN"), strlen("PART OF"), strlen("SOURCE"), strlen("UNIT") };
	struct text unit = TEXT_INIT;
	for (size_t i = 0; i < joules_list_device_count(list); i++) {
		const joules_device *device = joules_list_device(list, i);
		for (size_t j = 0; j < device->domain_count; j++) {
			const joules_domain *domain = device->domains[j];
			size_t name = term_columns(domain->name) + INDENT * depth_of(device, domain);
			if (name > columns.name)
				columns.name = name;
			unit_of(domain, &unit);
			widen(&columns.parent, parent_of(domain));
			widen(&columns.source, source_of(domain));
			widen(&columns.unit, text_string(&unit));
		}
	}
	text_free(&unit);
	return columns;
}

/* The folder that all files of the device are in, with its slash: a pointer into one of the paths, and its length. 0
 * where one line for it would save nothing. */
static size_t common_folder(const joules_device *device, const char **first)
{
	size_t common = 0, paths = 0;
	for (size_t i = 0; i < device->domain_count; i++) {
		const char *path = device->domains[i]->path;
		if (!path)
			continue;
		if (paths++ == 0) {
			*first = path;
			common = strlen(path);
		}
		size_t same = 0;
		while (same < common && path[same] == (*first)[same])
			same++;
		common = same;
	}
	while (common > 0 && (*first)[common - 1] != '/')
		common--;
	return paths > 1 && common > 1 ? common : 0;
}

static void text_reason(struct text *out, const char *reason, size_t indent, const struct page *page)
{
	layout_blanks(out, indent);
	layout_wrap(out, reason, indent, page->width);
}

/* The words of the cure and, below them, the command; a command alone stands in their place. */
static void text_cure(struct text *out, const char *cure, const char *command, size_t indent, const struct page *page)
{
	static const char head[] = "cure: ";
	if (!cure && !command)
		return;
	layout_blanks(out, indent);
	text_add(out, head);
	indent += strlen(head);
	if (cure)
		layout_wrap(out, cure, indent, page->width);
	if (cure && command)
		layout_blanks(out, indent);
	if (command)
		layout_command(out, command, indent);
}

static bool same_string(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Which one it is, and what must be known to read its value. */
static void text_gpu(struct text *out, const joules_domain *domain, const struct page *page)
{
	const joules_gpu *gpu = domain->gpu;
	struct text line = TEXT_INIT;
	const char *const words[] = { gpu->product, gpu->uuid, gpu->pci };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i])
			text_addf(&line, "%s%s", line.length ? ", " : "", words[i]);
	if (domain->available && domain->method != JOULES_METHOD_COUNTER)
		text_addf(&line, "%smeasured by adding up %s", line.length ? ", " : "",
		    domain->method == JOULES_METHOD_POWER ? "its power" : "its average power");
	if (domain->available && domain->scope && domain->covers != JOULES_COVERS_GPU)
		text_addf(&line, "%sthe whole %s", line.length ? ", " : "", domain->scope);
	if (gpu->mig)
		text_addf(&line, "%sall MIG instances together", line.length ? ", " : "");
	if (domain->available && !gpu->visible)
		text_addf(&line, "%shidden from programs that start here", line.length ? ", " : "");
	if (line.length)
		text_reason(out, text_string(&line), REASON_INDENT, page);
	out->failed |= line.failed;
	text_free(&line);
}

static void text_domain(struct text *out, const joules_device *device, size_t index, const struct columns *columns,
    size_t folder, const struct page *page)
{
	const joules_domain *domain = device->domains[index];
	const joules_domain *next = index + 1 < device->domain_count ? device->domains[index + 1] : NULL;
	size_t step = INDENT * depth_of(device, domain);
	struct text unit = TEXT_INIT;
	unit_of(domain, &unit);
	layout_blanks(out, INDENT + step);
	layout_cell(out, domain->name, columns->name - step);
	layout_cell(out, parent_of(domain), columns->parent);
	term_add_styled(out, page->color, domain->available ? TERM_GOOD : TERM_BAD, source_of(domain));
	layout_blanks(out, columns->source - strlen(source_of(domain)) + GAP);
	layout_cell(out, text_string(&unit), columns->unit);
	text_add_escaped(out, domain->path ? domain->path + folder : "-");
	text_add(out, "\n");
	text_free(&unit);
	if (domain->gpu)
		text_gpu(out, domain, page);
	else if (domain->available && domain->scope)
		text_reason(out, domain->scope, REASON_INDENT, page);
	if (domain->available)
		return;
	/* A cure that several domains in a row share stands once, below the last of them. */
	bool cure_follows = next && !next->available && same_string(domain->cure, next->cure) &&
	    same_string(domain->command, next->command);
	text_reason(out, domain->reason, REASON_INDENT, page);
	if (!cure_follows)
		text_cure(out, domain->cure, domain->command, REASON_INDENT, page);
}

static void add_folder(struct text *out, const char *path, size_t length)
{
	struct text folder = TEXT_INIT;
	text_add_bytes(&folder, path, length);
	text_add_escaped(out, text_string(&folder));
	out->failed |= folder.failed;
	text_free(&folder);
}

static void text_device(
    struct text *out, const joules_device *device, const struct columns *columns, const struct page *page)
{
	const char *path = NULL;
	size_t folder = common_folder(device, &path);
	term_add_styled(out, page->color, TERM_BOLD, device->name);
	if (device->domain_count == 0) {
		text_add(out, "  unavailable\n");
		text_reason(out, device->reason, INDENT, page);
		text_cure(out, device->cure, device->command, INDENT, page);
		return;
	}
	if (folder) {
		text_add(out, "  in ");
		add_folder(out, path, folder);
	}
	text_add(out, "\n");
	layout_blanks(out, INDENT);
	layout_cell(out, "DOMAIN", columns->name);
	layout_cell(out, "PART OF", columns->parent);
	layout_cell(out, "SOURCE", columns->source);
	layout_cell(out, "UNIT", columns->unit);
	text_add(out, "FILE\n");
	for (size_t i = 0; i < device->domain_count; i++)
		text_domain(out, device, i, columns, folder, page);
}

/* What `joules run` would add up, so that nobody adds a part to its whole. */
static void text_total(struct text *out, const joules_list *list, const struct page *page)
{
	struct text total = TEXT_INIT;
	for (size_t i = 0; i < joules_list_device_count(list); i++) {
		const joules_device *device = joules_list_device(list, i);
		for (size_t j = 0; j < device->domain_count; j++)
			if (device->domains[j]->available && device->domains[j]->in_total)
				text_addf(&total, "%s%s", total.length ? " + " : "The total of a run: ", device->domains[j]->name);
	}
	text_add(out, "\n");
	layout_wrap(out,
	    total.length ? text_string(&total)
	                 : "Nothing can be measured or estimated here: `joules doctor` says what would help.",
	    0, page->width);
	out->failed |= total.failed;
	text_free(&total);
}

static void text_list(struct text *out, const joules_list *list, const struct page *page)
{
	struct columns columns = measure(list);
	for (size_t i = 0; i < joules_list_device_count(list); i++) {
		if (i)
			text_add(out, "\n");
		text_device(out, joules_list_device(list, i), &columns, page);
	}
	text_total(out, list, page);
}

/* ---- the verb ---- */

static const char help[] =
    "Usage: joules list [options]\n\n"
    "Lists every device and every domain. Where one is not available, it says why and what would help.\n\n"
    "      --json          print one JSON object, for programs\n"
    "      --color WHEN    use colours: auto (the default: on a terminal), always or never\n"
    "      --sysroot DIR   read DIR/sys and DIR/proc instead of /sys and /proc\n"
    "  -h, --help          show this text\n";

int cmd_list(int argc, char **argv)
{
	struct cli_look look;
	if (!cli_look("list", argc, argv, &look))
		return EXIT_USAGE;
	if (look.help)
		return cli_help("list", help);
	if (optind < argc)
		return cli_error("list", EXIT_USAGE,
		    "%s: joules list takes only options; to measure a command, use `joules run %s`", argv[optind],
		    argv[optind]);

	joules_list *list = NULL;
	joules_options options = JOULES_OPTIONS_INIT;
	options.sysroot = look.sysroot;
	joules_status status = joules_list_new(&list, &options);
	if (status)
		return cli_error(
		    "list", status == JOULES_INVALID_ARGUMENT ? EXIT_USAGE : EXIT_UNABLE, "%s", joules_error_message());
	struct text out = TEXT_INIT;
	struct page page = term_page(STDOUT_FILENO);
	if (look.json)
		json_list(&out, list);
	else
		text_list(&out, list, &page);
	joules_list_free(list);
	return cli_print("list", &out);
}
