/* SPDX-License-Identifier: MIT */
/* GitHub Actions: the step's summary, and annotations. */
#ifndef JOULES_CLI_GITHUB_H
#define JOULES_CLI_GITHUB_H

#include <stdbool.h>

#include "base/text.h"
#include "measure/notes.h"

/* GITHUB_ACTIONS is true. */
bool github_is_here(void);
/* Appends Markdown to the file that GITHUB_STEP_SUMMARY names; a failure becomes an error among the notes. */
void github_summary(const struct text *markdown, struct notes *notes);
/* An annotation, on standard error: GitHub reads both streams, and the command's output stays its own. */
void github_error(const char *title, const char *message);

#endif
