/* SPDX-License-Identifier: MIT */
#include "measure/hooks.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure/results.h"

static void wait_for(struct machine *machine, pid_t child, int *status)
{
	struct rusage usage;
	do {
		struct pollfd polled = { machine->signals.fd, POLLIN, 0 };
		poll(&polled, 1, -1);
		signals_take(&machine->signals, child);
	} while (!children_reap(&machine->children, child, status, &usage));
}

/* Its output goes to standard error and its input is empty: the command's streams stay the command's alone. */
bool hook_run(const char *option, const char *line, struct machine *machine, const char *so, struct notes *notes)
{
	if (!line)
		return true;
	char shell[] = "/bin/sh", flag[] = "-c";
	char *words[] = { shell, flag, strdup(line), NULL };
	struct streams streams = { open("/dev/null", O_RDONLY | O_CLOEXEC), STDERR_FILENO, -1 };
	int error = 0, status = 0, stop = machine->signals.stop;
	pid_t pid = words[2] ? child_spawn(words, &streams, &machine->signals, &error) : -1;
	if (streams.input_fd >= 0)
		close(streams.input_fd);
	if (pid > 0)
		wait_for(machine, pid, &status);
	free(words[2]);
	if (machine->signals.stop != stop)
		return false;
	if (pid <= 0)
		notes_add_error(notes, "%s %s: /bin/sh: %s", option, line, strerror(error));
	else if (status != 0)
		notes_add_error(notes, "%s %s: it ended with exit status %d%s", option, line, exit_code(status), so);
	return pid > 0 && status == 0;
}
