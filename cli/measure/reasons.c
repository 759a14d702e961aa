/* SPDX-License-Identifier: MIT */
#include "measure/reasons.h"

#include <string.h>

static const char *const sentences[] = {
	[JOULES_REASON_ABSENT] = "a part of it is missing on this machine",
	[JOULES_REASON_PERMISSION] = "this process may not read a part of it",
	[JOULES_REASON_ASLEEP] = "a part of it sleeps",
	[JOULES_REASON_FOREIGN] = "another driver, container or job uses it",
	[JOULES_REASON_UNSUPPORTED] = "it does not report its energy",
	[JOULES_REASON_FAILED] = "reading it failed",
	[JOULES_REASON_RESET] = "the counter was reset meanwhile",
	[JOULES_REASON_SLEPT] = "the machine slept meanwhile, and what it used while asleep is unknown",
	[JOULES_REASON_IMPLAUSIBLE] = "the counter showed more than this part can have used",
	[JOULES_REASON_UNREAD] = "the counter was not read for so long that it may have missed some energy",
	[JOULES_REASON_STUCK] = "the counter stood still for longer than a working one can",
	[JOULES_REASON_SHORT] = ("this counter moves in steps (ticks), and the run was shorter than two of them: the value "
	                         "may be far off, even 0"),
};

static const char *sentence_of(const joules_domain *domain, const joules_energy *energy)
{
	size_t reason = (size_t)energy->reason;
	if (energy->reason == JOULES_REASON_IMPLAUSIBLE && domain->kind == JOULES_KIND_MODEL)
		return "the kernel's counts of busy and idle time (/proc/stat) changed by more than the time that passed";
	if (energy->reason == JOULES_REASON_SHORT && !(energy->joules > 0.0))
		return "the counter did not move in this time: the value may be far off";
	return reason < sizeof sentences / sizeof *sentences ? sentences[reason] : NULL;
}

void reason_add(struct text *text, const joules_domain *domain, const joules_energy *energy, int error)
{
	const char *sentence = sentence_of(domain, energy);
	if (!sentence)
		return;
	text_add(text, sentence);
	if (energy->reason == JOULES_REASON_FAILED && error != 0)
		text_addf(text, ": %s", strerror(error));
}
