/* SPDX-License-Identifier: MIT */
/* How often the verdicts of `joules compare` and `joules check` are wrong, on simulated noise: the code under test is
 * the command's own (cli/compare/verdict.c, order.c, cli/check/judge.c) and the library's. Seeds are fixed.
 *
 *     trials [SETS]      data sets for each line (default: 100000); ends with 1 if a line is out of its range
 *     trials SETS wrong  what one must not do, put in: ends with 1 if it is not found out */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/judge.h"
#include "compare/order.h"
#include "compare/verdict.h"

enum { MOST_ROUNDS = 160, RESAMPLES = 1000 };

/* ---- numbers by chance ---- */

static double uniform(struct order *chance)
{
	return ((double)(order_number(chance) >> 11) + 0.5) * 0x1p-53;
}

static double normal(struct order *chance)
{
	return sqrt(-2 * log(uniform(chance))) * cos(2 * M_PI * uniform(chance));
}

/* ---- noise: factors of a session's runs, in their order of time ---- */

static const double sigma = 0.02;

static void iid(struct order *chance, double *factors, size_t count)
{
	for (size_t i = 0; i < count; i++)
		factors[i] = exp(sigma * normal(chance));
}

static void outliers(struct order *chance, double *factors, size_t count)
{
	iid(chance, factors, count);
	for (size_t i = 0; i < count; i++)
		factors[i] *= uniform(chance) < 0.05 ? 1.15 : 1;
}

/* 6 % more by the end, most of it at the start. */
static void heating(struct order *chance, double *factors, size_t count)
{
	iid(chance, factors, count);
	for (size_t i = 0; i < count; i++)
		factors[i] *= 1 + 0.06 * (1 - exp(-3 * (double)i / (double)count)) / (1 - exp(-3));
}

static void ar1(struct order *chance, double *factors, size_t count)
{
	double state = sigma * normal(chance);
	for (size_t i = 0; i < count; i++) {
		factors[i] = exp(state);
		state = 0.8 * state + sigma * sqrt(1 - 0.8 * 0.8) * normal(chance);
	}
}

static void two_modes(struct order *chance, double *factors, size_t count)
{
	for (size_t i = 0; i < count; i++)
		factors[i] = (uniform(chance) < 0.5 ? 1.0 : 1.05) * exp(0.005 * normal(chance));
}

static const struct noise {
	const char *name;
	void (*draw)(struct order *chance, double *factors, size_t count);
	double joules, unit; /* of a run; of its counter, 0: not rounded */
} noises[] = {
	{ "iid", iid, 10, 0 },
	{ "5 % outliers", outliers, 10, 0 },
	{ "heating 6 %", heating, 10, 0 },
	{ "AR(1) 0.8", ar1, 10, 0 },
	{ "two modes", two_modes, 10, 0 },
	{ "rounded to 61 µJ", iid, 0.003, 61.03515625e-6 },
	{ "rounded to 1 J", iid, 30, 1 },
};
enum { NOISES = sizeof noises / sizeof *noises };

/* ---- sessions ---- */

struct session {
	struct bounded reference[MOST_ROUNDS], command[MOST_ROUNDS];
	size_t rounds;
	double unit;
};

enum sequence { IN_ROUNDS, ONE_AFTER_THE_OTHER };

static struct bounded exactly(double joules, double unit)
{
	double value = unit > 0 ? unit * round(joules / unit) : joules;
	return (struct bounded){ value, value, value };
}

static void draw_session(struct session *session, struct order *chance, const struct noise *noise, size_t rounds,
    double ratio, enum sequence sequence)
{
	double factors[2 * MOST_ROUNDS];
	*session = (struct session){ .rounds = rounds, .unit = noise->unit };
	noise->draw(chance, factors, 2 * rounds);
	for (size_t r = 0; r < rounds; r++) {
		size_t places[2] = { r, rounds + r };
		if (sequence == IN_ROUNDS) {
			size_t order[2];
			order_draw(chance, order, 2);
			places[order[0]] = 2 * r;
			places[order[1]] = 2 * r + 1;
		}
		session->reference[r] = exactly(noise->joules * factors[places[0]], noise->unit);
		session->command[r] = exactly(noise->joules * ratio * factors[places[1]], noise->unit);
	}
}

/* ---- verdicts ---- */

static struct comparison compare(const struct session *session, size_t rounds, double alpha)
{
	struct pairs pairs = { session->reference, session->command, rounds, .unit = session->unit };
	struct comparison comparison;
	if (!compare_all(&pairs, 1, alpha, &comparison))
		abort();
	return comparison;
}

static bool is_found(const struct comparison *comparison)
{
	return comparison->verdict == VERDICT_LESS || comparison->verdict == VERDICT_MORE;
}

struct rates {
	double found, covered;
};

typedef struct comparison (*judging)(const struct session *session, struct order *chance);

static struct comparison once(const struct session *session, struct order *chance)
{
	(void)chance;
	return compare(session, session->rounds, ALPHA_ONCE);
}

/* --until 1%: at the first of n, 2n, 3n, 4n rounds. */
static struct comparison until(const struct session *session, struct order *chance)
{
	struct comparison comparison;
	(void)chance;
	for (size_t look = 1; look <= 4; look++) {
		comparison = compare(session, session->rounds / 4 * look, ALPHA_LOOKS);
		if (is_found(&comparison) || half_of(&comparison) <= 0.01)
			break;
	}
	return comparison;
}

static struct rates rates_of(const struct noise *noise, size_t rounds, double ratio, enum sequence sequence,
    judging judge, size_t sets, uint64_t seed)
{
	struct order chance = order_from(seed);
	struct session session;
	size_t found = 0, covered = 0;
	for (size_t i = 0; i < sets; i++) {
		draw_session(&session, &chance, noise, rounds, ratio, sequence);
		struct comparison comparison = judge(&session, &chance);
		found += is_found(&comparison);
		covered += comparison.low <= ratio && ratio <= comparison.high;
	}
	return (struct rates){ 100.0 * (double)found / (double)sets, 100.0 * (double)covered / (double)sets };
}

/* ---- lines of the report ---- */

static bool all_right = true;
static size_t sets_in_use;

/* Of fewer sets than the ranges are meant for, what chance adds to them in one line of three thousand. */
static double slack(double percent)
{
	return sets_in_use >= 10000 ? 0 : 3.4 * sqrt(percent * (100 - percent) / (double)sets_in_use);
}

static bool line(const char *what, const char *noise, size_t rounds, double percent, double least, double most)
{
	bool fits = percent >= least - slack(least) && percent <= most + slack(most);
	printf("%-34s %-17s %3zu rounds %7.2f %%   %5.1f … %5.1f   %s\n", what, noise, rounds, percent, least, most,
	    fits ? "" : "OUT OF RANGE");
	(void)fflush(stdout);
	all_right = all_right && fits;
	return fits;
}

static void nulls(size_t sets)
{
	static const size_t rounds[] = { 6, 10, 20, 30 };
	for (size_t n = 0; n < NOISES; n++) {
		for (size_t r = 0; r < sizeof rounds / sizeof *rounds; r++) {
			struct rates rates = rates_of(&noises[n], rounds[r], 1.0, IN_ROUNDS, once, sets, 1000 * n + rounds[r]);
			bool is_exact = rounds[r] >= 10 && !(noises[n].unit > 0);
			line("found where nothing is", noises[n].name, rounds[r], rates.found, is_exact ? 4.0 : 0.0, 5.3);
			line("the interval holds the truth", noises[n].name, rounds[r], rates.covered, 94.7, 100);
		}
	}
}

static void effects(size_t sets)
{
	struct rates rates = rates_of(&noises[0], 10, 1.03, IN_ROUNDS, once, sets, 77);
	line("3 % more is found", noises[0].name, 10, rates.found, 78, 100);
	rates = rates_of(&noises[0], 40, 1.0, IN_ROUNDS, until, sets, 78);
	line("--until finds where nothing is", noises[0].name, 40, rates.found, 0, 5.5);
	rates = rates_of(&noises[3], 28, 1.0, IN_ROUNDS, until, sets, 79);
	line("--until finds where nothing is", noises[3].name, 28, rates.found, 0, 5.5);
}

/* Runs that were measured one session after the other, as --from compares them; each session has a level of its own. */
static double found_in_sessions(size_t runs, double differ, size_t sets, uint64_t seed)
{
	struct order chance = order_from(seed);
	size_t found = 0;
	for (size_t i = 0; i < sets; i++) {
		struct bounded values[2][MOST_ROUNDS];
		for (size_t s = 0; s < 2; s++) {
			double level = 10 * exp(differ * normal(&chance));
			for (size_t r = 0; r < runs; r++)
				values[s][r] = exactly(level * exp(sigma * normal(&chance)), 0);
		}
		struct pairs pairs = { values[0], values[1], runs, .reference_count = runs };
		struct comparison comparison;
		if (!compare_all(&pairs, 1, ALPHA_ONCE, &comparison))
			abort();
		found += is_found(&comparison);
	}
	return 100.0 * (double)found / (double)sets;
}

static void sessions(size_t sets)
{
	line("stored runs, like sessions", noises[0].name, 10, found_in_sessions(10, 0, sets, 80), 4.0, 5.3);
	/* They differ by half as much as the runs of one. */
	line("stored runs, unlike sessions", noises[0].name, 10, found_in_sessions(10, sigma / 2, sets, 81), 22, 27);
}

/* Of independent runs, against a limit at their true median: both verdicts are wrong then. */
static void budgets(size_t sets)
{
	static const size_t runs[] = { 5, 10, 20 };
	static const double median = 10;
	for (size_t r = 0; r < sizeof runs / sizeof *runs; r++) {
		struct order chance = order_from(500 + r);
		size_t within = 0, exceeded = 0;
		for (size_t i = 0; i < sets; i++) {
			struct measured values[20];
			struct judgement judgement;
			for (size_t v = 0; v < runs[r]; v++) {
				double value = median * exp(0.1 * normal(&chance));
				values[v] = (struct measured){ value, value, value };
			}
			if (!judge_budget(values, runs[r], median, &judgement))
				abort();
			within += judgement.ruled == RULED_WITHIN;
			exceeded += judgement.ruled == RULED_EXCEEDED;
		}
		line("a budget at the median: within", "", runs[r], 100.0 * (double)within / (double)sets, 0, 5.5);
		line("a budget at the median: exceeded", "", runs[r], 100.0 * (double)exceeded / (double)sets, 0, 5.5);
	}
}

/* ---- what one must not do ---- */

static struct comparison after_each_round(const struct session *session, struct order *chance)
{
	struct comparison comparison;
	(void)chance;
	for (size_t rounds = 6; rounds <= session->rounds; rounds++) {
		comparison = compare(session, rounds, ALPHA_ONCE);
		if (is_found(&comparison))
			break;
	}
	return comparison;
}

static int by_value(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;
	return (a > b) - (a < b);
}

static double normal_below(double z)
{
	return erfc(-z / sqrt(2)) / 2;
}

static double normal_at(double p)
{
	double low = -9, high = 9;
	while (high - low > 1e-9) {
		double middle = (low + high) / 2;
		if (normal_below(middle) < p)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static double mean_of(const double *values, size_t count)
{
	double sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += values[i];
	return sum / (double)count;
}

/* Efron's bias-corrected and accelerated bootstrap of the mean log ratio (1987). */
static struct comparison bca(const struct session *session, struct order *chance)
{
	size_t n = session->rounds, below = 0;
	double ratios[MOST_ROUNDS], means[RESAMPLES], squares = 0, cubes = 0;
	for (size_t i = 0; i < n; i++)
		ratios[i] = log(session->command[i].value) - log(session->reference[i].value);
	double mean = mean_of(ratios, n);
	for (size_t b = 0; b < RESAMPLES; b++) {
		double sum = 0;
		for (size_t i = 0; i < n; i++)
			sum += ratios[order_number(chance) % n];
		means[b] = sum / (double)n;
		below += means[b] < mean;
	}
	qsort(means, RESAMPLES, sizeof *means, by_value);
	for (size_t i = 0; i < n; i++) {
		double left_out = (mean - ratios[i]) / (double)(n - 1);
		squares += left_out * left_out;
		cubes -= left_out * left_out * left_out;
	}
	double bias = normal_at(((double)below + 0.5) / (RESAMPLES + 1)), speed = cubes / (6 * pow(squares, 1.5)), ends[2];
	for (int end = 0; end < 2; end++) {
		double z = bias + (end ? 1.96 : -1.96);
		double place = normal_below(bias + z / (1 - speed * z)) * (RESAMPLES - 1);
		ends[end] = means[(size_t)place];
	}
	struct comparison comparison = { .low = exp(ends[0]), .high = exp(ends[1]), .verdict = VERDICT_NONE };
	if (ends[0] > 0 || ends[1] < 0)
		comparison.verdict = ends[0] > 0 ? VERDICT_MORE : VERDICT_LESS;
	return comparison;
}

/* Each must be out of range. */
static bool wrongs(size_t sets)
{
	size_t found_out = 0;
	static const struct {
		const char *what;
		size_t noise, rounds;
		enum sequence sequence;
		judging judge;
	} lines[] = {
		{ "A…A, then B…B", 2, 10, ONE_AFTER_THE_OTHER, once },
		{ "A…A, then B…B", 3, 10, ONE_AFTER_THE_OTHER, once },
		{ "a BCa interval", 0, 10, IN_ROUNDS, bca },
		{ "a look after each round", 0, 40, IN_ROUNDS, after_each_round },
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		const struct noise *noise = &noises[lines[i].noise];
		struct rates rates = rates_of(noise, lines[i].rounds, 1.0, lines[i].sequence, lines[i].judge, sets, 9000 + i);
		found_out += !line(lines[i].what, noise->name, lines[i].rounds, rates.found, 4.0, 5.3);
	}
	return found_out == sizeof lines / sizeof *lines;
}

int main(int argc, char **argv)
{
	size_t sets = sets_in_use = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
	if (argc > 2 && strcmp(argv[2], "wrong") == 0)
		return wrongs(sets) ? EXIT_SUCCESS : EXIT_FAILURE;
	nulls(sets);
	effects(sets);
	sessions(sets);
	budgets(sets);
	return all_right ? EXIT_SUCCESS : EXIT_FAILURE;
}
