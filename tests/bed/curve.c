/* SPDX-License-Identifier: MIT */
#include "curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double tau = 6.283185307179586;

static const struct {
	const char *name;
	int least, most;
} shapes[] = {
	[SHAPE_CONSTANT] = { "constant", 1, 1 },
	[SHAPE_STEP] = { "step", 3, 3 },
	[SHAPE_SQUARE] = { "square", 3, 4 },
	[SHAPE_RAMP] = { "ramp", 3, 3 },
	[SHAPE_SINE] = { "sine", 3, 3 },
};

const char *shape_name(enum shape_kind kind)
{
	return shapes[kind].name;
}

static bool plausible(const struct shape *shape)
{
	for (int i = 0; i < SHAPE_NUMBERS; i++)
		if (!isfinite(shape->number[i]) || shape->number[i] < 0)
			return false;
	bool periodic = shape->kind == SHAPE_SQUARE || shape->kind == SHAPE_SINE;
	if (periodic && shape->number[2] <= 0)
		return false;
	if (shape->kind == SHAPE_SQUARE && shape->number[3] > 1)
		return false;
	return shape->kind != SHAPE_SINE || shape->number[1] <= shape->number[0];
}

static int parse_numbers(const char *text, double number[SHAPE_NUMBERS])
{
	int count = 0;
	for (;;) {
		text += strspn(text, " \t");
		if (*text == '\0')
			return count;
		if (count == SHAPE_NUMBERS)
			return -1;
		char *end;
		number[count++] = strtod(text, &end);
		if (end == text || (*end != '\0' && strchr(" \t", *end) == NULL))
			return -1;
		text = end;
	}
}

bool shape_parse(const char *text, struct shape *shape)
{
	struct shape result = { SHAPE_CONSTANT, { 0 } };
	text += strspn(text, " \t");
	size_t word = strcspn(text, " \t");
	for (size_t kind = 0; kind < sizeof shapes / sizeof *shapes; kind++) {
		if (strlen(shapes[kind].name) == word && strncmp(text, shapes[kind].name, word) == 0) {
			result.kind = (enum shape_kind)kind;
			text += word;
			break;
		}
	}
	result.number[3] = result.kind == SHAPE_SQUARE ? 0.5 : 0;
	int count = parse_numbers(text, result.number);
	if (count < shapes[result.kind].least || count > shapes[result.kind].most || !plausible(&result))
		return false;
	*shape = result;
	return true;
}

double shape_power(const struct shape *shape, double seconds)
{
	const double *n = shape->number;
	switch (shape->kind) {
	case SHAPE_STEP:
		return seconds < n[2] ? n[0] : n[1];
	case SHAPE_SQUARE:
		return fmod(seconds, n[2]) < n[2] * n[3] ? n[1] : n[0];
	case SHAPE_RAMP:
		return seconds < n[2] ? n[0] + (n[1] - n[0]) * (seconds / n[2]) : n[1];
	case SHAPE_SINE:
		return n[0] + n[1] * sin(tau * (fmod(seconds, n[2]) / n[2]));
	case SHAPE_CONSTANT:
	default:
		return n[0];
	}
}

double shape_energy(const struct shape *shape, double seconds)
{
	const double *n = shape->number;
	double rest;
	switch (shape->kind) {
	case SHAPE_STEP:
		return seconds < n[2] ? n[0] * seconds : n[0] * n[2] + n[1] * (seconds - n[2]);
	case SHAPE_SQUARE:
		rest = fmod(seconds, n[2]);
		return n[0] * seconds + (n[1] - n[0]) * (floor(seconds / n[2]) * n[2] * n[3] + fmin(rest, n[2] * n[3]));
	case SHAPE_RAMP:
		if (seconds >= n[2])
			return (n[0] + n[1]) / 2 * n[2] + n[1] * (seconds - n[2]);
		return n[0] * seconds + (n[1] - n[0]) * seconds * seconds / (2 * n[2]);
	case SHAPE_SINE:
		rest = fmod(seconds, n[2]);
		return n[0] * seconds + n[1] * n[2] / tau * (1 - cos(tau * (rest / n[2])));
	case SHAPE_CONSTANT:
	default:
		return n[0] * seconds;
	}
}

static const struct curve_piece *piece_at(const struct curve *curve, int64_t ns)
{
	size_t i = curve->count - 1;
	while (i > 0 && curve->pieces[i].from_ns > ns)
		i--;
	return &curve->pieces[i];
}

bool curve_add(struct curve *curve, int64_t from_ns, const struct shape *shape)
{
	double before = curve->count > 0 ? curve_energy(curve, from_ns) : 0;
	struct curve_piece *pieces = realloc(curve->pieces, (curve->count + 1) * sizeof *pieces);
	if (pieces == NULL)
		return false;
	curve->pieces = pieces;
	pieces[curve->count++] = (struct curve_piece){ from_ns, before, *shape };
	return true;
}

void curve_free(struct curve *curve)
{
	free(curve->pieces);
	*curve = (struct curve){ NULL, 0 };
}

double curve_power(const struct curve *curve, int64_t ns)
{
	if (curve->count == 0 || ns < 0)
		return 0;
	const struct curve_piece *piece = piece_at(curve, ns);
	return shape_power(&piece->shape, (double)(ns - piece->from_ns) / 1e9);
}

double curve_energy(const struct curve *curve, int64_t ns)
{
	if (curve->count == 0 || ns < 0)
		return 0;
	const struct curve_piece *piece = piece_at(curve, ns);
	return piece->before_j + shape_energy(&piece->shape, (double)(ns - piece->from_ns) / 1e9);
}

void curve_print_json(const struct curve *curve, FILE *out)
{
	fputc('[', out);
	for (size_t i = 0; i < curve->count; i++) {
		const struct curve_piece *piece = &curve->pieces[i];
		const double *n = piece->shape.number;
		fprintf(out,
		    "%s{\"from_ns\": %lld, \"before_j\": %.17g, \"shape\": \"%s\", \"numbers\": [%.17g, %.17g, %.17g, %.17g]}",
		    i > 0 ? ", " : "", (long long)piece->from_ns, piece->before_j, shape_name(piece->shape.kind), n[0], n[1],
		    n[2], n[3]);
	}
	fputc(']', out);
}
