/* SPDX-License-Identifier: MIT */
/* What the kernel's small files may hold: any bytes. The first byte says which parser gets the rest. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cputime.h"
#include "base/sysfs.h"
#include "devices/rapl/unit.h"
#include "devices/rapl/zones.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/* ---- numbers of files ---- */

static void check_number(const char *bytes, size_t length)
{
	uint64_t value = 12345;
	size_t blank = 0, digits = 0;
	while (blank < length && (bytes[blank] == ' ' || bytes[blank] == '\t'))
		blank++;
	while (blank + digits < length && bytes[blank + digits] >= '0' && bytes[blank + digits] <= '9')
		digits++;
	if (!sysfs_parse_u64(bytes, length, &value)) {
		CHECK(value == 12345);
		return;
	}
	CHECK(digits > 0);
	for (size_t i = blank + digits; i < length; i++)
		CHECK(memchr(" \t\r\n", bytes[i], 4) || bytes[i] == '\0');
	char again[32];
	(void)snprintf(again, sizeof again, "%llu", (unsigned long long)value);
	const char *written = bytes + blank;
	while (digits > 1 && *written == '0')
		written++, digits--;
	CHECK(strlen(again) == digits && memcmp(again, written, digits) == 0);
}

/* ---- names of zones ---- */

static void check_name(const char *name)
{
	joules_part part = JOULES_PART_GPU;
	int package = -7, die = -7;
	bool known = zone_name_parse(name, &part, &package, &die);
	CHECK(known == (part != JOULES_PART_UNKNOWN));
	CHECK(package >= -1 && package <= 999999 && die >= -1 && die <= 999999);
	if (!known || part == JOULES_PART_CORE || part == JOULES_PART_UNCORE || part == JOULES_PART_DRAM)
		CHECK(package == -1 && die == -1);
	if (part == JOULES_PART_PACKAGE) {
		CHECK(package >= 0);
		/* What was read says the same written anew. */
		char again[64];
		(void)snprintf(again, sizeof again, die >= 0 ? "package-%d-die-%d" : "package-%d", package, die);
		joules_part part_again;
		int package_again, die_again;
		CHECK(zone_name_parse(again, &part_again, &package_again, &die_again));
		CHECK(part_again == part && package_again == package && die_again == die);
	}
}

/* ---- units ---- */

/* One of 2^n in the whole range: large and small ones equally often. */
static uint64_t spread(uint64_t random, uint8_t shift)
{
	return random >> (shift & 63);
}

static void check_unit(const uint8_t *bytes, size_t length)
{
	uint64_t words[3] = { 0 };
	uint8_t shifts[3] = { 0 };
	memcpy(words, bytes, length < sizeof words ? length : sizeof words);
	if (length > sizeof words)
		memcpy(shifts, bytes + sizeof words, length - sizeof words < 3 ? length - sizeof words : 3);
	uint64_t range = spread(words[0], shifts[0]), a = spread(words[1], shifts[1]), b = spread(words[2], shifts[2]);
	struct rapl_unit unit = rapl_unit_of_range(range);
	CHECK(unit.joules > 0.0 && unit.joules <= 1.0 && unit.error >= 0.0 && unit.error < 0.01);
	CHECK(unit.numerator > 0 && unit.denominator > 0);
	if (unit.known) {
		CHECK(unit.modulus == UINT64_C(1) << 32);
		CHECK(rapl_count(&unit, 0) == 0);
		/* A unit of at least a microjoule: the file has a value for each count, and rounding the unit down to
		 * nanojoules is little. */
		if (unit.numerator <= unit.denominator) {
			double joules = (double)UINT32_MAX * unit.joules, said = (double)range * 1e-6;
			CHECK(rapl_count(&unit, range) == UINT32_MAX);
			CHECK(joules >= said * (1.0 - 0.004) - 1e-6 && joules <= said * (1.0 + 0.004) + 1e-6);
		}
	} else {
		CHECK(fabs(unit.joules - 1e-6) < 1e-15);
		CHECK(unit.modulus == (range == UINT64_MAX ? 0 : range ? range + 1 : 0));
		CHECK(rapl_count(&unit, a) == a);
	}
	/* A counter that grew never looks as if it had not. */
	uint64_t low = a < b ? a : b, high = a < b ? b : a;
	CHECK(rapl_count(&unit, low) <= rapl_count(&unit, high) || high > UINT64_MAX / unit.numerator);
	if (unit.known && low <= range)
		CHECK(rapl_count(&unit, low) < unit.modulus);
}

/* ---- CPU time ---- */

static void check_machine(const char *text)
{
	struct cputime time = { .busy = 11, .idle = 22 };
	if (!cputime_parse(text, &time)) {
		CHECK(time.busy == 11 && time.idle == 22);
		return;
	}
	CHECK(strncmp(text, "cpu", 3) == 0 && (text[3] == ' ' || text[3] == '\t'));
	unsigned long long user, nice, system, idle;
	CHECK(sscanf(text + 3, "%llu %llu %llu %llu", &user, &nice, &system, &idle) == 4);
	CHECK(time.busy >= user && time.busy >= nice && time.busy >= system && time.idle >= idle);
}

static void check_process(const char *text)
{
	pid_t parent = -5;
	uint64_t ticks = 77;
	if (!cputime_parse_process(text, &parent, &ticks)) {
		CHECK(parent == -5 && ticks == 77);
		return;
	}
	CHECK(parent >= 0);
	const char *behind = strrchr(text, ')');
	unsigned long long said;
	CHECK(behind && strlen(behind) > 3 && sscanf(behind + 3, "%llu", &said) == 1 && said == (unsigned long long)parent);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (length == 0)
		return 0;
	char *text = malloc(length);
	if (!text)
		return 0;
	memcpy(text, bytes + 1, length - 1);
	text[length - 1] = '\0';
	switch (bytes[0]) {
	case 'n':
		check_number((const char *)bytes + 1, length - 1);
		break;
	case 'z':
		check_name(text);
		break;
	case 'u':
		check_unit(bytes + 1, length - 1);
		break;
	case 'c':
		check_machine(text);
		break;
	case 'p':
		check_process(text);
		break;
	default:
		break;
	}
	free(text);
	return 0;
}
