/* SPDX-License-Identifier: MIT */
#ifndef JOULES_CLI_REPORT_H
#define JOULES_CLI_REPORT_H

#include "base/text.h"
#include "run/figures.h"

/* For people; color: the place where it goes shows colours. */
void report_text(struct text *text, const struct series *series, const struct figures *figures, bool color);
/* formats.md section 3: one object, one newline. */
void report_json(struct text *text, const struct series *series, const struct figures *figures);

#endif
