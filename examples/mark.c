/* SPDX-License-Identifier: MIT */
/*
 * Marks: breakpoints from inside a program that `joules run` measures, which needs no rights here and opens no counter:
 *     joules run --json ./mark     the samples "load", "solve" and "write"
 * Outside `joules run` they do nothing.
 */
#include <joules/joules.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void work(double seconds)
{
	volatile double sum = 0.0;
	for (clock_t end = clock() + (clock_t)(seconds * CLOCKS_PER_SEC); clock() < end;)
		sum = sum / 2 + 1;
}

int main(void)
{
	static const char *const steps[] = { "load", "solve", "write" };
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		/* A mark that fails is no reason to stop: the work matters, and the measurement goes on without it. */
		if (joules_mark(steps[i]) != JOULES_OK)
			fprintf(stderr, "mark: %s\n", joules_error_message());
		work(0.15);
	}
	puts(getenv("JOULES_RUN_TAGS") ? "3 steps marked" : "3 steps, and nobody measured them: try joules run ./mark");
	return 0;
}
