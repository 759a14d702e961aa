/* SPDX-License-Identifier: MIT */
/* The least that a program which runs a command must do: starts it, waits for it.  usage: bench_spawn COMMAND
 * [ARGUMENT…] */
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	pid_t pid;
	int status;
	if (argc < 2 || posix_spawnp(&pid, argv[1], NULL, NULL, argv + 1, environ) != 0 || waitpid(pid, &status, 0) != pid)
		return 125;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
