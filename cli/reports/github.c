/* SPDX-License-Identifier: MIT */
#include "reports/github.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/write.h"

bool github_is_here(void)
{
	const char *actions = getenv("GITHUB_ACTIONS");
	return actions && strcmp(actions, "true") == 0;
}

void github_summary(const struct text *markdown, struct notes *notes)
{
	const char *path = getenv("GITHUB_STEP_SUMMARY");
	if (!path || !*path)
		return;
	struct text paragraph = TEXT_INIT;
	text_addf(&paragraph, "\n%s\n", text_string(markdown));
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
	bool ok = fd >= 0 && write_all(fd, text_string(&paragraph), paragraph.length) == paragraph.length;
	if (!ok)
		notes_add_error(notes, "the step summary could not be written to %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	text_free(&paragraph);
}

/* Workflow commands are lines; what would end a property or the line is written as GitHub's own toolkit does. Other
 * control bytes, which a log would obey, as in all text for people. */
static void add_data(struct text *out, const char *string, const char *special)
{
	for (;;) {
		size_t length = strcspn(string, special);
		struct text plain = TEXT_INIT;
		text_add_bytes(&plain, string, length);
		text_add_escaped(out, text_string(&plain));
		out->failed |= plain.failed;
		text_free(&plain);
		if (!string[length])
			return;
		text_addf(out, "%%%02X", (unsigned char)string[length]);
		string += length + 1;
	}
}

void github_error(const char *title, const char *message)
{
	struct text line = TEXT_INIT;
	text_add(&line, "::error title=");
	add_data(&line, title, "%\r\n:,");
	text_add(&line, "::");
	add_data(&line, message, "%\r\n");
	text_add(&line, "\n");
	write_all(STDERR_FILENO, text_string(&line), line.length);
	text_free(&line);
}
