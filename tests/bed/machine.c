/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RAW_MODULUS (UINT64_C(1) << 32)
#define MOST_WORDS 40

struct words {
	char *word[MOST_WORDS];
	size_t count;
};

static bool problem_is(char *problem, size_t size, const char *what, const char *value)
{
	snprintf(problem, size, "%s: %s", what, value);
	return false;
}

/* Cuts a line at blanks; "…" keeps them, anywhere in a word. */
static void split(char *line, struct words *words)
{
	words->count = 0;
	for (char *from = line + strspn(line, " \t"); *from != '\0' && words->count < MOST_WORDS;) {
		char *to = from;
		bool quoted = false;
		words->word[words->count++] = from;
		for (; *from != '\0' && (quoted || strchr(" \t", *from) == NULL); from++) {
			if (*from == '"')
				quoted = !quoted;
			else
				*to++ = *from;
		}
		bool last = *from == '\0';
		*to = '\0';
		if (!last)
			from += 1 + strspn(from + 1, " \t");
	}
}

static bool parse_number(const char *text, uint64_t *value)
{
	char *end;
	errno = 0;
	*value = strtoull(text, &end, 0);
	return end != text && *end == '\0' && errno == 0 && *text != '-';
}

static bool parse_joules(const char *text, double *value)
{
	char *end;
	*value = strtod(text, &end);
	return end != text && *end == '\0' && *value >= 0;
}

static bool set_string(char **to, const char *from)
{
	free(*to);
	return (*to = strdup(from)) != NULL;
}

/* ---- zones ---- */

/* 14 → 61035 nJ as drivers/powercap/intel_rapl_common.c rounds it; "dram" is the fixed 15.3 µJ that it uses for a
 * register of 2^-16 J. */
static bool parse_unit(struct zone *zone, const char *text)
{
	uint64_t exponent;
	if (strcmp(text, "dram") == 0) {
		zone->unit = (struct kernel_unit){ 16, 15300 };
		return true;
	}
	if (!parse_number(text, &exponent) || exponent > 30)
		return false;
	zone->unit = (struct kernel_unit){ (unsigned)exponent, UINT64_C(1000000000) >> exponent };
	return true;
}

static bool set_tick(struct zone *zone, const char *name)
{
	free(zone->tick_name);
	zone->tick_name = strdup(name);
	return zone->tick_name != NULL && tick_preset(name, zone->own.tick.seed, &zone->own.tick);
}

static bool set_microseconds(int64_t *ns, const char *text)
{
	double us;
	if (!parse_joules(text, &us) || us > 1e9)
		return false;
	*ns = (int64_t)(us * 1000);
	return true;
}

static bool zone_number(struct zone *zone, const char *key, uint64_t number)
{
	if (strcmp(key, "start") == 0)
		zone->own.base_raw = number % RAW_MODULUS;
	else if (strcmp(key, "index") == 0 && number < 4096)
		zone->wanted_index = (int)number;
	else if (strcmp(key, "constraints") == 0 && number <= 8)
		zone->constraints = (unsigned)number;
	else
		return false;
	return true;
}

static bool zone_wrap_after(struct zone *zone, const char *text)
{
	double joules;
	if (!parse_joules(text, &joules))
		return false;
	emulated_wrap_after(&zone->own, 0, joules);
	return true;
}

static bool parse_yes(const char *text, bool *yes)
{
	*yes = strcmp(text, "yes") == 0;
	return *yes || strcmp(text, "no") == 0;
}

static bool parse_mode(const char *text, mode_t *mode)
{
	char *end;
	unsigned long bits = strtoul(text, &end, 8);
	*mode = (mode_t)bits;
	return end != text && *end == '\0' && bits <= 0777;
}

static bool zone_option(struct machine *machine, struct zone *zone, const char *key, const char *value)
{
	uint64_t number;
	if (strcmp(key, "unit") == 0)
		return parse_unit(zone, value);
	if (strcmp(key, "tick") == 0)
		return set_tick(zone, value);
	if (strcmp(key, "period_us") == 0)
		return set_microseconds(&zone->own.tick.period_ns, value);
	if (strcmp(key, "noise_us") == 0)
		return set_microseconds(&zone->own.tick.noise_ns, value);
	if (strcmp(key, "phase_us") == 0)
		return set_microseconds(&zone->own.tick.phase_ns, value);
	if (strcmp(key, "wrap_after") == 0)
		return zone_wrap_after(zone, value);
	if (strcmp(key, "id") == 0)
		return set_string(&zone->id, value);
	if (strcmp(key, "same") == 0)
		return (zone->same = machine_zone(machine, value)) != NULL && zone->same->same == NULL;
	if (strcmp(key, "energy") == 0)
		return parse_yes(value, &zone->has_energy);
	if (strcmp(key, "range") == 0)
		return set_string(&zone->range, value);
	if (strcmp(key, "frozen") == 0)
		return parse_yes(value, &zone->own.frozen);
	if (strcmp(key, "mode") == 0)
		return parse_mode(value, &zone->mode);
	return parse_number(value, &number) && zone_number(zone, key, number);
}

/* A child is called as in the kernel, by what it is; its id takes the rest of its parent's name: package-1-die-0 →
 * dram-1-die-0. */
static char *zone_default_id(const struct zone *zone, const char *first_type)
{
	char id[ZONE_PATH_MAX];
	const char *rest = zone->parent ? strchr(zone->parent->name, '-') : NULL;
	const char *prefix = strcmp(zone->type, first_type) != 0 ? zone->type : "";
	snprintf(id, sizeof id, "%s%s%s%s", prefix, *prefix ? "/" : "", zone->name, rest ? rest : "");
	return strdup(id);
}

static struct zone *zone_new(struct machine *machine, const char *name, struct zone *parent)
{
	struct zone *zone = calloc(1, sizeof *zone);
	struct zone **zones = realloc(machine->zones, (machine->zone_count + 1) * sizeof(struct zone *));
	if (zones != NULL)
		machine->zones = zones;
	if (zone == NULL || zones == NULL)
		goto out;
	zone->name = strdup(name);
	zone->type = strdup(machine->type);
	if (zone->name == NULL || zone->type == NULL)
		goto out;
	zone->parent = parent;
	zone->wanted_index = -1;
	zone->has_energy = true;
	zone->constraints = parent ? 1 : 2;
	zone->mode = machine->mode;
	zone->own.modulus = RAW_MODULUS;
	zone->own.tick.seed = bed_hash(machine->seed, machine->zone_count);
	zone->own.base_raw = 1 + zone->own.tick.seed % (RAW_MODULUS / 4);
	zone->id = zone_default_id(zone, machine->zone_count > 0 ? machine->zones[0]->type : machine->type);
	if (zone->id == NULL || !parse_unit(zone, "14") || !set_tick(zone, "exact"))
		goto out;
	machine->zones[machine->zone_count++] = zone;
	return zone;
out:
	if (zone != NULL) {
		free(zone->name);
		free(zone->type);
		free(zone->id);
		free(zone->tick_name);
	}
	free(zone);
	return NULL;
}

/* The unit must be known before wrap_after, and the kind of tick before its numbers: so options are taken in two
 * rounds. */
static bool is_early(const char *word)
{
	return strncmp(word, "unit=", 5) == 0 || strncmp(word, "tick=", 5) == 0;
}

static bool zone_options(
    struct machine *machine, struct zone *zone, struct words *words, size_t *first, char *problem, size_t size)
{
	size_t last = *first;
	while (last < words->count && strchr(words->word[last], '=') != NULL)
		last++;
	for (int late = 0; late <= 1; late++) {
		for (size_t i = *first; i < last; i++) {
			char *equals = strchr(words->word[i], '=');
			if (is_early(words->word[i]) == (late == 1))
				continue;
			*equals = '\0';
			bool taken = zone_option(machine, zone, words->word[i], equals + 1);
			*equals = '=';
			if (!taken)
				return problem_is(problem, size, "no such option, or a bad value", words->word[i]);
		}
		zone->own.unit_j = 1.0 / (double)(UINT64_C(1) << zone->unit.exponent);
	}
	if (machine->old_kernel)
		zone->unit.nj = 0;
	*first = last;
	return true;
}

static bool join_shape(const struct words *words, size_t first, const char *otherwise, struct shape *shape)
{
	char text[256] = "";
	for (size_t i = first; i < words->count; i++) {
		size_t used = strlen(text);
		snprintf(text + used, sizeof text - used, "%s ", words->word[i]);
	}
	return shape_parse(text[0] ? text : otherwise, shape);
}

static bool line_zone(struct machine *machine, struct words *words, struct zone *parent, char *problem, size_t size)
{
	if (words->count < 2)
		return problem_is(problem, size, "a name is missing after", words->word[0]);
	if (machine->type[0] == '\0')
		strcpy(machine->type, "intel-rapl");
	struct zone *zone = zone_new(machine, words->word[1], parent);
	if (zone == NULL)
		return problem_is(problem, size, "no memory for zone", words->word[1]);
	size_t first = 2;
	struct shape shape;
	if (!zone_options(machine, zone, words, &first, problem, size))
		return false;
	if (machine_zone(machine, zone->id) != zone)
		return problem_is(problem, size, "a second zone with the id (choose one with id=)", zone->id);
	if (!join_shape(words, first, "constant 10", &shape) || !curve_add(&zone->own.curve, 0, &shape))
		return problem_is(problem, size, "no power curve for", zone->id);
	return true;
}

/* ---- CPUs and files ---- */

static bool cpu_option(struct cpus *cpus, const char *key, const char *value)
{
	const struct {
		const char *key;
		unsigned *to;
		uint64_t most;
	} numbers[] = {
		{ "threads", &cpus->threads, CPU_MOST },
		{ "family", &cpus->family, 0xfff },
		{ "model", &cpus->model, 0xfff },
		{ "implementer", &cpus->implementer, 0xff },
		{ "part", &cpus->part, 0xfff },
	};
	if (strcmp(key, "vendor") == 0)
		return set_string(&cpus->vendor, value);
	if (strcmp(key, "name") == 0)
		return set_string(&cpus->name, value);
	if (strcmp(key, "hypervisor") == 0)
		return parse_yes(value, &cpus->hypervisor);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		uint64_t number;
		if (strcmp(key, numbers[i].key) != 0 || !parse_number(value, &number) || number > numbers[i].most)
			continue;
		*numbers[i].to = (unsigned)number;
		return true;
	}
	return false;
}

static bool line_cpu(struct machine *machine, struct words *words, char *problem, size_t size)
{
	struct shape idle;
	if (machine->cpus.threads == 0)
		machine->cpus.threads = 1;
	for (size_t i = 1; i < words->count; i++) {
		char *equals = strchr(words->word[i], '=');
		if (equals == NULL)
			return problem_is(problem, size, "key=value is expected, not", words->word[i]);
		*equals = '\0';
		if (!cpu_option(&machine->cpus, words->word[i], equals + 1))
			return problem_is(problem, size, "no such option of cpu, or a bad value", words->word[i]);
	}
	if (machine->cpus.busy.count == 0 &&
	    (!shape_parse("constant 0.1", &idle) || !curve_add(&machine->cpus.busy, 0, &idle)))
		return problem_is(problem, size, "no memory for", "cpu");
	return true;
}

static bool line_busy(struct machine *machine, struct words *words, char *problem, size_t size)
{
	struct shape shape;
	machine->cpus.host_busy = words->count == 2 && strcmp(words->word[1], "host") == 0;
	if (machine->cpus.host_busy)
		return true;
	if (!join_shape(words, 1, "", &shape))
		return problem_is(problem, size, "no curve", "busy needs one, from 0 to 1, or the word host");
	machine->cpus.busy.count = 0;
	return curve_add(&machine->cpus.busy, 0, &shape) || problem_is(problem, size, "no memory for", "busy");
}

static bool line_extra(struct machine *machine, const struct words *words, char *problem, size_t size)
{
	bool is_file = strcmp(words->word[0], "file") == 0;
	if (words->count != (is_file ? 3 : 2))
		return problem_is(problem, size, "expected is", is_file ? "file PATH \"TEXT\"" : "dir PATH");
	struct extra *extras = realloc(machine->extras, (machine->extra_count + 1) * sizeof *extras);
	if (extras == NULL)
		return problem_is(problem, size, "no memory for", words->word[1]);
	machine->extras = extras;
	char *text = NULL;
	if (is_file && asprintf(&text, "%s\n", words->word[2]) < 0)
		return problem_is(problem, size, "no memory for", words->word[1]);
	char *path = strdup(words->word[1]);
	extras[machine->extra_count++] = (struct extra){ path, text };
	return path != NULL || problem_is(problem, size, "no memory for", words->word[1]);
}

/* ---- lines ---- */

static struct zone *last_top(const struct machine *machine)
{
	for (size_t i = machine->zone_count; i > 0; i--)
		if (machine->zones[i - 1]->parent == NULL)
			return machine->zones[i - 1];
	return NULL;
}

static bool line_setting(struct machine *machine, const struct words *words, char *problem, size_t size)
{
	const char *key = words->word[0], *value = words->count == 2 ? words->word[1] : "";
	if (strcmp(key, "about") == 0)
		return set_string(&machine->about, value) || problem_is(problem, size, "no memory for", key);
	uint64_t seed;
	if (strcmp(key, "seed") == 0 && parse_number(value, &seed)) {
		machine->seed = machine->seed != 0 ? machine->seed : seed;
		return true;
	}
	if (strcmp(key, "mode") == 0 && parse_mode(value, &machine->mode))
		return true;
	if (strcmp(key, "kernel") == 0 && strcmp(value, "old") == 0) {
		machine->old_kernel = true;
		return true;
	}
	if (strcmp(key, "type") == 0 && *value != '\0') {
		snprintf(machine->type, sizeof machine->type, "%s", value);
		return true;
	}
	return problem_is(problem, size, "no such line, or a bad value", key);
}

bool machine_line(struct machine *machine, char *line, char *problem, size_t size)
{
	struct words words;
	split(line, &words);
	if (words.count == 0 || words.word[0][0] == '#')
		return true;
	if (strcmp(words.word[0], "zone") == 0)
		return line_zone(machine, &words, NULL, problem, size);
	if (strcmp(words.word[0], "child") == 0) {
		struct zone *parent = last_top(machine);
		return parent ? line_zone(machine, &words, parent, problem, size)
		              : problem_is(problem, size, "no zone before", "child");
	}
	if (strcmp(words.word[0], "cpu") == 0)
		return line_cpu(machine, &words, problem, size);
	if (strcmp(words.word[0], "busy") == 0)
		return line_busy(machine, &words, problem, size);
	if (strcmp(words.word[0], "file") == 0 || strcmp(words.word[0], "dir") == 0)
		return line_extra(machine, &words, problem, size);
	return line_setting(machine, &words, problem, size);
}

bool machine_read(struct machine *machine, const char *path, char *problem, size_t size)
{
	FILE *in = fopen(path, "re");
	if (in == NULL)
		return problem_is(problem, size, path, strerror(errno));
	char *line = NULL;
	size_t capacity = 0;
	unsigned number = 0;
	bool good = true;
	char what[200] = "";
	while (good && getline(&line, &capacity, in) >= 0) {
		number++;
		line[strcspn(line, "\n")] = '\0';
		good = machine_line(machine, line, what, sizeof what);
	}
	if (!good)
		snprintf(problem, size, "%s, line %u: %s", path, number, what);
	free(line);
	fclose(in);
	return good;
}

void machine_free(struct machine *machine)
{
	for (size_t i = 0; i < machine->zone_count; i++) {
		struct zone *zone = machine->zones[i];
		free(zone->range);
		curve_free(&zone->own.curve);
		free(zone->id);
		free(zone->name);
		free(zone->type);
		free(zone->tick_name);
		free(zone);
	}
	for (size_t i = 0; i < machine->extra_count; i++) {
		free(machine->extras[i].path);
		free(machine->extras[i].text);
	}
	curve_free(&machine->cpus.busy);
	curve_free(&machine->cpus.steal);
	curve_free(&machine->cpus.offline);
	free(machine->cpus.vendor);
	free(machine->cpus.name);
	free(machine->zones);
	free(machine->extras);
	free(machine->about);
	free(machine->label);
}

struct zone *machine_zone(const struct machine *machine, const char *id)
{
	for (size_t i = 0; i < machine->zone_count; i++)
		if (strcmp(machine->zones[i]->id, id) == 0)
			return machine->zones[i];
	return NULL;
}

int64_t machine_now(const struct machine *machine)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec - machine->start_ns;
}

struct emulated *zone_register(struct zone *zone)
{
	return zone->same ? &zone->same->own : &zone->own;
}

bool zone_is_under(const struct zone *zone, const struct zone *above)
{
	return zone == above || zone->parent == above;
}

static uint64_t to_uj(const struct kernel_unit *unit, uint64_t raw)
{
	return unit->nj > 0 ? raw * unit->nj / 1000 : raw * 1000000 >> unit->exponent;
}

uint64_t zone_energy_uj(struct zone *zone, int64_t ns)
{
	return to_uj(&zone->unit, emulated_raw(zone_register(zone), ns));
}

uint64_t zone_range_uj(const struct zone *zone)
{
	return to_uj(&zone->unit, RAW_MODULUS - 1);
}

void zone_entry(const struct zone *zone, char out[ZONE_PATH_MAX])
{
	if (zone->parent == NULL)
		snprintf(out, ZONE_PATH_MAX, "%.100s:%x", zone->type, zone->index);
	else
		snprintf(out, ZONE_PATH_MAX, "%.100s:%x:%x", zone->type, zone->parent->index, zone->index);
}
