/* SPDX-License-Identifier: MIT */
#include "measure/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cli.h"
#include "measure/child.h"
#include "measure/notes.h"

const char *command_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

static bool is_told_to_end(void)
{
	sigset_t pending;
	return sigpending(&pending) == 0 &&
	    (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 ||
	        sigismember(&pending, SIGHUP) == 1 || sigismember(&pending, SIGQUIT) == 1);
}

/* Waits for a pipe's writer as open() would, which no signal could end: they are blocked here. */
static bool await_writer(int fd)
{
	enum { LOOKS_MS = 50 };
	struct stat input;
	if (fstat(fd, &input) == 0 && S_ISFIFO(input.st_mode)) {
		struct pollfd pipe = { .fd = fd, .events = POLLIN };
		while (poll(&pipe, 1, LOOKS_MS) <= 0)
			if (is_told_to_end())
				return false;
	}
	return fcntl(fd, F_SETFL, O_RDONLY) == 0;
}

bool command_open_input(const char *input, int *fd, struct notes *notes)
{
	*fd = -1;
	if (!input)
		return true;
	*fd = open(input, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0) {
		notes_add_error(notes, "--input %s: %s", input, strerror(errno));
		return false;
	}
	if (await_writer(*fd))
		return true;
	notes_add_error(notes, "--input %s: nothing has written to this pipe yet", input);
	close(*fd);
	*fd = -1;
	return false;
}

static void add_quoted(struct text *text, const char *word)
{
	text_add(text, "'");
	for (; *word; word++) {
		if (*word == '\'')
			text_add(text, "'\\'");
		text_add_bytes(text, word, 1);
	}
	text_add(text, "'");
}

/* A whole line in one word, as tools take it that run a shell: "ls -l /", "a | b". */
static void add_hint(struct text *text, const char *word)
{
	bool is_line = word[strcspn(word, " \t\n")], needs_shell = word[strcspn(word, "|&;<>()$`*?\"'\\\n")];
	if (needs_shell && (is_line || word[strcspn(word, "|&;<>")])) {
		text_add(text, "; for a line that a shell should read: joules run sh -c ");
		add_quoted(text, word);
	} else if (is_line) {
		text_addf(text, "; without the quotes: joules run %s", word);
	}
}

static int say_not_found(const char *word, struct notes *notes)
{
	struct stat info;
	bool is_there = strchr(word, '/') && stat(word, &info) == 0;
	struct text why = TEXT_INIT;
	text_add(&why,
	    is_there                ? "the interpreter named in its first line does not exist"
	        : strchr(word, '/') ? "there is no such file"
	                            : "command not found in any folder of PATH");
	if (!is_there)
		add_hint(&why, word);
	notes_add_error(notes, "%s: %s", word, text_string(&why));
	text_free(&why);
	return EXIT_NOT_FOUND;
}

static int say_not_executable(const char *word, int error, struct notes *notes)
{
	struct stat info;
	bool is_folder = strchr(word, '/') && stat(word, &info) == 0 && S_ISDIR(info.st_mode);
	notes_add_error(notes, "%s: cannot be executed: %s%s", word, is_folder ? "it is a folder" : strerror(error),
	    error == EACCES && !is_folder ? " (chmod +x makes a file executable)" : "");
	return EXIT_NOT_EXECUTABLE;
}

int command_start(const struct command *command, const struct streams *streams, const struct signals *signals,
    pid_t *pid, struct notes *notes)
{
	int error;
	*pid = child_spawn(command->argv, streams, signals, &error);
	if (*pid > 0)
		return 0;
	if (*pid == 0)
		return error == ENOENT || error == ENAMETOOLONG ? say_not_found(command->argv[0], notes)
		                                                : say_not_executable(command->argv[0], error, notes);
	notes_add_error(notes, "%s: no process could be started: %s", command->argv[0], strerror(error));
	return EXIT_RUN_FAILED;
}
