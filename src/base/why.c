/* SPDX-License-Identifier: MIT */
#include "base/why.h"

void why_add(struct text *out, const char *reason, const char *cure, const char *command)
{
	text_add(out, reason ? reason : "");
	text_add(out, reason && (cure || command) ? "; " : "");
	text_add(out, cure ? cure : "");
	text_add(out, cure && command ? ": " : "");
	text_add(out, command ? command : "");
}
