/* SPDX-License-Identifier: MIT */
/* Any string in a Markdown table and in XML, where it is shown as it is and nothing of it is obeyed. */
#ifndef JOULES_CLI_MARKUP_H
#define JOULES_CLI_MARKUP_H

#include "base/text.h"

/* GitHub's Markdown: what means something there, or in HTML, becomes an entity; control bytes come out as \xNN. */
void markdown_add(struct text *out, const char *string);
/* The same between <code> and </code>. */
void markdown_add_code(struct text *out, const char *string);

/* Text of XML 1.0, in an attribute too. What that cannot hold at all comes out as \xNN. */
void xml_add(struct text *out, const char *string);

#endif
