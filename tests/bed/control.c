/* SPDX-License-Identifier: MIT */
/* Commands that change the machine while it runs. */
#include "bed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool refuse(struct bed *bed, const char *what, const char *value)
{
	snprintf(bed->problem, sizeof bed->problem, "%s: %s", what, value);
	return false;
}

/* ---- commands: the zone is chosen already (NULL where the command takes none), `rest` is what stands after it ---- */

static bool do_power(struct bed *bed, struct zone *zone, const char *rest)
{
	struct shape shape;
	if (!shape_parse(rest, &shape))
		return refuse(bed, "no power curve", rest);
	return curve_add(&zone_register(zone)->curve, machine_now(&bed->machine), &shape) ||
	    refuse(bed, "no memory for", rest);
}

/* NULL, and refused, where the machine has none of its own. */
static struct cpus *own_cpus(struct bed *bed, const char *command)
{
	struct cpus *cpus = &bed->machine.cpus;
	if (cpus->threads > 0 && !cpus->host_busy)
		return cpus;
	(void)refuse(bed,
	    cpus->threads == 0 ? "this machine has no cpu line, and so no proc" : "this machine's CPU time is the host's",
	    command);
	return NULL;
}

/* From now on; a curve that was empty is 0 until then. */
static bool add_shape(struct bed *bed, struct curve *curve, const char *text)
{
	static const struct shape nothing = { .kind = SHAPE_CONSTANT };
	struct shape shape;
	if (!shape_parse(text, &shape))
		return refuse(bed, "no curve", text);
	return ((curve->count > 0 || curve_add(curve, 0, &nothing)) &&
	           curve_add(curve, machine_now(&bed->machine), &shape)) ||
	    refuse(bed, "no memory for", text);
}

static bool do_busy(struct bed *bed, struct zone *zone, const char *rest)
{
	struct cpus *cpus = own_cpus(bed, "busy");
	(void)zone;
	return cpus != NULL && add_shape(bed, &cpus->busy, rest);
}

static bool do_steal(struct bed *bed, struct zone *zone, const char *rest)
{
	struct cpus *cpus = own_cpus(bed, "steal");
	(void)zone;
	return cpus != NULL && add_shape(bed, &cpus->steal, rest);
}

static bool set_offline(struct bed *bed, const char *rest, bool offline)
{
	struct cpus *cpus = own_cpus(bed, "offline, online");
	unsigned cpu, count = 0;
	char text[16];
	if (cpus == NULL)
		return false;
	if (sscanf(rest, "%u", &cpu) != 1 || cpu >= cpus->threads || cpus->is_offline[cpu] == offline)
		return refuse(bed, offline ? "no CPU that is online" : "no CPU that is offline", rest);
	cpus->is_offline[cpu] = offline;
	for (unsigned i = 0; i < cpus->threads; i++)
		count += cpus->is_offline[i];
	snprintf(text, sizeof text, "%u", count);
	return add_shape(bed, &cpus->offline, text);
}

static bool do_offline(struct bed *bed, struct zone *zone, const char *rest)
{
	(void)zone;
	return set_offline(bed, rest, true);
}

static bool do_online(struct bed *bed, struct zone *zone, const char *rest)
{
	(void)zone;
	return set_offline(bed, rest, false);
}

static bool do_jump(struct bed *bed, struct zone *zone, const char *rest)
{
	static const char *const columns[CPU_COLUMNS] = { "user", "nice", "system", "idle", "iowait", "irq", "softirq",
		"steal" };
	struct cpus *cpus = own_cpus(bed, "jump");
	char name[16] = "";
	long long ticks;
	(void)zone;
	if (cpus == NULL)
		return false;
	bool good = sscanf(rest, "%15s %lld", name, &ticks) == 2;
	for (int i = 0; good && i < CPU_COLUMNS; i++)
		if (strcmp(columns[i], name) == 0) {
			cpus->jumps[i] += ticks;
			return true;
		}
	return refuse(bed, "jump needs a column of proc/stat, user … steal, and ticks, not", rest);
}

static bool do_freeze(struct bed *bed, struct zone *zone, const char *rest)
{
	(void)rest;
	emulated_freeze(zone_register(zone), machine_now(&bed->machine));
	return true;
}

static bool do_thaw(struct bed *bed, struct zone *zone, const char *rest)
{
	(void)rest;
	emulated_thaw(zone_register(zone), machine_now(&bed->machine));
	return true;
}

static bool do_reset(struct bed *bed, struct zone *zone, const char *rest)
{
	(void)rest;
	emulated_set(zone_register(zone), machine_now(&bed->machine), 0);
	return true;
}

static bool parse_double(const char *text, double *value)
{
	char *end;
	*value = strtod(text, &end);
	return end != text && *end == '\0';
}

static bool do_step(struct bed *bed, struct zone *zone, const char *rest)
{
	double joules;
	if (!parse_double(rest, &joules))
		return refuse(bed, "step needs joules, not", rest);
	emulated_step(zone_register(zone), machine_now(&bed->machine), joules);
	return true;
}

static bool do_wrap(struct bed *bed, struct zone *zone, const char *rest)
{
	double joules;
	if (!parse_double(rest, &joules) || joules < 0)
		return refuse(bed, "wrap needs joules, not", rest);
	emulated_wrap_after(zone_register(zone), machine_now(&bed->machine), joules);
	return true;
}

static bool do_vanish(struct bed *bed, struct zone *zone, const char *rest)
{
	(void)rest;
	nodes_vanish(bed->root, &bed->machine, zone);
	return true;
}

static bool do_return(struct bed *bed, struct zone *zone, const char *rest)
{
	(void)rest;
	return nodes_return(bed->root, &bed->machine, zone) ||
	    refuse(bed, "its parent is gone, or no memory for", zone->id);
}

static int error_named(const char *name)
{
	static const struct {
		const char *name;
		int error;
	} errors[] = {
		{ "EIO", EIO },
		{ "EINVAL", EINVAL },
		{ "ENODATA", ENODATA },
		{ "ENODEV", ENODEV },
		{ "EACCES", EACCES },
		{ "EAGAIN", EAGAIN },
	};
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].error;
	return 0;
}

static bool do_fail(struct bed *bed, struct zone *zone, const char *rest)
{
	char name[16] = "";
	unsigned long long from = 1, count = 0;
	int taken = sscanf(rest, "%15s %llu %llu", name, &from, &count);
	int error = error_named(name);
	if (taken < 1 || error == 0 || from == 0)
		return refuse(bed, "fail needs EIO, EINVAL, ENODATA, ENODEV, EACCES or EAGAIN, then [FROM [COUNT]], not", rest);
	zone->fault = (struct fault){ error, from, count, 0 };
	return true;
}

static bool do_heal(struct bed *bed, struct zone *zone, const char *rest)
{
	(void)bed;
	(void)rest;
	zone->fault = (struct fault){ 0 };
	return true;
}

static bool do_mode(struct bed *bed, struct zone *zone, const char *rest)
{
	char path[2 * ZONE_PATH_MAX], *end;
	unsigned long mode = strtoul(rest, &end, 8);
	if (end == rest || *end != '\0' || mode > 0777)
		return refuse(bed, "mode needs an octal number, not", rest);
	zone->mode = (mode_t)mode;
	zone_path(zone, path, sizeof path);
	strcat(path, "/energy_uj");
	struct node *node = nodes_find(bed->root, path);
	if (node != NULL)
		node->mode = (node->mode & ~(mode_t)0777) | zone->mode;
	return true;
}

enum needs { NO_ZONE, ONE_ZONE, ZONE_OR_ALL };

static const struct {
	const char *name;
	enum needs needs;
	bool (*run)(struct bed *bed, struct zone *zone, const char *rest);
	const char *help;
} commands[] = {
	{ "power", ONE_ZONE, do_power, "power ZONE CURVE            from now on: 120, square 20 100 0.5, …" },
	{ "busy", NO_ZONE, do_busy, "busy CURVE                  share of all threads, 0 … 1" },
	{ "steal", NO_ZONE, do_steal, "steal CURVE                 share of all threads that others have, 0 … 1" },
	{ "offline", NO_ZONE, do_offline, "offline N                   cpuN is gone; its time stands still" },
	{ "online", NO_ZONE, do_online, "online N                    and is back" },
	{ "jump", NO_ZONE, do_jump, "jump COLUMN TICKS           of proc/stat's first line; backward if negative" },
	{ "freeze", ZONE_OR_ALL, do_freeze, "freeze [ZONE]               the counter stands still (all of them)" },
	{ "thaw", ZONE_OR_ALL, do_thaw, "thaw [ZONE]                 and goes on from where it stood" },
	{ "reset", ZONE_OR_ALL, do_reset, "reset [ZONE]                goes on from 0" },
	{ "step", ONE_ZONE, do_step, "step ZONE JOULES            a jump; backward if negative" },
	{ "wrap", ONE_ZONE, do_wrap, "wrap ZONE JOULES            the counter will wrap after so much" },
	{ "vanish", ONE_ZONE, do_vanish, "vanish ZONE                 with its children; open files give ENODEV" },
	{ "return", ONE_ZONE, do_return, "return ZONE                 at the lowest free index" },
	{ "fail", ONE_ZONE, do_fail,
	    "fail ZONE ERROR [FROM [COUNT]]  reads fail from the FROM-th on: EIO, EINVAL, ENODATA, …" },
	{ "heal", ONE_ZONE, do_heal, "heal ZONE                   reads work again" },
	{ "mode", ZONE_OR_ALL, do_mode, "mode ZONE OCTAL             rights of energy_uj; `mode all 0444` for every zone" },
};

static bool run_for_all(struct bed *bed, size_t command, const char *rest)
{
	for (size_t i = 0; i < bed->machine.zone_count; i++)
		if (bed->machine.zones[i]->same == NULL || commands[command].run == do_mode)
			if (!commands[command].run(bed, bed->machine.zones[i], rest))
				return false;
	return true;
}

static char *cut_word(char **line)
{
	char *word = *line + strspn(*line, " \t");
	char *end = word + strcspn(word, " \t");
	*line = end + (*end != '\0');
	*end = '\0';
	*line += strspn(*line, " \t");
	return word;
}

bool control_command(struct bed *bed, char *line)
{
	const char *name = cut_word(&line);
	bed->problem[0] = '\0';
	if (*name == '\0' || *name == '#')
		return true;
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(commands[i].name, name) != 0)
			continue;
		if (commands[i].needs == NO_ZONE)
			return commands[i].run(bed, NULL, line);
		const char *id = cut_word(&line);
		if (commands[i].needs == ZONE_OR_ALL && (*id == '\0' || strcmp(id, "all") == 0))
			return run_for_all(bed, i, line);
		struct zone *zone = machine_zone(&bed->machine, id);
		return zone ? commands[i].run(bed, zone, line) : refuse(bed, "no such zone", id);
	}
	return refuse(bed, "no such command", name);
}

char *control_text(const struct bed *bed)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (out == NULL)
		return NULL;
	if (bed->problem[0])
		fprintf(out, "refused: %s\n\n", bed->problem);
	fputs("Write one of these lines here:\n", out);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		fprintf(out, "  %s\n", commands[i].help);
	fputs("Zones:", out);
	for (size_t i = 0; i < bed->machine.zone_count; i++)
		fprintf(out, " %s", bed->machine.zones[i]->id);
	fputc('\n', out);
	fclose(out);
	return text;
}
