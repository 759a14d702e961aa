/* SPDX-License-Identifier: MIT */
/*
 * Whole functions: JOULES_FUNCTION() as the first line, tagged with the function's name. The traces go to a built-in
 * handler: the first argument, FORMAT:TARGET. Without that line in main(), JOULES_OUTPUT=csv:runs.csv would choose one
 * from outside.
 */
#include <joules/joules.h>

#include <stdio.h>
#include <time.h>

static void work(double seconds)
{
	JOULES_FUNCTION();
	volatile double sum = 0.0;
	for (clock_t end = clock() + (clock_t)(seconds * CLOCKS_PER_SEC); clock() < end;)
		sum = sum / 2 + 1;
}

static void compress(int level)
{
	JOULES_FUNCTION();
	work(0.05 * level);
}

int main(int argc, char **argv)
{
	joules_handler *handler;
	if (joules_handler_open(&handler, argc > 1 ? argv[1] : "print:-") != JOULES_OK) {
		fprintf(stderr, "function: %s\n", joules_error_message());
		return 1;
	}
	joules_default_handler_set(handler);
	compress(3);
	compress(6);
	joules_default_handler_set(NULL);
	if (joules_handler_close(handler) == JOULES_OK)
		return 0;
	fprintf(stderr, "function: %s\n", joules_error_message());
	return 1;
}
