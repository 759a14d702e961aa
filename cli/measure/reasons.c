/* SPDX-License-Identifier: MIT */
#include "measure/reasons.h"

#include <string.h>

static const char *const sentences[] = {
	[JOULES_REASON_ABSENT] = "a part of it is not here",
	[JOULES_REASON_PERMISSION] = "this process may not read a part of it",
	[JOULES_REASON_ASLEEP] = "a part of it sleeps",
	[JOULES_REASON_FOREIGN] = "another driver, container or job has it",
	[JOULES_REASON_UNSUPPORTED] = "it does not give its energy",
	[JOULES_REASON_FAILED] = "reading it failed",
	[JOULES_REASON_RESET] = "the counter began again meanwhile",
	[JOULES_REASON_SLEPT] = "the machine slept meanwhile, and nobody knows what it took",
	[JOULES_REASON_IMPLAUSIBLE] = "it showed more than this part can have taken",
	[JOULES_REASON_UNREAD] = "it was not read for so long that more may have been spent",
	[JOULES_REASON_STUCK] = "the counter stood still for longer than its part of the machine can",
	[JOULES_REASON_SHORT] = "the run was shorter than two ticks of this counter, so the value may be far off, also 0",
};

void reason_add(struct text *text, const joules_energy *energy, int error)
{
	size_t reason = (size_t)energy->reason;
	const char *sentence = reason < sizeof sentences / sizeof *sentences ? sentences[reason] : NULL;
	if (!sentence)
		return;
	text_add(text, sentence);
	if (energy->reason == JOULES_REASON_FAILED && error != 0)
		text_addf(text, ": %s", strerror(error));
}
