/* SPDX-License-Identifier: MIT */
/*
 * Times commands, one after the other, again and again.  usage: bench_commands ROUNDS COMMAND… [:: COMMAND…]…
 * Prints the median milliseconds of each. Their output goes to /dev/null; one that fails ends it all.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

enum { MOST_COMMANDS = 8, MOST_ROUNDS = 1000 };

static double run_ms(char **command, const posix_spawn_file_actions_t *actions)
{
	pid_t pid;
	int status = 1;
	int64_t begin_ns = bench_now_ns();
	int error = posix_spawnp(&pid, command[0], actions, NULL, command, environ);
	if (error == 0)
		(void)waitpid(pid, &status, 0);
	double ms = (double)(bench_now_ns() - begin_ns) * 1e-6;
	if (error == 0 && status == 0)
		return ms;
	(void)fprintf(stderr, "%s: %s\n", command[0], error ? strerror(error) : "it failed");
	exit(1);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static double times[MOST_COMMANDS][MOST_ROUNDS];
	char **commands[MOST_COMMANDS];
	int count = 0;
	int rounds = argc > 2 ? atoi(argv[1]) : 0;
	if (rounds < 1 || rounds > MOST_ROUNDS)
		return 2;
	for (int i = 2; i < argc && count < MOST_COMMANDS; i++) {
		commands[count++] = &argv[i];
		while (i < argc && strcmp(argv[i], "::") != 0)
			i++;
		argv[i] = NULL;
	}
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < count; i++)
			times[i][round] = run_ms(commands[i], &actions);
	for (int i = 0; i < count; i++) {
		qsort(times[i], (size_t)rounds, sizeof **times, by_value);
		printf("%.4f\n", times[i][rounds / 2]);
	}
	posix_spawn_file_actions_destroy(&actions);
	return 0;
}
