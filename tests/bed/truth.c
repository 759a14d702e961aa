/* SPDX-License-Identifier: MIT */
#include "bed.h"

#include <stdlib.h>
#include <unistd.h>

static void print_string(FILE *out, const char *string)
{
	fputc('"', out);
	for (; string != NULL && *string != '\0'; string++) {
		if (*string == '"' || *string == '\\')
			fputc('\\', out);
		if ((unsigned char)*string >= 0x20)
			fputc(*string, out);
	}
	fputc('"', out);
}

static void print_key(FILE *out, const char *key, const char *string)
{
	fprintf(out, "\"%s\": ", key);
	print_string(out, string);
	fputs(", ", out);
}

static void print_zone(FILE *out, struct zone *zone)
{
	const struct emulated *emulated = zone_register(zone);
	char path[2 * ZONE_PATH_MAX];
	zone_path(zone, path, sizeof path);
	fputc('{', out);
	print_key(out, "id", zone->id);
	print_key(out, "name", zone->name);
	print_key(out, "type", zone->type);
	print_key(out, "path", path);
	print_key(out, "parent", zone->parent ? zone->parent->id : "");
	print_key(out, "same", zone->same ? zone->same->id : "");
	fprintf(out, "\"gone\": %s, \"has_energy\": %s, \"unit_j\": %.17g, \"unit_exponent\": %u, \"kernel_nj\": %llu, ",
	    zone->gone ? "true" : "false", zone->has_energy ? "true" : "false",
	    1.0 / (double)(UINT64_C(1) << zone->unit.exponent), zone->unit.exponent, (unsigned long long)zone->unit.nj);
	fprintf(out, "\"range_uj\": %llu, \"modulus\": %llu, \"base_raw\": %llu, \"base_j\": %.17g, \"frozen\": %s, ",
	    (unsigned long long)zone_range_uj(zone), (unsigned long long)emulated->modulus,
	    (unsigned long long)emulated->base_raw, emulated->base_j, emulated->frozen ? "true" : "false");
	print_key(out, "tick_name", zone->tick_name);
	fputs("\"tick\": ", out);
	tick_print_json(&emulated->tick, out);
	fputs(", \"curve\": ", out);
	curve_print_json(&emulated->curve, out);
	fputc('}', out);
}

char *truth_text(const struct bed *bed)
{
	const struct machine *machine = &bed->machine;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (out == NULL)
		return NULL;
	fputs("{\"format\": \"joules.bed.1\", ", out);
	print_key(out, "machine", machine->label);
	print_key(out, "about", machine->about);
	fprintf(out, "\"pid\": %ld, \"start_ns\": %lld, \"zones\": [", (long)getpid(), (long long)machine->start_ns);
	for (size_t i = 0; i < machine->zone_count; i++) {
		fputs(i > 0 ? ",\n " : "\n ", out);
		print_zone(out, machine->zones[i]);
	}
	fprintf(out,
	    "],\n\"busy\": {\"threads\": %u, \"host\": %s, \"ticks_a_second\": 100, \"curve\": ", machine->cpus.threads,
	    machine->cpus.host_busy ? "true" : "false");
	curve_print_json(&machine->cpus.busy, out);
	fputs("}}\n", out);
	fclose(out);
	return text;
}
